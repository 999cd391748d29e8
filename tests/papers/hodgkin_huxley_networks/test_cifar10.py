from spikenet.papers import load_experiment
from spikenet.papers.hodgkin_huxley_networks.conductance_training import OPTIONS


def test_the_experiment_is_that_of_mnist_on_other_images():
    experiment = load_experiment("cwa-cifar10")
    assert experiment.run.data == "cifar10"
    assert set(experiment.options) == set(OPTIONS)
