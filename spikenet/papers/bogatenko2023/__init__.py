"""Bogatenko et al. (2023): FitzHugh-Nagumo (FHN) neurons in the hidden layer of a classifier of digits.

T. Bogatenko, K. Sergeev, A. Slepnev, J. Kurths, N. Semenova: Symbiosis of an artificial neural network and models of
biological neurons: training and testing. Chaos 33 (2023), doi:10.1063/5.0152703.
"""

from collections.abc import Mapping
from types import MappingProxyType

from spikenet.experiments.registry import ExperimentEntry, ExperimentOption

PAPER = "Bogatenko et al. (2023)"

_IMAGES = ExperimentOption(0, "Number of images of each part, with the digits' shares; 0 takes all.", least=0)
_SMOOTH = ExperimentOption("5 ms", "Width of the filter that smooths the outputs over time before they are decoded.")
_EPSILON = ExperimentOption(0.05, "The FHN neuron's ratio of time scales.", least=1e-9)
_DURATION = ExperimentOption("100 ms", "Time that is recorded.")
_LOOP_EPOCHS = "Epochs of training with neurons in the loop"

TRAINING_OPTIONS: Mapping[str, ExperimentOption] = MappingProxyType(
    {"epochs": ExperimentOption(0, "Epochs of the network's training; 0 takes the usual number.", least=0)}
    | {"images": _IMAGES}
)
NEURON_OPTIONS: Mapping[str, ExperimentOption] = MappingProxyType(
    {
        "epsilon": _EPSILON,
        "settle": ExperimentOption("1000 ms", "Time before the recording, for neurons to forget their start."),
        "duration": _DURATION,
    }
)
LOOP_OPTIONS: Mapping[str, ExperimentOption] = MappingProxyType(
    {**NEURON_OPTIONS, "settle": NEURON_OPTIONS["settle"]._replace(default="200 ms")}
)

EXPERIMENTS = (
    ExperimentEntry(
        "fhn-ann",
        "Accuracies of the trained network",
        f"{PAPER}, section 1",
        "ann_accuracy",
        TRAINING_OPTIONS,
    ),
    ExperimentEntry(
        "fhn-embed",
        "FHN neurons in the place of a trained hidden layer",
        f"{PAPER}, table 1 and figure 3",
        "embedded.embedding_accuracy",
        {
            **NEURON_OPTIONS,
            **TRAINING_OPTIONS,
            "smooth": _SMOOTH,
            "direct": ExperimentOption(100, "Number of test images that are also simulated without a table.", least=0),
        },
    ),
    ExperimentEntry(
        "fhn-gamma",
        "Accuracy against the gain of the drive",
        f"{PAPER}, figure 4",
        "embedded.gain_curve",
        {
            **NEURON_OPTIONS,
            **TRAINING_OPTIONS,
            "smooth": _SMOOTH,
            "low": ExperimentOption(-2.0, "The lowest gain."),
            "high": ExperimentOption(1.0, "The highest gain."),
            "step": ExperimentOption(0.1, "Distance between gains.", least=1e-3),
        },
    ),
    ExperimentEntry(
        "fhn-phase",
        "Phase portrait with nullclines",
        f"{PAPER}, figure 2",
        "phase_plane",
        {
            "epsilon": _EPSILON,
            "a": ExperimentOption(1.05, "The FHN neuron's threshold parameter; it oscillates below 1."),
            "drive": ExperimentOption(-0.3, "Constant drive of the second trajectory."),
            "settle": NEURON_OPTIONS["settle"],
            "duration": _DURATION._replace(default="20 ms"),
        },
    ),
    ExperimentEntry(
        "fhn-train",
        "Training with FHN neurons in the loop, as in the paper",
        f"{PAPER}, table 2, figures 6 and A.7",
        "trained.paper_training",
        {
            **LOOP_OPTIONS,
            "epochs": ExperimentOption(30, f"{_LOOP_EPOCHS}.", least=1),
            "choices": ExperimentOption(0, "1 also tries what the paper leaves open.", least=0),
            "choice_epochs": ExperimentOption(15, "Epochs of each of these trials.", least=1),
        },
    ),
    ExperimentEntry(
        "fhn-train-best",
        "The best that 100 FHN neurons do",
        f"{PAPER}, table 2",
        "trained.best_training",
        {
            **LOOP_OPTIONS,
            "epochs": ExperimentOption(40, f"{_LOOP_EPOCHS} on the mean over time.", least=1),
            "vote_epochs": ExperimentOption(16, f"{_LOOP_EPOCHS} on votes, which follows.", least=1),
            "smooth": _SMOOTH,
            "images": _IMAGES,
        },
    ),
    ExperimentEntry(
        "fhn-surrogates",
        "Every gradient on the same task",
        f"{PAPER}, section 4",
        "trained.gradient_comparison",
        {
            "epochs": ExperimentOption(8, f"{_LOOP_EPOCHS} by each gradient.", least=1),
            "images": _IMAGES._replace(default=2400),
        },
    ),
    ExperimentEntry(
        "loop-neurons",
        "LIF and Izhikevich neurons, and two FHN layers",
        "our own",
        "trained.other_neurons",
        {"epochs": ExperimentOption(20, f"{_LOOP_EPOCHS}.", least=1), "images": _IMAGES},
    ),
    ExperimentEntry(
        "fhn-transfer",
        "Training in the loop from a trained network and from nothing",
        "our own",
        "trained.pretraining",
        {
            **LOOP_OPTIONS,
            **TRAINING_OPTIONS,
            "gamma": ExperimentOption(-1.0, "Gain of the drive."),
            "loop_epochs": ExperimentOption(10, f"{_LOOP_EPOCHS}.", least=1),
            "smooth": _SMOOTH,
        },
    ),
    ExperimentEntry(
        "fhn-search",
        "Search for what the paper leaves open",
        f"{PAPER}, table 1",
        "embedded.parameter_search",
        {
            "settle": NEURON_OPTIONS["settle"],
            "duration": _DURATION,
            **TRAINING_OPTIONS,
            "sample": ExperimentOption(2000, "Number of training images that judge each trial.", least=1),
            "epsilons": ExperimentOption(
                [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0], "Values of epsilon to try, as a list.", least=0.01
            ),
            "recipes": ExperimentOption(8, "Number of trainings of the network to try.", least=1),
            "random": ExperimentOption(True, "Also start neurons from random states."),
        },
    ),
)
