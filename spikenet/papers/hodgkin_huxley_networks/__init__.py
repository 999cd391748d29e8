"""The paper "Learning difficult perceptual tasks with Hodgkin-Huxley networks": layers of conductance neurons.

A neuron's potential is the average of the reversal potentials of its synapses, weighted by their conductances
(conductance-weighted averaging, CWA).
"""

from spikenet.experiments.registry import ExperimentEntry

PAPER = "Learning difficult perceptual tasks with Hodgkin-Huxley networks"
_BRIAN = f"{__name__}.brian"

EXPERIMENTS = (
    ExperimentEntry(
        "cwa-collapse",
        "Activity at the start, and networks that fall silent",
        f"{PAPER}, section 4.3",
        f"{__name__}.collapse",
    ),
    ExperimentEntry(
        "cwa-dynamics", "Membranes of a trained network coming to rest", f"{PAPER}, eq. 1", f"{_BRIAN}.dynamics"
    ),
    ExperimentEntry("cwa-spiking", "Trained networks that send spikes", f"{PAPER}, eq. 4", f"{_BRIAN}.spiking"),
    ExperimentEntry("cwa-loop", "Training with spikes in the loop", f"{PAPER}, eq. 4", f"{_BRIAN}.loop"),
    ExperimentEntry(
        "cwa-no-activation",
        "Conductance networks without an activation function",
        f"{PAPER}, section 2.3",
        f"{__name__}.no_activation",
    ),
    ExperimentEntry(
        "cwa-variants", "AbsNorm and lateral inhibition on CIFAR-10", f"{PAPER}, table 2", f"{__name__}.variants"
    ),
    ExperimentEntry("cwa-mnist", "Conductance networks on MNIST", f"{PAPER}, table 1", f"{__name__}.mnist"),
    ExperimentEntry(
        "cwa-cifar10", "Conductance networks on CIFAR-10", f"{PAPER}, tables 1 and 2", f"{__name__}.cifar10"
    ),
)
