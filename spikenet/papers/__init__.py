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
        "fhn-ann": Entry("bogatenko2023.ann_accuracy", "Accuracies of the trained network", f"{_FHN}, section 1"),
        "fhn-embed": Entry(
            "bogatenko2023.embedded.embed",
            "FHN neurons in the place of a trained hidden layer",
            f"{_FHN}, table 1 and figure 3",
        ),
        "fhn-gamma": Entry(
            "bogatenko2023.embedded.gamma",
            "Accuracy against the gain of the drive",
            f"{_FHN}, figure 4",
        ),
        "fhn-phase": Entry("bogatenko2023.phase", "Phase portrait with nullclines", f"{_FHN}, figure 2"),
        "fhn-train": Entry(
            "bogatenko2023.trained.as_in_paper",
            "Training with FHN neurons in the loop, as in the paper",
            f"{_FHN}, table 2, figures 6 and A.7",
        ),
        "fhn-train-best": Entry("bogatenko2023.trained.best", "The best that 100 FHN neurons do", f"{_FHN}, table 2"),
        "fhn-surrogates": Entry(
            "bogatenko2023.trained.surrogates", "Every gradient on the same task", f"{_FHN}, section 4"
        ),
        "loop-neurons": Entry(
            "bogatenko2023.trained.other_neurons",
            "LIF and Izhikevich neurons, and two FHN layers",
            "our own",
        ),
        "fhn-transfer": Entry(
            "bogatenko2023.trained.transfer",
            "Training in the loop from a trained network and from nothing",
            "our own",
        ),
        "fhn-search": Entry(
            "bogatenko2023.embedded.search", "Search for what the paper leaves open", f"{_FHN}, table 1"
        ),
        "cwa-collapse": Entry(
            "hodgkin_huxley_networks.collapse",
            "Activity at the start, and networks that fall silent",
            f"{_CWA}, section 4.3",
        ),
        "cwa-dynamics": Entry(
            "hodgkin_huxley_networks.brian.dynamics",
            "Membranes of a trained network coming to rest",
            f"{_CWA}, eq. 1",
        ),
        "cwa-spiking": Entry(
            "hodgkin_huxley_networks.brian.spiking",
            "Trained networks that send spikes",
            f"{_CWA}, eq. 4",
        ),
        "cwa-loop": Entry("hodgkin_huxley_networks.brian.loop", "Training with spikes in the loop", f"{_CWA}, eq. 4"),
        "cwa-no-activation": Entry(
            "hodgkin_huxley_networks.no_activation",
            "Conductance networks without an activation function",
            f"{_CWA}, section 2.3",
        ),
        "cwa-variants": Entry(
            "hodgkin_huxley_networks.variants",
            "AbsNorm and lateral inhibition on CIFAR-10",
            f"{_CWA}, table 2",
        ),
        "cwa-mnist": Entry("hodgkin_huxley_networks.mnist", "Conductance networks on MNIST", f"{_CWA}, table 1"),
        "cwa-cifar10": Entry(
            "hodgkin_huxley_networks.cifar10",
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
    return importlib.import_module(f"{__name__}.{PAPERS[name].module}").EXPERIMENT
