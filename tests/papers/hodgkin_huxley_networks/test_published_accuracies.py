from spikenet.papers.hodgkin_huxley_networks.architectures import ARCHS, VARIANTS
from spikenet.papers.hodgkin_huxley_networks.published_accuracies import ACCURACY, BARS, LINEAR


def test_every_number_is_of_a_network_that_can_be_built():
    for data, arch, variant in set(ACCURACY) - {("mnist", "fcn", LINEAR)}:
        assert data in ("mnist", "cifar10") and arch in ARCHS and variant in VARIANTS


def test_bars_are_at_least_the_papers_numbers():
    assert all(bar >= ACCURACY[case] for case, bar in BARS.items())
