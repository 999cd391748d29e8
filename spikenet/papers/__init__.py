"""Papers as experiments: one module a table or figure, loaded when it is wanted."""

import difflib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from spikenet.errors import InvalidValueError

if TYPE_CHECKING:
    from spikenet.experiments.experiment import Experiment

_BOGATENKO, _HODGKIN_HUXLEY = f"{__name__}.bogatenko2023", f"{__name__}.hodgkin_huxley_networks"
_FHN = "Bogatenko et al. (2023)"
_CWA = "Learning difficult perceptual tasks with Hodgkin-Huxley networks"


@dataclass(frozen=True)
class Entry:
    """Where an experiment is and what ``spikenet list`` says of it; ``module`` has an ``EXPERIMENT``."""

    module: str
    title: str
    source: str


PAPERS: Mapping[str, Entry] = MappingProxyType(
    {
        "fhn-ann": Entry(f"{_BOGATENKO}.ann_accuracy", "Accuracies of the trained network", f"{_FHN}, section 1"),
        "fhn-embed": Entry(
            f"{_BOGATENKO}.embedded.embed",
            "FHN neurons in the place of a trained hidden layer",
            f"{_FHN}, table 1 and figure 3",
        ),
        "fhn-gamma": Entry(
            f"{_BOGATENKO}.embedded.gamma",
            "Accuracy against the gain of the drive",
            f"{_FHN}, figure 4",
        ),
        "fhn-phase": Entry(f"{_BOGATENKO}.phase", "Phase portrait with nullclines", f"{_FHN}, figure 2"),
        "fhn-train": Entry(
            f"{_BOGATENKO}.trained.as_in_paper",
            "Training with FHN neurons in the loop, as in the paper",
            f"{_FHN}, table 2, figures 6 and A.7",
        ),
        "fhn-train-best": Entry(f"{_BOGATENKO}.trained.best", "The best that 100 FHN neurons do", f"{_FHN}, table 2"),
        "fhn-surrogates": Entry(
            f"{_BOGATENKO}.trained.surrogates", "Every gradient on the same task", f"{_FHN}, section 4"
        ),
        "loop-neurons": Entry(
            f"{_BOGATENKO}.trained.other_neurons",
            "LIF and Izhikevich neurons, and two FHN layers",
            "our own",
        ),
        "fhn-transfer": Entry(
            f"{_BOGATENKO}.trained.transfer",
            "Training in the loop from a trained network and from nothing",
            "our own",
        ),
        "fhn-search": Entry(
            f"{_BOGATENKO}.embedded.search", "Search for what the paper leaves open", f"{_FHN}, table 1"
        ),
        "cwa-collapse": Entry(
            f"{_HODGKIN_HUXLEY}.collapse",
            "Activity at the start, and networks that fall silent",
            f"{_CWA}, section 4.3",
        ),
        "cwa-dynamics": Entry(
            f"{_HODGKIN_HUXLEY}.brian.dynamics",
            "Membranes of a trained network coming to rest",
            f"{_CWA}, eq. 1",
        ),
        "cwa-spiking": Entry(
            f"{_HODGKIN_HUXLEY}.brian.spiking",
            "Trained networks that send spikes",
            f"{_CWA}, eq. 4",
        ),
        "cwa-loop": Entry(f"{_HODGKIN_HUXLEY}.brian.loop", "Training with spikes in the loop", f"{_CWA}, eq. 4"),
        "cwa-no-activation": Entry(
            f"{_HODGKIN_HUXLEY}.no_activation",
            "Conductance networks without an activation function",
            f"{_CWA}, section 2.3",
        ),
        "cwa-variants": Entry(
            f"{_HODGKIN_HUXLEY}.variants",
            "AbsNorm and lateral inhibition on CIFAR-10",
            f"{_CWA}, table 2",
        ),
        "cwa-mnist": Entry(f"{_HODGKIN_HUXLEY}.mnist", "Conductance networks on MNIST", f"{_CWA}, table 1"),
        "cwa-cifar10": Entry(
            f"{_HODGKIN_HUXLEY}.cifar10",
            "Conductance networks on CIFAR-10",
            f"{_CWA}, tables 1 and 2",
        ),
    }
)


def load_experiment(name: str) -> "Experiment":
    """The experiment ``name`` of ``PAPERS``; this imports its module and what it needs."""
    if name not in PAPERS:
        close = difflib.get_close_matches(name, PAPERS, n=1)
        hint = f"did you mean {close[0]}?" if close else f"choose one of {', '.join(PAPERS)}"
        raise InvalidValueError(f"there is no experiment {name!r}; {hint}")
    return importlib.import_module(PAPERS[name].module).EXPERIMENT
