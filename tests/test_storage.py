"""Files are written whole, and read within bounds: no link is followed, no damage goes unnoticed."""

import io
import os
import random
import zipfile

import numpy as np
import pytest

from spikenet.storage import (
    DEEPEST,
    array_checksum,
    array_names,
    json_checksum,
    open_regular,
    parse_json,
    read_arrays,
    read_bytes,
    sync_folder,
    write_whole,
)


def test_a_file_is_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "a"
    write_whole(path, lambda file: file.write(b"one"))

    def fail(file):
        file.write(b"half of")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_whole(path, fail)
    assert [one.name for one in tmp_path.iterdir()] == ["a"]
    assert path.read_bytes() == b"one"


def test_writing_follows_no_link_and_heeds_nothing_that_a_killed_process_left(tmp_path):
    precious = tmp_path / "precious"
    precious.write_text("precious")
    for left in (".a.partial", "a"):
        (tmp_path / left).symlink_to(precious)
    write_whole(tmp_path / "a", lambda file: file.write(b"new"))
    assert precious.read_text() == "precious"
    assert (tmp_path / "a").read_bytes() == b"new" and not (tmp_path / "a").is_symlink()


def test_what_is_no_regular_file_is_not_opened(tmp_path):
    (tmp_path / "file").write_text("a")
    (tmp_path / "link").symlink_to(tmp_path / "file")
    os.mkfifo(tmp_path / "fifo")
    for name in ("link", "fifo", ".", "nothing"):
        with pytest.raises(OSError):
            read_bytes(tmp_path / name)
        with pytest.raises(OSError):
            open_regular(tmp_path / name, os.O_WRONLY | os.O_APPEND)
    with open_regular(tmp_path / "file", os.O_WRONLY | os.O_APPEND) as file:
        file.write(b"b")
    assert read_bytes(tmp_path / "file") == b"ab"
    with pytest.raises(ValueError, match="more than 1 bytes"):
        read_bytes(tmp_path / "file", most=1)


def test_a_folder_that_cannot_be_synced_is_no_error(tmp_path, monkeypatch):
    def refuse(descriptor):
        raise OSError(22, "Invalid argument")

    monkeypatch.setattr(os, "fsync", refuse)
    sync_folder(tmp_path)


@pytest.mark.parametrize(
    "text",
    ["", "{", "[" * 100_000, "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), '{"a":' * 900 + "1" + "}" * 900, "NaN",
     "[Infinity]", b"\xff", "9" * 5000],
)  # fmt: skip
def test_json_that_is_none_is_a_value_error(text):
    with pytest.raises(ValueError):
        parse_json(text)


def test_json_that_is_good_is_read():
    assert parse_json('{"a": [1, {"b": null}], "c": -2.5}') == {"a": [1, {"b": None}], "c": -2.5}
    assert parse_json("[" * DEEPEST + "]" * DEEPEST) is not None
    assert parse_json("Infinity", finite=False) == float("inf")


def test_checksums_see_every_change_and_nothing_else():
    assert json_checksum({"a": 1, "b": [2.0]}) == json_checksum({"b": [2.0], "a": 1})
    assert len({json_checksum(one) for one in ({"a": 1}, {"a": 2}, {"b": 1}, [1], 1, "1", 1.0, None)}) == 8
    arrays = [np.zeros(3), np.zeros((3, 1)), np.zeros(3, np.float32), np.zeros(6, np.float32), np.zeros(0)]
    arrays += [np.array(0.0), np.array([True]), np.array([1], np.uint8), np.array("ab"), np.arange(6)[::2]]
    assert len({array_checksum(one) for one in arrays}) == len(arrays)
    assert array_checksum(np.arange(6)[::2]) == array_checksum(np.array([0, 2, 4]))


def test_arrays_come_back_those_that_are_asked_for(tmp_path):
    path = tmp_path / "a.npz"
    np.savez_compressed(path, a=np.arange(3), b=np.array("text"))
    assert array_names(path) == ["a", "b"]
    assert list(read_arrays(path)) == ["a", "b"]
    assert list(read_arrays(path, ["b", "c"])) == ["b"]
    np.testing.assert_array_equal(read_arrays(path)["a"], [0, 1, 2])


def test_a_small_file_cannot_fill_the_memory(tmp_path):
    """A zip file of zeros is a thousandth of what it unpacks to; here 200 kB and 200 MB."""
    path = tmp_path / "bomb.npz"
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (200_000_000,)})
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.npy", "w") as member:
        member.write(header.getvalue())
        for _ in range(200):
            member.write(bytes(1_000_000))
    with pytest.raises(ValueError, match="a.npy has 200,000,128 bytes, wanted at most 1,000"):
        read_arrays(path, most=1000)


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_a_damaged_byte_is_an_error_or_changes_nothing(tmp_path, save):
    path, rng = tmp_path / "a.npz", random.Random(1)
    arrays = {"a": np.arange(60.0), "b": np.array("some text")}
    save(path, **arrays)
    whole = path.read_bytes()
    for _ in range(300):
        damaged = bytearray(whole)
        damaged[rng.randrange(len(whole))] ^= 1 << rng.randrange(8)
        path.write_bytes(damaged)
        try:
            found = read_arrays(path)
        except (ValueError, OSError):
            continue
        for name in found.keys() & arrays.keys():
            np.testing.assert_array_equal(found[name], arrays[name])
