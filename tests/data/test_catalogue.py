import pytest

from spikenet.data import DATASETS


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_every_data_set_says_its_source_and_licence(name):
    entry = DATASETS[name]
    assert entry.name == name
    assert entry.source and entry.licence and entry.title


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_full_data_sets_have_as_many_images_of_ten_classes_as_their_papers_say(name):
    train, test = DATASETS[name].per_class["full"]
    assert (sum(train), sum(test)) == (50_000 if name == "cifar10" else 60_000, 10_000)
    assert len(train) == len(test) == 10


@pytest.mark.parametrize("name", sorted(DATASETS))
def test_a_small_size_and_a_bundle_go_together(name):
    assert ("mini" in DATASETS[name].per_class) == (DATASETS[name].bundle is not None)


def test_the_small_mnist_is_the_papers():
    assert DATASETS["mnist"].per_class["mini"] == ((1000,) * 10, (100,) * 10)


def test_the_table_cannot_be_changed():
    with pytest.raises(TypeError):
        DATASETS["mine"] = DATASETS["mnist"]
