"""Conductance networks on CIFAR-10: tables 1 and 2 of "Learning difficult perceptual tasks with Hodgkin-Huxley
networks"."""

from spikenet.papers.hodgkin_huxley_networks.mnist import experiment

EXPERIMENT = experiment("cwa-cifar10", "cifar10", {})
