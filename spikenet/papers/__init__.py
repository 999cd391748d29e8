"""Papers as experiments: one folder a paper, one module a table or figure.

To add an experiment, write its module and add one line to ``EXPERIMENTS`` in the paper's ``__init__.py``.
"""

import difflib
import importlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

from spikenet.errors import InvalidValueError
from spikenet.experiments.registry import ExperimentEntry
from spikenet.papers import bogatenko2023, gupta_naveed, hodgkin_huxley_networks

if TYPE_CHECKING:
    from spikenet.experiments.experiment import Experiment

EXPERIMENTS: Mapping[str, ExperimentEntry] = MappingProxyType(
    {
        entry.name: entry._replace(module=f"{paper.__name__}.{entry.module}")
        for paper in (bogatenko2023, hodgkin_huxley_networks, gupta_naveed)
        for entry in paper.EXPERIMENTS
    }
)


def load_experiment(name: str) -> "Experiment":
    """Find an experiment; its module, and TensorFlow with it, is imported when it is checked or run.

    Parameters
    ----------
    name : str
        A key of ``EXPERIMENTS``; ``spikenet list`` prints them.

    Returns
    -------
    Experiment
        The experiment, ready for `run_experiment`.

    Raises
    ------
    InvalidValueError
        If there is no experiment of that name.

    Examples
    --------
    >>> from spikenet.papers import load_experiment
    >>> load_experiment("fhn-phase").title
    'Phase portrait with nullclines'
    """
    if name not in EXPERIMENTS:
        close = difflib.get_close_matches(name, EXPERIMENTS, n=1)
        hint = f"did you mean {close[0]}?" if close else f"choose one of {', '.join(EXPERIMENTS)}"
        raise InvalidValueError(f"there is no experiment {name!r}; {hint}")
    # Not at the top: this imports Matplotlib and NumPy, which `spikenet list` does without.
    from spikenet.experiments.experiment import Experiment  # noqa: PLC0415

    entry = EXPERIMENTS[name]

    def module():
        try:
            return importlib.import_module(entry.module)
        except (ImportError, ValueError):
            importlib.import_module("spikenet.layers")  # says so if Keras is at fault
            raise

    def run(setup, context):
        return module().run(setup, context)

    def check(setup):
        check = getattr(module(), "check", None)
        if check:
            check(setup)

    return Experiment(name, entry.title, entry.source, run, entry.options, check, entry.renamed)
