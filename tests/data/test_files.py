import hashlib
import importlib.util
import os
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import spikenet.data
from spikenet.data import DATASETS, load_dataset
from spikenet.data.catalogue import DatasetEntry
from spikenet.data.files import KEYS, read_bundle, read_npz, to_dataset
from spikenet.errors import DataError

TOY = DatasetEntry("toy", "Toys", "made up", "none", "toy.npz", {"full": ((3, 2), (1, 2))}, image_shape=(3, 2))


def toys(**changes):
    rng = np.random.default_rng(5)
    return {
        "x_train": rng.integers(0, 256, (5, 3, 2), dtype=np.uint8), "y_train": np.array([1, 0, 0, 1, 0]),
        "x_test": rng.integers(0, 256, (3, 3, 2), dtype=np.uint8), "y_test": np.array([1, 0, 1], np.uint8),
    } | changes  # fmt: skip


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_keras_layout_file_comes_back_as_it_was_saved(tmp_path, save):
    save(tmp_path / "toy.npz", **toys(), more=np.zeros(3))
    found = read_npz(tmp_path / "toy.npz", TOY)
    assert tuple(found) == KEYS
    for key, wanted in toys().items():
        np.testing.assert_array_equal(found[key], wanted, strict=True)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("kept", [0.0, 0.02, 0.5, 0.999])
def test_a_truncated_file_is_refused_by_name(tmp_path, save, kept):
    path = tmp_path / "toy.npz"
    save(path, **toys())
    path.write_bytes(path.read_bytes()[: int(kept * path.stat().st_size)])
    with pytest.raises(DataError, match=r"toy.npz cannot be read .* truncated") as caught:
        read_npz(path, TOY)
    assert caught.value.__cause__ is None and caught.value.__suppress_context__


@pytest.mark.parametrize(("save", "flip"), [(np.savez, 0x01), (np.savez_compressed, 0x01), (np.savez_compressed, 0xFF)])
def test_a_damaged_byte_anywhere_is_refused_or_does_not_matter(tmp_path, save, flip):
    path, refused = tmp_path / "toy.npz", 0
    save(path, **toys())
    whole = path.read_bytes()
    for position in range(len(whole)):
        path.write_bytes(whole[:position] + bytes([whole[position] ^ flip]) + whole[position + 1 :])
        try:
            found = read_npz(path, TOY)
        except DataError:
            refused += 1
        else:
            assert all((found[key] == wanted).all() for key, wanted in toys().items())
    assert refused > len(whole) / 2


BIG_TOY = replace(TOY, image_shape=(50, 30, 20))
BIG = toys(x_train=np.random.default_rng(1).integers(0, 256, (50, 30, 20), dtype=np.uint8))


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("position", [300, 15_000, 30_000])
def test_a_damaged_pixel_is_noticed_in_files_longer_than_a_buffer(tmp_path, save, position):
    path = tmp_path / "toy.npz"
    save(path, **BIG)
    damaged = bytearray(path.read_bytes())
    damaged[position] ^= 1  # x_train comes first
    path.write_bytes(damaged)
    with pytest.raises(DataError, match="cannot be read .*(CRC|decompress|zip)"):
        read_npz(path, BIG_TOY)


@pytest.mark.parametrize(
    ("shape", "reason"),
    [(b"(40, 30, 20), ", "longer than its header says"), (b"(99999999999,)", "MemoryError|ValueError")],
)
def test_a_header_with_another_shape_is_noticed(tmp_path, shape, reason):
    path = tmp_path / "toy.npz"
    np.savez(path, **BIG)
    whole, old = path.read_bytes(), b"(50, 30, 20), }"
    assert whole.count(old) == 1
    path.write_bytes(whole.replace(old, shape.ljust(len(old) - 1) + b"}"))
    with pytest.raises(DataError, match=reason):
        read_npz(path, BIG_TOY)


@pytest.mark.parametrize("content", [b"", b"not a file of arrays", b"PK\x03\x04 nor this"])
def test_a_file_of_another_kind_is_refused(tmp_path, content):
    path = tmp_path / "toy.npz"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"toy.npz cannot be read"):
        read_npz(path, TOY)


def test_a_folder_and_a_bare_npy_file_are_refused(tmp_path):
    np.save(tmp_path / "bare.npy", np.zeros(3))
    for path in (tmp_path, tmp_path / "bare.npy"):
        with pytest.raises(DataError, match="cannot be read"):
            read_npz(path, TOY)


def test_a_file_that_unpacks_to_more_than_the_data_set_is_refused(tmp_path):
    """Five kilobytes here; four megabytes gave 4.7 GB."""
    np.savez_compressed(tmp_path / "toy.npz", **toys(x_train=np.zeros((5, 1000, 1000), np.uint8)))
    assert (tmp_path / "toy.npz").stat().st_size < 10_000
    with pytest.raises(DataError, match="x_train.npy has 5,000,128 bytes, wanted at most"):
        read_npz(tmp_path / "toy.npz", TOY)


def test_a_data_set_may_be_a_link(tmp_path):
    np.savez(tmp_path / "there.npz", **toys())
    (tmp_path / "toy.npz").symlink_to("there.npz")
    assert tuple(read_npz(tmp_path / "toy.npz", TOY)) == KEYS


def test_pickled_objects_are_not_unpickled(tmp_path):
    np.savez(tmp_path / "toy.npz", **toys(y_train=np.array([print, None, 0, 0, 0], dtype=object)))
    with pytest.raises(DataError, match=r"toy.npz cannot be read .*allow_pickle"):
        read_npz(tmp_path / "toy.npz", TOY)


def test_missing_arrays_are_named(tmp_path):
    np.savez(tmp_path / "toy.npz", x_train=np.zeros(2), labels=np.zeros(2))
    with pytest.raises(DataError, match=r"holds labels, x_train; wanted x_train, y_train, x_test, y_test"):
        read_npz(tmp_path / "toy.npz", TOY)
    zipfile.ZipFile(tmp_path / "empty.npz", "w").close()
    with pytest.raises(DataError, match="holds nothing"):
        read_npz(tmp_path / "empty.npz", TOY)


def test_arrays_as_described_make_a_dataset():
    data = to_dataset(toys(), TOY, "full", "here")
    np.testing.assert_array_equal(data.x_test, toys()["x_test"])
    assert (data.name, data.source, data.licence) == ("toy", "made up", "none")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"x_train": np.zeros((5, 3, 2))}, r"x_train is float64 \(5, 3, 2\), wanted uint8 \(5, 3, 2\)"),
        ({"x_test": np.zeros((3, 2, 3), np.uint8)}, r"x_test is uint8 \(3, 2, 3\), wanted uint8 \(3, 3, 2\)"),
        ({"x_train": np.zeros((4, 3, 2), np.uint8)}, r"x_train is uint8 \(4, 3, 2\)"),
        ({"y_train": np.zeros(4, int)}, r"y_train is int64 \(4,\), wanted int \(5,\)"),
        ({"y_train": np.zeros(5)}, r"y_train is float64"),
        ({"y_test": np.array([0, 1, 2])}, r"y_test is from 0 to 2, wanted 0 to 1"),
        ({"y_test": np.array([0, 1, -1])}, r"y_test is from -1 to 1"),
        ({"y_test": np.array([0, 0, 0])}, r"y_test holds \(3, 0\) images for each class, wanted \(1, 2\)"),
    ],
)
def test_arrays_of_another_data_set_are_refused_by_name(changes, message):
    with pytest.raises(DataError, match=rf"here is not Toys: {message}"):
        to_dataset(toys(**changes), TOY, "full", "here")


def test_fashion_mnist_under_mnists_name_is_refused():
    arrays = {
        f"{kind}_{part}": np.zeros((n, 28, 28), np.uint8) if kind == "x" else np.arange(n) % 10
        for part, n in (("train", 60_000), ("test", 10_000))
        for kind in "xy"
    }
    assert to_dataset(arrays, DATASETS["fashion_mnist"], "full", "mnist.npz").n_classes == 10
    with pytest.raises(DataError, match=r"mnist.npz is not MNIST: y_train holds \(6000, 6000"):
        to_dataset(arrays, DATASETS["mnist"], "full", "mnist.npz")


FOLDER = Path(spikenet.data.__file__).parent
MNIST = DATASETS["mnist"]


def test_a_damaged_bundle_is_refused(tmp_path):
    whole, path = (FOLDER / MNIST.bundle.file).read_bytes(), tmp_path / "mnist_mini.xz"
    for damaged in (None, b"", b"foreign", whole[:-1000], whole[:5000] + b"x" + whole[5001:]):
        if damaged is not None:
            path.write_bytes(damaged)
        with pytest.raises(DataError, match=r"mnist_mini.xz cannot be read .*install spikenet again"):
            read_bundle(path, MNIST.bundle, MNIST)


def test_a_bundle_with_another_checksum_is_refused():
    other = replace(MNIST.bundle, sha256="0" * 64)
    with pytest.raises(DataError, match=rf"has the checksum {MNIST.bundle.sha256}, wanted 0000"):
        read_bundle(FOLDER / other.file, other, MNIST)


def test_the_bundle_is_small_and_names_source_and_licence():
    assert (FOLDER / MNIST.bundle.file).stat().st_size < 1.6e6
    note = (FOLDER / "mnist_mini.txt").read_text()
    assert all(words in note for words in ("LeCun", "Cortes", "Burges", "CC BY-SA 3.0", "tools/make_mnist_mini.py"))


@pytest.mark.skipif(not os.environ.get("SPIKENET_DATA"), reason="needs the full MNIST: set SPIKENET_DATA")
def test_the_tool_draws_the_bundle_from_the_full_data():
    spec = importlib.util.spec_from_file_location("tool", FOLDER.parents[1] / "tools" / "make_mnist_mini.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    assert hashlib.sha256(tool.subset(load_dataset("mnist", "full"))).hexdigest() == MNIST.bundle.sha256
