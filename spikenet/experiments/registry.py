"""The list entry of an experiment: what is known of it before its module is imported."""

from typing import NamedTuple


class ExperimentEntry(NamedTuple):
    """One experiment of a paper.

    Parameters
    ----------
    name : str
        What is typed after ``spikenet run``.
    title : str
        What the experiment shows, in a few words.
    source : str
        The paper, and its table, figure or section.
    module : str
        The module within the paper's package; it has ``run(setup, context)``, ``OPTIONS`` and perhaps
        ``check(setup)``.
    """

    name: str
    title: str
    source: str
    module: str
