import gzip
import socket
import subprocess
import sys
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

import spikenet.data.loading as loading
from spikenet.data import load_dataset, pixels
from spikenet.data.catalogue import FASHION_MNIST, DatasetEntry
from spikenet.errors import DataError, InvalidValueError

TOY = DatasetEntry("toy", "Toys", "made up", "none", "toys.npz", {"full": ((2, 1), (1, 1))}, image_shape=(3, 2))
TRAIN = np.arange(18, dtype=np.uint8).reshape(3, 3, 2), np.array([0, 1, 0])
TEST = np.full((2, 3, 2), 7, dtype=np.uint8), np.array([1, 0])


@pytest.fixture
def toys(monkeypatch, tmp_path):
    """A data set small enough to write, and a folder for it."""
    monkeypatch.setattr(loading, "DATASETS", {"toy": TOY})
    monkeypatch.setenv("SPIKENET_DATA", str(tmp_path))
    return tmp_path


def keras_with(monkeypatch, load_data):
    fake = ModuleType("keras")
    fake.datasets = SimpleNamespace(toy=SimpleNamespace(load_data=load_data))
    monkeypatch.setitem(sys.modules, "keras", fake)


def no_network():
    raise Exception("URL fetch failure on https://example.org: None -- [Errno -2] Name or service not known")


def test_the_bundled_mnist_has_the_papers_numbers_of_each_digit(monkeypatch):
    monkeypatch.setenv("SPIKENET_DATA", "/nowhere")  # the bundle needs none
    data = load_dataset("mnist", "mini")
    assert data.x_train.shape == (10_000, 28, 28)
    assert np.bincount(data.y_train).tolist() == [1000] * 10
    assert np.bincount(data.y_test).tolist() == [100] * 10
    assert "LeCun" in data.source and data.licence == "CC BY-SA 3.0"


def test_the_bundled_images_are_digits_with_their_labels():
    """The nearest class mean recognises about 82 % of MNIST's test digits (60,000 training images); chance is 10 %."""
    data = load_dataset()
    train, test = pixels(data.x_train), pixels(data.x_test)
    means = np.stack([train[data.y_train == digit].mean(axis=0) for digit in range(10)])
    distance = (means**2).sum(axis=1) - 2 * test @ means.T
    assert np.mean(distance.argmin(axis=1) == data.y_test) == pytest.approx(0.82, abs=0.04)  # 3 sd of 1,000 images


def test_the_bundled_digits_are_mixed_and_no_image_is_in_both_parts():
    data = load_dataset()
    assert len(np.unique(data.y_train[:100])) == 10
    assert not {image.tobytes() for image in data.x_train} & {image.tobytes() for image in data.x_test}


@pytest.mark.parametrize("name", ["MNIST", "", None, ["mnist"], "cifar100"])
def test_an_unknown_data_set_is_answered_with_those_there_are(name):
    with pytest.raises(InvalidValueError, match=r"unknown data set .*; there are mnist, fashion_mnist"):
        load_dataset(name)


@pytest.mark.parametrize("size", ["tiny", None, ["full"]])
def test_an_unknown_size_is_answered_with_those_there_are(size):
    with pytest.raises(InvalidValueError, match=r"unknown size of mnist .*; there are mini, full"):
        load_dataset("mnist", size)


def test_fashion_mnist_has_no_bundle():
    with pytest.raises(InvalidValueError, match=r"unknown size of fashion_mnist 'mini'; there are full"):
        load_dataset("fashion_mnist")


def test_the_folder_of_spikenet_data_comes_first(toys, monkeypatch):
    keras_with(monkeypatch, no_network)
    np.savez(toys / "toy.npz", x_train=TRAIN[0], y_train=TRAIN[1], x_test=TEST[0], y_test=TEST[1])
    data = load_dataset("toy", "full")
    np.testing.assert_array_equal(data.x_train, TRAIN[0])
    np.testing.assert_array_equal(data.y_test, TEST[1])


def test_a_bad_file_in_the_folder_is_an_error_not_a_reason_to_look_elsewhere(toys, monkeypatch):
    keras_with(monkeypatch, lambda: (TRAIN, TEST))
    (toys / "toy.npz").write_bytes(b"PK")
    with pytest.raises(DataError, match=rf"{toys}/toy.npz cannot be read"):
        load_dataset("toy", "full")


def test_a_folder_without_the_file_is_passed_over_for_keras(toys, monkeypatch):
    keras_with(monkeypatch, lambda: (TRAIN, TEST))
    np.testing.assert_array_equal(load_dataset("toy", "full").x_train, TRAIN[0])


def test_what_keras_gives_is_checked_too(toys, monkeypatch):
    keras_with(monkeypatch, lambda: (TRAIN, (TEST[0], np.array([1, 1]))))
    with pytest.raises(DataError, match=r"what Keras' loader gave is not Toys: y_test holds \(0, 2\)"):
        load_dataset("toy", "full")


@pytest.mark.parametrize("folder", ["/nowhere/at/all", __file__])
def test_a_spikenet_data_that_is_no_folder_is_an_error(toys, monkeypatch, folder):
    monkeypatch.setenv("SPIKENET_DATA", folder)
    with pytest.raises(DataError, match=rf"SPIKENET_DATA is '{folder}', which is not a folder"):
        load_dataset("toy", "full")


def test_without_network_and_file_both_ways_out_are_said(toys, monkeypatch):
    keras_with(monkeypatch, no_network)
    with pytest.raises(DataError) as caught:
        load_dataset("toy", "full")
    message = str(caught.value)
    assert f"{toys}/toy.npz does not exist" in message
    assert "Name or service not known" in message
    assert "set SPIKENET_DATA to a folder with toy.npz" in message
    assert "connect to the network" in message and "~/.keras/datasets/toys.npz" in message
    assert caught.value.__cause__ is None and caught.value.__suppress_context__  # no page of Keras' traceback


def test_an_empty_spikenet_data_counts_as_unset(toys, monkeypatch):
    monkeypatch.setenv("SPIKENET_DATA", "")
    keras_with(monkeypatch, no_network)
    with pytest.raises(DataError, match=r"Toys was not found: Keras could not load it"):
        load_dataset("toy", "full")


def test_without_keras_the_same_ways_out_are_said(toys, monkeypatch):
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(DataError, match=r"Keras could not load it \(ModuleNotFoundError.*Two ways out"):
        load_dataset("toy", "full")


def test_a_silent_server_is_not_waited_for_and_the_patience_of_others_is_as_before(toys, monkeypatch):
    seen = []
    keras_with(monkeypatch, lambda: seen.append(socket.getdefaulttimeout()) or no_network())
    with pytest.raises(DataError):
        load_dataset("toy", "full")
    assert seen == [loading.NETWORK_TIMEOUT]
    assert socket.getdefaulttimeout() is None


ASK_THE_REAL_KERAS = """
from spikenet.data import load_dataset
print(load_dataset("fashion_mnist", "full"))
load_dataset("mnist", "full")
"""


def test_the_real_keras_loads_its_cache_and_fails_without_a_network(monkeypatch, tmp_path):
    """Keras' own loaders, in a process of their own: Fashion-MNIST's files in its cache, MNIST nowhere."""
    cache = tmp_path / "datasets" / "fashion-mnist"
    cache.mkdir(parents=True)
    for part, counts in zip(("train", "t10k"), FASHION_MNIST.per_class["full"], strict=True):
        with gzip.open(cache / f"{part}-labels-idx1-ubyte.gz", "wb", compresslevel=1) as file:
            file.write(bytes(8) + np.repeat(np.arange(10, dtype=np.uint8), counts).tobytes())
        with gzip.open(cache / f"{part}-images-idx3-ubyte.gz", "wb", compresslevel=1) as file:
            file.write(bytes(16 + sum(counts) * 784))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.delenv("SPIKENET_DATA", raising=False)
    run = subprocess.run([sys.executable, "-c", ASK_THE_REAL_KERAS], capture_output=True, text=True, check=False)
    assert "Dataset(fashion_mnist: 60000 training and 10000 test images of 28 x 28, 10 classes" in run.stdout
    assert "spikenet.errors.DataError: MNIST was not found: Keras could not load it" in run.stderr
    assert "Two ways out" in run.stderr
    assert run.stderr.count("Traceback") == 1
