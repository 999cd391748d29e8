import math

import numpy as np
import pytest

from spikenet.errors import InvalidTypeError, InvalidValueError, RunFolderError
from spikenet.experiments.cached_results import load_or_compute


def never():
    pytest.fail("a piece that is there was computed again")


TREES = [
    {"accuracy": 0.1 + 0.2, "digits": [1, None, True, "γ"], "nothing": {}},
    3,
    math.inf,
]


@pytest.mark.parametrize("tree", TREES)
def test_a_tree_is_computed_once_and_found_from_then_on(tmp_path, tree):
    first = load_or_compute(tmp_path / "kept", "seed 1, gamma -0.5", lambda: tree)
    again = load_or_compute(tmp_path / "kept", "seed 1, gamma -0.5", never)
    assert first.value == again.value == tree
    assert (first.found, again.found) == (False, True)
    assert again.seconds == first.seconds


def test_arrays_keep_type_shape_and_place(tmp_path):
    tree = {"weights": [np.arange(6.0).reshape(2, 3), np.ones(2, np.float32)], "accuracy": np.float64(0.5), "n": 2}
    load_or_compute(tmp_path, "ann", lambda: tree)
    found = load_or_compute(tmp_path, "ann", never).value
    np.testing.assert_array_equal(found["weights"][0], tree["weights"][0])
    assert found["weights"][1].dtype == np.float32
    assert (found["accuracy"], found["n"]) == (0.5, 2)


def test_the_first_run_sees_what_a_resumed_one_will_see(tmp_path):
    """A tuple comes back as a list at once, and not only after an interruption."""
    assert load_or_compute(tmp_path, "pair", lambda: (1, 2)).value == [1, 2]


def test_keys_that_look_alike_are_kept_apart(tmp_path):
    keys = ["a/b", "a%2Fb", "a b", "..", "ε = 0.05"]
    for number, key in enumerate(keys):
        load_or_compute(tmp_path / "kept", key, lambda number=number: number)
    assert [load_or_compute(tmp_path / "kept", key, never).value for key in keys] == list(range(len(keys)))
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_without_a_usable_name_is_refused(tmp_path, key):
    with pytest.raises(InvalidValueError, match="1 to 200 characters"):
        load_or_compute(tmp_path, key, never)


@pytest.mark.parametrize(
    ("value", "what"),
    [
        (object(), "a object"),
        ({1: 2}, "keys that are not text"),
        (np.array([object()]), "a ndarray"),
        ({1, 2}, "a set"),
    ],
)
def test_what_would_not_come_back_is_refused(tmp_path, value, what):
    with pytest.raises(InvalidTypeError, match=what):
        load_or_compute(tmp_path, "piece", lambda: [value])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("value", [1.5, np.arange(3)])
def test_a_damaged_piece_is_named(tmp_path, value):
    load_or_compute(tmp_path, "piece", lambda: value)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:-5])
    with pytest.raises(RunFolderError, match=path.name):
        load_or_compute(tmp_path, "piece", never)


def test_a_computation_that_fails_keeps_nothing(tmp_path):
    with pytest.raises(ZeroDivisionError):
        load_or_compute(tmp_path, "piece", lambda: 1 / 0)
    assert load_or_compute(tmp_path, "piece", lambda: 2).value == 2


@pytest.mark.parametrize("value", [{"accuracy": 97.25, "classes": [1, 2]}, {"weights": np.arange(20.0)}])
def test_a_changed_byte_is_never_used(tmp_path, value):
    """Of 192 changes, 12 were used before there was a checksum."""
    first = load_or_compute(tmp_path, "piece", lambda: value)
    (path,) = tmp_path.iterdir()
    whole, rng, refused = path.read_bytes(), np.random.default_rng(1), 0
    for _ in range(300):
        damaged = bytearray(whole)
        damaged[rng.integers(len(whole))] ^= 1 << rng.integers(8)
        path.write_bytes(damaged)
        try:
            found = load_or_compute(tmp_path, "piece", never)
        except RunFolderError:
            refused += 1
        else:
            np.testing.assert_equal(found.value, first.value)
            assert found.seconds == first.seconds
    assert refused > 150


def test_a_piece_under_another_name_is_not_used(tmp_path):
    load_or_compute(tmp_path, "seed 1", lambda: 1)
    (tmp_path / "seed 1.json").rename(tmp_path / "seed 2.json")
    with pytest.raises(RunFolderError, match="it is the result of 'seed 1'"):
        load_or_compute(tmp_path, "seed 2", never)


@pytest.mark.parametrize("name", ["piece.json", "piece.npz"])
def test_no_link_is_followed(tmp_path, name):
    (tmp_path / "elsewhere").write_text('{"value": 1, "seconds": 0}')
    (tmp_path / "kept").mkdir()
    for target in ("../elsewhere", "gone"):
        (tmp_path / "kept" / name).symlink_to(target)
        with pytest.raises(RunFolderError, match="cannot be read"):
            load_or_compute(tmp_path / "kept", "piece", never)
        (tmp_path / "kept" / name).unlink()


def test_a_small_file_cannot_fill_the_memory(tmp_path):
    """Results are stored as they are; a packed array of zeros is none of ours."""
    np.savez_compressed(tmp_path / "piece.npz", tree=np.array("{}"), a0=np.zeros(1_000_000))
    with pytest.raises(RunFolderError, match="wanted at most"):
        load_or_compute(tmp_path, "piece", never)


@pytest.mark.parametrize("text", ["[" * 50_000, '{"value": ' * 500 + "}" * 500, "3", "null"])
def test_a_piece_that_is_none_is_named(tmp_path, text):
    (tmp_path / "piece.json").write_text(text)
    with pytest.raises(RunFolderError, match="piece.json cannot be read"):
        load_or_compute(tmp_path, "piece", never)
