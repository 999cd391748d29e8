"""The paper "Learning difficult perceptual tasks with Hodgkin-Huxley networks": layers of conductance neurons.

A neuron's potential is the average of the reversal potentials of its synapses, weighted by their conductances
(conductance-weighted averaging, CWA).
"""

from collections.abc import Mapping
from types import MappingProxyType

from spikenet.experiments.registry import ExperimentEntry, ExperimentOption

PAPER = "Learning difficult perceptual tasks with Hodgkin-Huxley networks"

CONDUCTANCE_OPTIONS: Mapping[str, ExperimentOption] = MappingProxyType(
    {
        "arch": ExperimentOption("fcn", "The network: fully connected, convolutional, or residual.",
                                 ("fcn", "cnn", "resnet18")),
        "variant": ExperimentOption("cwa", "The kind of layer.",
                                    ("cwa", "cwa-bn", "affine", "affine-bn", "absnorm", "lateral")),
        "epochs": ExperimentOption(0, "Epochs of training; 0 takes the recipe's number.", least=0),
        "held": ExperimentOption(5000, "Number of training images that validate each epoch; 0 for none.", least=0),
        "test": ExperimentOption(1, "0 leaves out the test images, for a search.", least=0),
        "images": ExperimentOption(0, "Number of training and of test images; 0 takes all.", least=0),
        "recipe": ExperimentOption("", "Changes of the recipe, such as 'rate=0.01 network.leak=0.1'."),
    }
)  # fmt: skip
BRIAN_OPTIONS: Mapping[str, ExperimentOption] = MappingProxyType(
    {
        **CONDUCTANCE_OPTIONS,
        "held": CONDUCTANCE_OPTIONS["held"]._replace(default=0),
        "model": ExperimentOption("", "A .keras file to take instead of training a network."),
        "dataset": ExperimentOption("mnist", "The images.", ("mnist", "cifar10")),
    }
)
_WITHOUT_VARIANT = {name: option for name, option in CONDUCTANCE_OPTIONS.items() if name != "variant"}


def _steps(default: int) -> dict[str, ExperimentOption]:
    return {"steps": ExperimentOption(default, "Number of steps of 1 ms in which neurons send spikes.", least=1)}


EXPERIMENTS = (
    ExperimentEntry(
        "cwa-collapse",
        "Activity at the start, and networks that fall silent",
        f"{PAPER}, section 4.3",
        "collapse",
        {
            **{name: CONDUCTANCE_OPTIONS[name] for name in ("epochs", "held", "images")},
            "test": CONDUCTANCE_OPTIONS["test"]._replace(default=0),
            "shown": ExperimentOption(2000, "Number of images that measure the activity at the start.", least=1),
        },
    ),
    ExperimentEntry(
        "cwa-dynamics",
        "Membranes of a trained network coming to rest",
        f"{PAPER}, eq. 1",
        "brian.membrane_dynamics",
        {
            **BRIAN_OPTIONS,
            "shown": ExperimentOption(1000, "Number of images whose layers all settle at once.", least=1),
        },
    ),
    ExperimentEntry(
        "cwa-spiking",
        "Trained networks that send spikes",
        f"{PAPER}, eq. 4",
        "brian.spiking_accuracy",
        {
            **BRIAN_OPTIONS,
            **_steps(100),
            "input": ExperimentOption(
                "regular", "How images reach the first layer; see sn.Spiking.", ("regular", "bernoulli", "analog")
            ),
            "counted": ExperimentOption(1000, "Number of images whose spikes are counted.", least=1),
            "chance": ExperimentOption(2000, "Number of images that are shown to random release.", least=1),
        },
        {"bins": "steps", "inputs": "input"},
    ),
    ExperimentEntry(
        "cwa-loop",
        "Training with spikes in the loop",
        f"{PAPER}, eq. 4",
        "brian.fine_tuning",
        {
            **BRIAN_OPTIONS,
            **_steps(25),
            "loop_epochs": ExperimentOption(1, "Epochs of training with spikes in the loop.", least=0),
            "tuned": ExperimentOption(10_000, "Number of training images of these epochs.", least=1),
            "rate": ExperimentOption(1e-4, "Learning rate of these epochs.", least=0),
            "release": ExperimentOption(0.5, "Release at the start, in spikes that are still to be sent."),
        },
        {"bins": "steps"},
    ),
    ExperimentEntry(
        "cwa-no-activation",
        "Conductance networks without an activation function",
        f"{PAPER}, section 2.3",
        "no_activation",
        _WITHOUT_VARIANT,
    ),
    ExperimentEntry(
        "cwa-variants", "AbsNorm and lateral inhibition on CIFAR-10", f"{PAPER}, table 2", "variants", _WITHOUT_VARIANT
    ),
    ExperimentEntry("cwa-mnist", "Conductance networks on MNIST", f"{PAPER}, table 1", "mnist", CONDUCTANCE_OPTIONS),
    ExperimentEntry(
        "cwa-cifar10", "Conductance networks on CIFAR-10", f"{PAPER}, tables 1 and 2", "cifar10", CONDUCTANCE_OPTIONS
    ),
)
