from spikenet.experiments.experiment import Setup
from spikenet.papers import load_experiment
from spikenet.papers.hodgkin_huxley_networks import CONDUCTANCE_OPTIONS, cifar10


def test_the_experiment_is_that_of_mnist_on_other_images(monkeypatch):
    experiment = load_experiment("cwa-cifar10")
    monkeypatch.setattr(cifar10, "train_for_table", lambda data, setup, context: data)
    assert experiment.run(Setup(), None) == "cifar10"
    assert set(experiment.options) == set(CONDUCTANCE_OPTIONS)
