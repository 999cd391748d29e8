"""An experiment written, built with make, run on the emulator and collected, against the run made here."""

import io
import json
import os
import subprocess
from dataclasses import replace

import keras
import numpy as np
import pytest
from rich.console import Console

from spikenet.encode import tanh_drive
from spikenet.engine import elsewhere
from spikenet.engine.elsewhere import PendingError
from spikenet.engine.engine import simulate
from spikenet.errors import BuildError, InvalidValueError, RunFolderError, TrainingError
from spikenet.layers.population import Population
from spikenet.neurons import FHN
from spikenet.papers import exported
from spikenet.papers.experiment import Experiment, Outcome, Setup
from spikenet.papers.exported import collect_experiment, export_experiment
from spikenet.papers.run import run_experiment
from spikenet.report.folder import KEPT
from spikenet.train import Trainer

# The project of FHN's contract (tests/contracts), so that it is compiled once for both.
TIMES = {"settle": 200 * FHN.dt, "record": 1000 * FHN.dt, "sample_dt": 10 * FHN.dt, "keep": ("mean", "trace", "final")}


def two_layers(setup, desk):
    """The second layer is driven by what the first one does."""
    metrics = {}
    for seed in setup.seeds:
        drive = np.random.default_rng(seed).uniform(-0.8, 0.8, (4, 3))
        first = simulate(FHN, drive, engine=setup.engine, **TIMES)
        second = simulate(FHN, setup.options["gain"] * first.mean, engine=setup.engine, **TIMES)
        metrics[f"seed {seed}"] = {"first": first.mean, "second": second.mean, "end": second.trace[:, -1]}
        if not first.mean.any():
            raise InvalidValueError("a layer is silent")
    return Outcome(metrics)


LAYERS = Experiment("layers", "Two layers", "our own", two_layers, {"gain": 0.5})
IDLE = Experiment("idle", "No neurons", "our own", lambda setup, desk: Outcome({"n": 1}))


@pytest.fixture(autouse=True)
def known(monkeypatch):
    monkeypatch.setattr(exported, "load_experiment", {"layers": LAYERS, "idle": IDLE}.__getitem__)


def make(folder, emulator):
    """As on another machine: nothing of spikenet's settings is known there."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("SPIKENET", "PYTHON"))}
    command = ["make", "-j2", f"NVCC={emulator / 'bin' / 'nvcc'}"]
    done = subprocess.run(command, cwd=folder, env=known, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_collected_metrics_are_those_of_the_run_made_here(emulator, tmp_path):
    """Two rounds, as the second layer hangs on the first. 20 CPU-seconds to compile."""
    folder, console = tmp_path / "an export", Console(file=io.StringIO())
    setup = Setup(engine="cuda", seeds=(3, 4), out=tmp_path / "here")
    assert export_experiment(LAYERS, setup, folder) == 2  # seed 3's, with zeros for the second; then it stops
    with pytest.raises(PendingError, match="2 of 2 simulations in .* have not run; run make there"):
        collect_experiment(folder, tmp_path / "there", console)
    while True:
        make(folder, emulator)
        try:
            collect_experiment(folder, tmp_path / "there", console)
            break
        except PendingError as more:
            assert "layers goes on from these results" in str(more) and "run make there once more" in str(more)
            assert not (tmp_path / "there").exists()
    assert len(list(folder.glob("programs/*"))) == 1
    run_experiment(LAYERS, setup, console)
    here, there = (json.loads((tmp_path / name / "result.json").read_text()) for name in ("here", "there"))
    assert here["metrics"] == there["metrics"] and here["config"] == there["config"]
    assert np.ptp(here["metrics"]["seed 4"]["second"]) > 0.1


def test_what_a_round_has_trained_is_there_in_the_next(tmp_path, monkeypatch):
    """With a run folder of the user's choice or not, and nothing is left in its place before it is complete."""
    monkeypatch.chdir(tmp_path)
    found, console = [], Console(file=io.StringIO())

    def train(setup, desk):
        weights = desk.folder / KEPT / "weights"
        found.append(weights.exists())
        weights.parent.mkdir(exist_ok=True)
        weights.write_text("trained")
        if len(found) < 3:  # the second one explores, with zeros, of which nothing may be kept
            raise PendingError("a simulation has not run yet")
        return Outcome({"n": 1})

    monkeypatch.setattr(exported, "load_experiment", lambda name: replace(IDLE, run=train))
    folder = tmp_path / "export"
    folder.mkdir()
    kept = {"experiment": "idle", "data": "mini", "seeds": [1], "options": {}, "versions": exported._versions()}
    (folder / "experiment.json").write_text(json.dumps(kept))
    with pytest.raises(PendingError, match="idle goes on from these results"):
        collect_experiment(folder, console=console)
    assert not (tmp_path / "runs").exists() and "--resume" not in console.file.getvalue()
    run = collect_experiment(folder, console=console)
    assert found == [False, False, True] and run.parent.name == "runs"
    assert json.loads((run / "result.json").read_text())["command"] == f"spikenet collect {folder}"
    with pytest.raises(RunFolderError, match="exists, and a run never writes over another"):
        collect_experiment(folder, run, console)


def test_a_folder_that_is_there_is_left_alone(tmp_path):
    with pytest.raises(RunFolderError, match="is there already; give a folder that is not"):
        export_experiment(LAYERS, Setup(engine="cuda"), tmp_path)
    assert not list(tmp_path.iterdir())


def test_an_experiment_without_neurons_has_nothing_to_export(tmp_path):
    with pytest.raises(InvalidValueError, match="idle simulated no neurons, so there is nothing to run elsewhere"):
        export_experiment(IDLE, Setup(engine="cuda"), tmp_path / "export")
    assert not list(tmp_path.iterdir())


def test_what_stopped_it_before_the_first_neuron_is_told(tmp_path):
    def fail(setup, desk):
        raise InvalidValueError("no images here")

    with pytest.raises(InvalidValueError, match=r"simulated no neurons \(it stopped: no images here\), so there"):
        export_experiment(replace(LAYERS, run=fail), Setup(engine="cuda"), tmp_path / "export")


def test_an_export_of_another_version_is_refused(tmp_path, monkeypatch):
    """Its programs may do something else than those of this one."""
    kept = {"experiment": "layers", "data": "mini", "seeds": [1], "options": {}}
    (tmp_path / "experiment.json").write_text(json.dumps(kept | {"versions": {"spikenet": "0.0.1", "brian2": "2.9.0"}}))
    with pytest.raises(RunFolderError, match=r"written by spikenet 0.0.1, brian2 2.9.0, and this is spikenet \d.*anew"):
        collect_experiment(tmp_path)


@pytest.mark.parametrize("wrapped", [False, True])
def test_what_is_no_fault_of_the_zeros_is_told_and_leaves_nothing(tmp_path, monkeypatch, wrapped):
    def fail(*_):
        raise BuildError("CUDA takes Brian2CUDA, which is not installed")

    def train(setup, desk):
        try:
            two_layers(setup, desk)
        except BuildError as error:
            raise (TrainingError(f"a simulation failed: {error}") if wrapped else error) from error

    monkeypatch.setattr(elsewhere, "generate_sources", fail)
    with pytest.raises((BuildError, TrainingError), match="Brian2CUDA, which is not installed"):
        export_experiment(replace(LAYERS, run=train), Setup(engine="cuda"), tmp_path / "export")
    assert not list(tmp_path.iterdir())


def test_a_training_with_neurons_in_the_loop_is_refused_as_one(tmp_path):
    """Every step would be a round."""

    def train(setup, desk):
        settings = {"settle": "0 ms", "record": "5 ms", "engine": setup.engine}
        neurons = keras.Sequential(
            [keras.Input((3,)), keras.layers.Dense(3), Population(FHN, drive=tanh_drive(-0.5), **settings)]
        )
        Trainer(neurons, validation=None).fit(np.ones((4, 3)), np.arange(4) % 3, 1)

    with pytest.raises(BuildError, match="fhn cannot be simulated on another machine: a training with neurons in the"):
        export_experiment(replace(IDLE, run=train), Setup(engine="cuda"), tmp_path / "export")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("text", [None, "{", "[]", '{"experiment": "layers"}'])
def test_what_is_no_export_cannot_be_collected(tmp_path, text):
    if text is not None:
        (tmp_path / "experiment.json").write_text(text)
    with pytest.raises(RunFolderError, match="is no folder of spikenet export-cuda, or a damaged one"):
        collect_experiment(tmp_path)
