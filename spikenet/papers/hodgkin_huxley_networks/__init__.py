"""The paper "Learning difficult perceptual tasks with Hodgkin-Huxley networks": layers of conductance neurons.

A neuron's potential is the average of the reversal potentials of its synapses, weighted by their conductances
(conductance-weighted averaging, CWA).
"""

from spikenet.experiments.registry import ExperimentEntry

PAPER = "Learning difficult perceptual tasks with Hodgkin-Huxley networks"

EXPERIMENTS = (
    ExperimentEntry(
        "cwa-collapse",
        "Activity at the start, and networks that fall silent",
        f"{PAPER}, section 4.3",
        "collapse",
    ),
    ExperimentEntry(
        "cwa-dynamics",
        "Membranes of a trained network coming to rest",
        f"{PAPER}, eq. 1",
        "brian.membrane_dynamics",
    ),
    ExperimentEntry("cwa-spiking", "Trained networks that send spikes", f"{PAPER}, eq. 4", "brian.spiking_accuracy"),
    ExperimentEntry("cwa-loop", "Training with spikes in the loop", f"{PAPER}, eq. 4", "brian.fine_tuning"),
    ExperimentEntry(
        "cwa-no-activation",
        "Conductance networks without an activation function",
        f"{PAPER}, section 2.3",
        "no_activation",
    ),
    ExperimentEntry("cwa-variants", "AbsNorm and lateral inhibition on CIFAR-10", f"{PAPER}, table 2", "variants"),
    ExperimentEntry("cwa-mnist", "Conductance networks on MNIST", f"{PAPER}, table 1", "mnist"),
    ExperimentEntry("cwa-cifar10", "Conductance networks on CIFAR-10", f"{PAPER}, tables 1 and 2", "cifar10"),
)
