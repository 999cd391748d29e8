"""Gupta and Naveed: neurons that talk to each other and learn by the timing of their spikes.

S. K. Gupta, S. Naveed: How Close are ANNs to the Brain? Indian Institute of Technology Kanpur.
"""

from spikenet.experiments.registry import ExperimentEntry, ExperimentOption

PAPER = "Gupta and Naveed, How Close are ANNs to the Brain?"


def _training_options(networks: int) -> dict[str, ExperimentOption]:
    return {
        "networks": ExperimentOption(list(range(1, networks + 1)), "Numbers of the networks in the table.", least=1),
        "recipe": ExperimentOption("printed", "How networks are trained.", ("printed", "own")),
        "rate": ExperimentOption(0.0, "Learning rate; 0 takes the recipe's.", least=0),
        "epochs": ExperimentOption(0, "Epochs of training; 0 takes the recipe's number.", least=0),
        "batch": ExperimentOption(0, "Images a step; 0 takes the recipe's number.", least=0),
        "views": ExperimentOption(0, "Views that outputs are averaged over; 0 takes the recipe's.", least=0),
        "precision": ExperimentOption("float32", "Of the training.", ("float32", "mixed_bfloat16")),
        "held": ExperimentOption(1200, "Training images held out, on which the stacking network is trained.", least=0),
        "test": ExperimentOption(1, "0 leaves out the test images, for a search.", least=0),
        "images": ExperimentOption(0, "Number of training and of test images; 0 takes all.", least=0),
        "kept": ExperimentOption("", "Folder of trained networks that runs share; each is trained once."),
    }


EXPERIMENTS = (
    ExperimentEntry(
        "cnn-mnist",
        "Five convolutional networks and their ensembles",
        f"{PAPER}, section 2.1",
        "conventional.cnn_mnist",
        _training_options(5),
    ),
    ExperimentEntry(
        "rnn-mnist",
        "Recurrent networks over rows and columns, and their ensembles",
        f"{PAPER}, section 2.2",
        "conventional.rnn_mnist",
        _training_options(4),
    ),
    ExperimentEntry(
        "rnn-spiking",
        "Recurrent spiking neurons over rows and columns",
        f"{PAPER}, section 2.2",
        "spiking_rows",
        {
            "networks": ExperimentOption([1, 2], "Networks: 1 over rows, 2 over columns."),
            "units": ExperimentOption(256, "Number of neurons.", least=1),
            "epochs": ExperimentOption(30, "Passes over the training images.", least=1),
            "batch": ExperimentOption(100, "Images a step.", least=1),
            "rate": ExperimentOption(4e-3, "Learning rate at first.", least=1e-6),
            "dropout": ExperimentOption(0.2, "Share of spikes that the readout does not see in training.", least=0),
            "jitter": ExperimentOption(1, "1 moves images a little in training.", least=0),
            "held": ExperimentOption(1200, "Training images that validate.", least=0),
            "images": ExperimentOption(0, "Only so many training and test images; 0 takes all.", least=0),
            "test": ExperimentOption(1, "0 leaves out the test images, for a search.", least=0),
        },
    ),
    ExperimentEntry(
        "cnn-spiking",
        "Trained ReLU networks as integrate-and-fire networks",
        f"{PAPER}, sections 2.1 and 3.5",
        "conventional.cnn_spiking",
        {
            "model": ExperimentOption("", "File of a trained Keras network (.keras)."),
            "dataset": ExperimentOption("mnist", "Images that it was trained on.", ("mnist", "cifar10")),
            "steps": ExperimentOption([4, 8, 16, 32, 64], "Numbers of steps.", least=1),
            "wait": ExperimentOption([0, 1], "0: all layers spike at once; 1: each after the one before.", least=0),
            "calibration": ExperimentOption(200, "Training images to calibrate on.", least=2),
            "images": ExperimentOption(0, "Number of test images; 0 takes all.", least=0),
            "held_out": ExperimentOption(0, "Tests with so many training images, for choices.", least=0),
        },
    ),
    ExperimentEntry(
        "spike-propagation",
        "Spikes of one neuron produce spikes in another",
        f"{PAPER}, section 3.1 and figure 1",
        "spike_propagation",
        {
            "neurons": ExperimentOption(3, "Number of neurons in the chain.", least=2),
            "weight": ExperimentOption(0.85, "By how much a spike lifts the next neuron, in volt.", least=1e-3),
            "drive": ExperimentOption(
                2.0, "Voltage to which the current drives the first neuron, in volt.", least=1.01
            ),
            "duration": ExperimentOption("400 ms", "Time that is simulated."),
            "weights": ExperimentOption(45, "Number of weights from 0.1 to 1.2 V in the curve of rates.", least=2),
        },
    ),
    ExperimentEntry(
        "stdp-window",
        "Windows of plasticity, and its dependence on the rate",
        f"{PAPER}, section 3.2 and figure 2",
        "stdp_window",
        {
            "span": ExperimentOption(100, "Largest lag, in ms.", least=1),
            "step": ExperimentOption(2, "Distance between lags, in ms.", least=1),
            "pairs": ExperimentOption(60, "Pairs of spikes at each rate.", least=1),
            "rates": ExperimentOption([0.1, 10.0, 20.0, 40.0, 50.0], "Rates of the pairs, in Hz.", least=0.1),
        },
    ),
    ExperimentEntry(
        "rate-code",
        "Spike counts carry what ReLU carries",
        f"{PAPER}, section 3.5",
        "rate_code",
        {
            "widths": ExperimentOption([10, 30, 100], "Neurons of a layer.", least=1),
            "depth": ExperimentOption(10, "Number of layers.", least=2),
            "networks": ExperimentOption(10, "Random networks of each width and seed.", least=1),
            "spikes": ExperimentOption(20.0, "Mean number of spikes of a neuron in the first layer.", least=0.1),
        },
    ),
    ExperimentEntry(
        "diehl-cook",
        "Digits learned by STDP alone",
        f"{PAPER}, section 4.1; Diehl and Cook (2015)",
        "digits.unsupervised_learning",
        {
            "neurons": ExperimentOption(100, "Number of excitatory neurons, and of inhibitory ones.", least=2),
            "images": ExperimentOption(0, "Number of images to learn from; 0 takes all.", least=0),
            "passes": ExperimentOption(1, "How often each of them is shown.", least=1),
            "label_images": ExperimentOption(10_000, "Training images by which classes are assigned.", least=10),
            "held_out": ExperimentOption(0, "1 tests with training images that are held out, for choices.", least=0),
            "block": ExperimentOption(1000, "Images of a run of the program; a checkpoint follows each.", least=2),
            "inhibition": ExperimentOption(17.0, "Conductance of a spike of an inhibitory neuron, in nS.", least=0),
            "eta_plus": ExperimentOption(0.01, "Learning rate of potentiation.", least=0),
        },
    ),
    ExperimentEntry(
        "bengio-stdp",
        "Spike times change of voltage as a gradient, and as a window",
        f"{PAPER}, section 4.2, equations 2 to 4",
        "bengio_stdp",
        {
            "networks": ExperimentOption(10, "Number of random networks for each seed.", least=1),
            "patterns": ExperimentOption(4, "Number of patterns, whose errors are summed.", least=1),
            "nudges": ExperimentOption(
                [0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0], "How strongly outputs are drawn to targets.", least=1e-3
            ),
            "spikes": ExperimentOption(
                [1.0, 3.0, 10.0, 30.0, 100.0, 300.0, 1e3, 3e3, 1e4],
                "Mean numbers of spikes of a presynaptic neuron.",
                least=1,
            ),
            "updates": ExperimentOption(100, "How often the rule changes the weights of each network.", least=0),
            "span": ExperimentOption(80, "Largest lag of the window, in ms.", least=1),
            "step": ExperimentOption(2, "Distance between lags, in ms.", least=1),
        },
    ),
)
