"""Models of the tests' own, and what several files ask of a cache."""

import shutil
from pathlib import Path

import pytest

from spikenet.engines.standalone.project import cache_folder
from spikenet.neurons import NeuronModel
from tests.engines.caches import fhn


@pytest.fixture(scope="session")
def conductances() -> NeuronModel:
    """Two ports, and two states of different units; linear in v for a constant drive, so that there is a formula."""
    return NeuronModel(
        name="two_ports",
        equations="""
            dv/dt = (e_rest - v + g_exc*(e_exc - v) + g_inh*(e_inh - v)) / tau_mem : volt
            du/dt = (v - e_rest)/tau_u/volt - u/tau_u : 1
            g_exc : 1
            g_inh : 1
        """,
        ports=("g_exc", "g_inh"),
        outputs=("v", "u"),
        parameters={
            "e_rest": "-70 mV", "e_exc": "0 mV", "e_inh": "-80 mV", "tau_mem": "20 ms", "tau_u": "7 ms",
        },
        initial={"v": "-70 mV", "u": 0.0},
        method="rk4",
        dt="0.1 ms",
        sample_dt="1 ms",
    )  # fmt: skip


@pytest.fixture(scope="session")
def ornstein_uhlenbeck() -> NeuronModel:
    return NeuronModel(
        name="ou",
        equations="dv/dt = (i_in - v)/tau + sigma*sqrt(2/tau)*xi : 1\ni_in : 1",
        outputs=("v",),
        parameters={"tau": "5 ms", "sigma": 0.3},
        initial={"v": 0.0},
        method="euler",
        dt="0.1 ms",
        sample_dt="5 ms",
    )


@pytest.fixture(scope="session")
def wavy() -> NeuronModel:
    """Spikes, has the time itself in its equations, a threshold that grows, and an output that is worked out."""
    return NeuronModel(
        name="wavy",
        equations="""
            dv/dt = (i_in + wave*sin(2*pi*frequency*t) - v)/tau : 1 (unless refractory)
            theta : 1
            excess = v - theta - 1 : 1
            i_in : 1
        """,
        outputs=("excess", "v", "theta"),
        threshold="excess > 0",
        reset="v = 0\ntheta += growth",
        refractory="tau_ref",
        parameters={"tau": "10 ms", "tau_ref": "3 ms", "wave": 0.4, "frequency": "30 Hz", "growth": 0.05},
        method="rk4",
        dt="0.1 ms",
        sample_dt="1 ms",
    )


@pytest.fixture
def no_compile(monkeypatch, tmp_path) -> Path:
    """An empty cache; nothing may have been written to it when the test is over."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("SPIKENET_CACHE", str(folder))
    yield folder
    assert not folder.exists(), f"something was compiled: {list(folder.rglob('*'))}"


@pytest.fixture(scope="session")
def warm() -> Path:
    """The session's cache, with the project of `fhn` in it."""
    fhn()
    return cache_folder()


@pytest.fixture
def cold(tmp_path, monkeypatch, warm) -> Path:
    """An empty cache, but for the compiled standard headers."""
    folder = tmp_path / "a cache"
    shutil.copytree(warm / "headers", folder / "headers")
    monkeypatch.setenv("SPIKENET_CACHE", str(folder))
    return folder
