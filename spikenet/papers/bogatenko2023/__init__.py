"""Bogatenko et al. (2023): FitzHugh-Nagumo (FHN) neurons in the hidden layer of a classifier of digits.

T. Bogatenko, K. Sergeev, A. Slepnev, J. Kurths, N. Semenova: Symbiosis of an artificial neural network and models of
biological neurons: training and testing. Chaos 33 (2023), doi:10.1063/5.0152703.
"""

from spikenet.experiments.registry import ExperimentEntry

PAPER = "Bogatenko et al. (2023)"

EXPERIMENTS = (
    ExperimentEntry("fhn-ann", "Accuracies of the trained network", f"{PAPER}, section 1", "ann_accuracy"),
    ExperimentEntry(
        "fhn-embed",
        "FHN neurons in the place of a trained hidden layer",
        f"{PAPER}, table 1 and figure 3",
        "embedded.embedding_accuracy",
    ),
    ExperimentEntry("fhn-gamma", "Accuracy against the gain of the drive", f"{PAPER}, figure 4", "embedded.gain_curve"),
    ExperimentEntry("fhn-phase", "Phase portrait with nullclines", f"{PAPER}, figure 2", "phase_plane"),
    ExperimentEntry(
        "fhn-train",
        "Training with FHN neurons in the loop, as in the paper",
        f"{PAPER}, table 2, figures 6 and A.7",
        "trained.paper_training",
    ),
    ExperimentEntry("fhn-train-best", "The best that 100 FHN neurons do", f"{PAPER}, table 2", "trained.best_training"),
    ExperimentEntry(
        "fhn-surrogates", "Every gradient on the same task", f"{PAPER}, section 4", "trained.gradient_comparison"
    ),
    ExperimentEntry(
        "loop-neurons", "LIF and Izhikevich neurons, and two FHN layers", "our own", "trained.other_neurons"
    ),
    ExperimentEntry(
        "fhn-transfer",
        "Training in the loop from a trained network and from nothing",
        "our own",
        "trained.pretraining",
    ),
    ExperimentEntry(
        "fhn-search", "Search for what the paper leaves open", f"{PAPER}, table 1", "embedded.parameter_search"
    ),
)
