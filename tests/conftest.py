"""What every test may count on: quiet libraries, a compile cache of its own, the same examples each time in CI."""

import gc
import importlib.util
import io
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

# Read by the libraries at import, so before any test module; subprocesses and xdist's workers inherit them.
os.environ["MPLBACKEND"] = "Agg"
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

settings.register_profile(
    "spikenet",
    deadline=None,  # the first example of a test may compile
    max_examples=25,
    derandomize="CI" in os.environ,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("spikenet")

HAS_BRIAN2CUDA = importlib.util.find_spec("brian2cuda") is not None
NO_BRIAN2CUDA = "Brian2CUDA is not installed here: it wants Brian2 2.10.1"
CUDA = pytest.param("cuda", marks=pytest.mark.brian2cuda)  # the name of an engine or a device

_own_cache = pytest.StashKey[str]()


def pytest_configure(config: pytest.Config) -> None:
    """One compile cache for the session and its workers, gone at the end; SPIKENET_TEST_CACHE names one to keep."""
    if hasattr(config, "workerinput"):
        return  # a worker of xdist has inherited SPIKENET_CACHE
    kept = os.environ.get("SPIKENET_TEST_CACHE")
    if not kept:
        config.stash[_own_cache] = tempfile.mkdtemp(prefix="spikenet-test-cache-")
    os.environ["SPIKENET_CACHE"] = os.path.abspath(kept or config.stash[_own_cache])


def pytest_report_header() -> str:
    """Say with which Python and which Brian2 the tests run: they pass with several."""
    versions = ["Python " + platform.python_version(), "Brian2 " + version("brian2")]
    return ", ".join([*versions, f"Brian2CUDA {version('brian2cuda')}" if HAS_BRIAN2CUDA else "no Brian2CUDA"])


def pytest_unconfigure(config: pytest.Config) -> None:
    if own := config.stash.get(_own_cache, None):
        shutil.rmtree(own, ignore_errors=True)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = {}
    if not shutil.which("nvidia-smi"):
        missing["gpu"] = "no NVIDIA GPU here (nvidia-smi not found)"
    if not HAS_BRIAN2CUDA:
        missing["brian2cuda"] = NO_BRIAN2CUDA
    for item in items:
        for name in missing.keys() & item.keywords.keys():
            item.add_marker(pytest.mark.skip(reason=missing[name]))


@pytest.fixture(scope="module", autouse=True)
def settled_memory() -> None:
    """What a file finds stays. Brian2 collects garbage before every run: all of TensorFlow's objects, half a second."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Path:
    """CUDA without a card: the toolchain that is found is ``tests/emulator``, which runs on the processor."""
    return _emulated(monkeypatch)


@pytest.fixture(scope="module")
def emulator_throughout() -> Iterator[Path]:
    """`emulator` for all tests of a file."""
    with pytest.MonkeyPatch.context() as patch:
        yield _emulated(patch)


def _emulated(monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = Path(__file__).parent / "emulator"
    monkeypatch.setenv("SPIKENET_CUDA", str(folder))
    monkeypatch.setenv("CUDASHIM_CACHE", os.environ["SPIKENET_CACHE"])  # its compiled header
    return folder


@pytest.fixture
def context(tmp_path):
    """What an experiment works with, in an empty folder."""
    from rich.console import Console

    from spikenet.experiments.experiment import RunContext

    return RunContext(tmp_path, Console(file=io.StringIO()))
