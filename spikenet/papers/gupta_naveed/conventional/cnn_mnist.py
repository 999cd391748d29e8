"""Section 2.1: five convolutional networks, and ensembles of them."""

from spikenet.experiments.experiment import Outcome, RunContext, Setup
from spikenet.papers.gupta_naveed.conventional import ensemble_report
from spikenet.papers.gupta_naveed.conventional.printed_networks import CNNS


def check(setup: Setup) -> None:
    """Raise an error for networks that are not in the table, and for a recipe that cannot be."""
    ensemble_report.check(CNNS, setup)


def run(setup: Setup, context: RunContext) -> Outcome:
    """Train the convolutional networks for each seed."""
    return ensemble_report.run(CNNS, setup, context)
