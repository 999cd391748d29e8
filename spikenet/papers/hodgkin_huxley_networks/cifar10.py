"""Conductance networks on CIFAR-10: tables 1 and 2 of "Learning difficult perceptual tasks with Hodgkin-Huxley
networks"."""

from spikenet.experiments.experiment import Desk, Outcome, Setup
from spikenet.papers.hodgkin_huxley_networks.conductance_training import CONDUCTANCE_OPTIONS
from spikenet.papers.hodgkin_huxley_networks.mnist import train_for_table

OPTIONS = CONDUCTANCE_OPTIONS


def run(setup: Setup, desk: Desk) -> Outcome:
    """Train one architecture in one variant for every seed."""
    return train_for_table("cifar10", setup, desk)
