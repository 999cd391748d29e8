"""Tables 1 and 2 of "Learning difficult perceptual tasks with Hodgkin-Huxley networks": networks on CIFAR-10."""

from spikenet.experiments.experiment import Outcome, RunContext, Setup
from spikenet.papers.hodgkin_huxley_networks.mnist import train_for_table


def run(setup: Setup, context: RunContext) -> Outcome:
    """Train one architecture and variant for every seed."""
    return train_for_table("cifar10", setup, context)
