"""Fuzz everything that reads files: whatever bytes they hold, an error is a SpikenetError.

    pip install atheris
    python tools/fuzz_readers.py --seconds 600

Prints the number of tries of each reader, and how many were refused. Without atheris, ``--plain`` mutates good files
at random. Each reader gets whole files; where a checksum would stop every mutation, it also gets mutated contents with
a right checksum.
"""

import argparse
import contextlib
import json
import os
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np

from spikenet.errors import SpikenetError

FOLDER = Path(tempfile.mkdtemp(dir="/dev/shm" if os.access("/dev/shm", os.W_OK) else None, prefix="fuzz-"))


def parsed(content: bytes) -> object:
    """Return JSON, for readers that get it from others; what is none is no fault of theirs."""
    from spikenet.storage import parse_json

    try:
        return parse_json(content, finite=False)
    except ValueError as error:
        raise SpikenetError("no JSON") from error


def read_result(content: bytes) -> None:
    from spikenet.experiments.page import write_page

    (FOLDER / "result.json").write_bytes(content)
    write_page(FOLDER)


def read_settings(content: bytes) -> None:
    from spikenet.experiments.run_folder import changed_settings

    (FOLDER / "config.toml").write_bytes(content)
    changed_settings(FOLDER, {"a": 1})


def read_kept(ending: str, sealed: bool = False) -> Callable[[bytes], None]:
    from spikenet.experiments.cached_results import _checksum, load_or_compute

    def compute():
        raise SpikenetError("computed")

    def read(content: bytes) -> None:
        if sealed:
            value = parsed(content)
            tree = {"key": "piece", "value": value, "seconds": 1.0}
            content = json.dumps(tree | {"sha256": _checksum(tree, {})}).encode()
        (FOLDER / f"piece{ending}").write_bytes(content)
        try:
            load_or_compute(FOLDER, "piece", compute)
        finally:
            (FOLDER / f"piece{ending}").unlink()

    return read


def read_dataset(content: bytes) -> None:
    from spikenet.data.catalogue import DatasetEntry
    from spikenet.data.files import read_npz, to_dataset

    toy = DatasetEntry("toy", "Toys", "made up", "none", "toy.npz", {"full": ((3, 2), (1, 2))}, image_shape=(3, 2))
    (FOLDER / "toy.npz").write_bytes(content)
    to_dataset(read_npz(FOLDER / "toy.npz", toy), toy, "full", "here")


def read_checkpoint(content: bytes) -> None:
    from spikenet.train.checkpoints.checkpoint import read_checkpoint

    (FOLDER / "epoch-0001.npz").write_bytes(content)
    read_checkpoint(FOLDER / "epoch-0001.npz")


def read_checkpoint_header(content: bytes) -> None:
    from spikenet.train.checkpoints import checkpoint

    arrays = {checkpoint.META: np.array(content.decode("utf-8", "replace"))}
    with (FOLDER / "epoch-0002.npz").open("wb") as file:
        np.savez(file, **arrays, **{checkpoint.CHECKSUM: np.array(checkpoint._checksum(arrays))})
    checkpoint.read_checkpoint(FOLDER / "epoch-0002.npz")


def read_history(content: bytes) -> None:
    from spikenet.train.history import History

    History.from_json(content.decode("utf-8", "replace"))


def read_cache(content: bytes) -> None:
    from spikenet.engines.standalone.project import cached_projects

    project = FOLDER / "cache" / "projects" / "abc"
    project.mkdir(parents=True, exist_ok=True)
    os.environ["SPIKENET_CACHE"] = str(FOLDER / "cache")
    (project / "main").touch()
    (project / "job.json").write_bytes(content)
    cached_projects()


def read_events(content: bytes) -> None:
    from spikenet.data.spike_files import EventFolder

    (FOLDER / "Train" / "0").mkdir(parents=True, exist_ok=True)
    (FOLDER / "Train" / "0" / "1.bin").write_bytes(content)
    EventFolder(FOLDER / "Train").read(0)


def read_layer(content: bytes) -> None:
    from spikenet.layers.saving import from_json

    from_json(parsed(content))


def good_files() -> dict[str, tuple[Callable[[bytes], None], bytes]]:
    """Return each reader with a file that it takes."""
    import spikenet as sn
    from spikenet.experiments.cached_results import load_or_compute
    from spikenet.layers.saving import to_json
    from spikenet.train.checkpoints.checkpoint import TrainingIdentity, TrainingState, write_checkpoint
    from spikenet.train.history import History

    result = {
        "experiment": "demo", "title": "t", "source": "s", "command": "c", "seeds": [1], "versions": {"python": "3"},
        "config": {"data": "mini", "engine": "cpp", "options": {"a": 0.5}}, "finished": "2026-01-02T03:04:05+00:00",
        "seconds": 83.2, "metrics": {"a": {"b": [1.0, None]}}, "notes": ["n"], "figures": [],
        "claims": [{"id": "i", "source": "s", "paper": 1.0, "measured": 1.1, "tolerance": "t", "low": 0.0, "high": 2.0,
                    "note": "", "holds": True}],
        "tables": [{"title": "t", "columns": ["a", "paper"], "rows": [["average", 72.5]], "caption": "c"}],
    }  # fmt: skip
    load_or_compute(FOLDER, "text", lambda: {"a": [1, "b"]})
    load_or_compute(FOLDER, "array", lambda: {"a": np.arange(5.0)})
    np.savez(FOLDER / "good.npz", x_train=np.zeros((5, 3, 2), np.uint8), y_train=np.array([1, 0, 0, 1, 0]),
             x_test=np.zeros((3, 3, 2), np.uint8), y_test=np.array([1, 0, 1]))  # fmt: skip
    write_checkpoint(
        FOLDER / "good-checkpoint.npz",
        TrainingState(History(()), 1.0, *([np.zeros(3)] for _ in range(3))),
        TrainingIdentity({"seed": "1"}, ("w float32 (3,)",), ("m float32 (3,)",)),
    )
    with np.load(FOLDER / "good-checkpoint.npz") as stored:
        meta = str(stored["meta"]) if "meta" in stored else "{}"
    job = json.dumps({"model": {"name": "fhn"}, "a": [1]})
    layer = json.dumps(to_json({"neuron": sn.LIF, "drive": sn.tanh_drive(0.5), "engine": sn.engines.Cpp()}))

    def at(name: str) -> bytes:
        return (FOLDER / name).read_bytes()

    return {
        "result.json": (read_result, json.dumps(result).encode()),
        "config.toml": (read_settings, b'experiment = "x"\nseeds = [1]\n\n[options]\na = 0.5\n'),
        "kept json": (read_kept(".json"), at("text.json")),
        "kept json, sealed": (read_kept(".json", sealed=True), b'{"a": [1, {"__array__": "a0"}]}'),
        "kept npz": (read_kept(".npz"), at("array.npz")),
        "data set": (read_dataset, at("good.npz")),
        "checkpoint": (read_checkpoint, at("good-checkpoint.npz")),
        "checkpoint header, sealed": (read_checkpoint_header, meta.encode()),
        "history": (read_history, History(()).to_json().encode()),
        "cache metadata": (read_cache, job.encode()),
        "events": (read_events, bytes((3, 2, 129, 7, 9, 33, 240, 1, 2, 3))),
        "layer of a .keras file": (read_layer, layer.encode()),
    }


TRIES: Counter = Counter()
REFUSED: Counter = Counter()
UNCAUGHT: dict[tuple[str, str, str], tuple[Exception, bytes]] = {}


def try_one(readers: list, content: bytes) -> None:
    """Give the reader that the first byte chooses the rest; keep what is raised and is no SpikenetError."""
    name, (read, _) = readers[content[0] % len(readers)]
    TRIES[name] += 1
    if TRIES.total() % 100_000 == 0:
        report()  # now and then, because atheris ends the process
    try:
        read(content[1:])
    except SpikenetError:
        REFUSED[name] += 1
    except Exception as error:  # noqa: BLE001 - this is what is looked for
        frames = traceback.extract_tb(error.__traceback__)
        where = next((frame for frame in reversed(frames) if "/spikenet/" in frame.filename), frames[-1])
        kind = name, type(error).__name__, f"{where.filename}:{where.lineno}"
        if kind not in UNCAUGHT:
            print(f"UNCAUGHT in {name}: {kind[1]} at {kind[2]}: {error}; {content[1:300]!r}", flush=True)
        UNCAUGHT.setdefault(kind, (error, content[1:]))


def mutate(content: bytes, rng: random.Random) -> bytes:
    """Return a file with a few changes: bits, bytes cut out or repeated, numbers and brackets put in."""
    content = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 5))):
        place, size = rng.randrange(len(content) + 1), rng.choice((1, 1, 4, 20))
        match rng.randrange(4):
            case 0 if place < len(content):
                content[place] ^= 1 << rng.randrange(8)
            case 1:
                del content[place : place + size]
            case 2:
                content[place:place] = content[place : place + size]
            case _:
                words = (b"null", b"-1", b"1e999", b"NaN", b"[]", b"{}", b'"', b"[" * 2000, b"9" * 30, b"\xff", b"\0")
                content[place : place + size] = rng.choice(words)
    return bytes(content)


def fuzz_plainly(seconds: float, seed: int = 1, tries: int | None = None) -> None:
    """Mutate good files at random for some seconds, or so many times each."""
    readers, rng, end = list(good_files().items()), random.Random(seed), time.monotonic() + seconds
    rounds = iter(range(tries)) if tries else iter(int, 1)
    for _ in rounds:
        for number, (_, (_, good)) in enumerate(readers):
            try_one(readers, bytes([number]) + mutate(good, rng))
        if time.monotonic() > end:
            return


def main() -> None:
    """Fuzz, and print counts."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--plain", action="store_true", help="without atheris")
    options = parser.parse_args()
    if options.plain:
        fuzz_plainly(options.seconds)
        report()
        return
    import atheris

    with atheris.instrument_imports(include=["spikenet", "json", "zipfile", "numpy.lib", "tomllib"]):
        readers = list(good_files().items())
    corpus = FOLDER / "corpus"
    corpus.mkdir()
    for number, (_, (_, good)) in enumerate(readers):
        (corpus / str(number)).write_bytes(bytes([number]) + good)
    arguments = [sys.argv[0], f"-max_total_time={options.seconds}", "-max_len=20000", "-timeout=20", str(corpus)]
    atheris.Setup(arguments, lambda content: try_one(readers, content) if content else None)
    atheris.Fuzz()


def report() -> None:
    """Print the counts."""
    for name in TRIES:
        print(f"{name}: {TRIES[name]:,} tries, {REFUSED[name]:,} refused")
    print(f"in all: {sum(TRIES.values()):,} tries, {len(UNCAUGHT)} kinds of uncaught exceptions", flush=True)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
