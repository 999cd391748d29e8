"""Papers as experiments: one module a table or figure, loaded when it is wanted."""

import difflib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from spikenet.errors import InvalidValueError

if TYPE_CHECKING:
    from spikenet.papers.experiment import Experiment

DATA = ("mini", "full")
ENGINES = ("response", "cpp", "cuda", "runtime")
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
        "fhn-ann": Entry("spikenet.papers.fhn_ann", "Accuracies of the trained network", f"{_FHN}, section 1"),
        "fhn-embed": Entry(
            "spikenet.papers.fhn_embed",
            "FHN neurons in the place of a trained hidden layer",
            f"{_FHN}, table 1 and figure 3",
        ),
        "fhn-gamma": Entry("spikenet.papers.fhn_gamma", "Accuracy against the gain of the drive", f"{_FHN}, figure 4"),
        "fhn-phase": Entry("spikenet.papers.fhn_phase", "Phase portrait with nullclines", f"{_FHN}, figure 2"),
        "fhn-train": Entry(
            "spikenet.papers.fhn_train",
            "Training with FHN neurons in the loop, as in the paper",
            f"{_FHN}, table 2, figures 6 and A.7",
        ),
        "fhn-train-best": Entry(
            "spikenet.papers.fhn_train_best", "The best that 100 FHN neurons do", f"{_FHN}, table 2"
        ),
        "fhn-surrogates": Entry(
            "spikenet.papers.fhn_surrogates", "Every gradient on the same task", f"{_FHN}, section 4"
        ),
        "loop-neurons": Entry(
            "spikenet.papers.loop_neurons", "LIF and Izhikevich neurons, and two FHN layers", "our own"
        ),
        "fhn-transfer": Entry(
            "spikenet.papers.fhn_transfer", "Training in the loop from a trained network and from nothing", "our own"
        ),
        "fhn-search": Entry("spikenet.papers.fhn_search", "Search for what the paper leaves open", f"{_FHN}, table 1"),
        "cwa-collapse": Entry(
            "spikenet.papers.cwa_collapse",
            "Activity at the start, and networks that fall silent",
            f"{_CWA}, section 4.3",
        ),
        "cwa-dynamics": Entry(
            "spikenet.papers.cwa_dynamics", "Membranes of a trained network coming to rest", f"{_CWA}, eq. 1"
        ),
        "cwa-spiking": Entry("spikenet.papers.cwa_spiking", "Trained networks that send spikes", f"{_CWA}, eq. 4"),
        "cwa-loop": Entry("spikenet.papers.cwa_loop", "Training with spikes in the loop", f"{_CWA}, eq. 4"),
        "cwa-no-activation": Entry(
            "spikenet.papers.cwa_no_activation",
            "Conductance networks without an activation function",
            f"{_CWA}, section 2.3",
        ),
        "cwa-variants": Entry(
            "spikenet.papers.cwa_variants", "AbsNorm and lateral inhibition on CIFAR-10", f"{_CWA}, table 2"
        ),
        "cwa-mnist": Entry("spikenet.papers.cwa_mnist", "Conductance networks on MNIST", f"{_CWA}, table 1"),
        "cwa-cifar10": Entry(
            "spikenet.papers.cwa_cifar10", "Conductance networks on CIFAR-10", f"{_CWA}, tables 1 and 2"
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
