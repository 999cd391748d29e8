"""A folder of simulations that run elsewhere; nothing is generated or compiled here."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from spikenet.engine import elsewhere as module
from spikenet.engine.cuda import Cuda, never_elsewhere, simulated_elsewhere
from spikenet.engine.elsewhere import Elsewhere, PendingError
from spikenet.engine.engine import simulate
from spikenet.errors import BuildError, SimulationError
from spikenet.neurons import FHN, LIF

DRIVE = np.linspace(0.0, 1e-9, 6).reshape(2, 3)
SETTINGS = {"settle": "1 ms", "record": "2 ms", "sample_dt": "1 ms"}
KEEP = ("mean", "trace", "final", "count", "first_spike", "spikes")


@pytest.fixture
def folder(monkeypatch, tmp_path):
    """An export to be; a program is a makefile of one line."""

    def write(job, target, making):
        (making / "makefile").write_text("NVCCFLAGS = -I. -arch=all-major -w\nLFLAGS = -arch=all-major\n")

    monkeypatch.setattr(module, "generate_sources", write)
    return tmp_path / "export"


def run(folder, drive=DRIVE, model=LIF, keep=KEEP, engine=None, opened=True, **settings):
    with simulated_elsewhere(Elsewhere(folder, opened).run):
        return simulate(model, drive, keep=keep, engine=engine or Cuda(), **SETTINGS | settings)


def simulations(folder):
    return sorted((folder / "simulations").iterdir())


def done(folder):
    """As if the program had run: the first spike of each at 1.5 ms, no other."""
    (place,) = simulations(folder)
    for name in ("mean", "first_spike"):
        np.full(6, {"mean": 4.0, "first_spike": 1.5e-3}[name]).tofile(place / f"out_{name}")
    (place / "done").write_text("48 out_mean\n48 out_first_spike\n96 total\n")


def test_what_is_written_is_all_that_the_program_reads(folder):
    run(folder, engine=Cuda("float32", chunk=4), model=LIF(tau_mem="15 ms"), seed=7)
    (place,) = simulations(folder)
    np.testing.assert_array_equal(np.fromfile(place / "in_i_in", np.float32), DRIVE.astype(np.float32).ravel())
    assert "neurons.tau_mem=0.015" in (place / "arguments").read_text().split()
    plan = dict(line.split() for line in (place / "plan").read_text().splitlines())
    assert {"total": "6", "units": "3", "chunk": "4", "seed": "7"}.items() <= plan.items()
    program = folder / "programs" / (place / "program").read_text().strip()
    flags = "NVCCFLAGS = -include thrust/pair.h -I. -arch=$(ARCH) -w\nLFLAGS = -arch=$(ARCH)\n"
    assert (program / "makefile").read_text() == flags


def test_what_has_not_run_is_nothing_as_long_as_the_folder_is_open(folder):
    recording = run(folder)
    assert recording.trace.shape == (2, 2, 3) and not recording.trace.any() and not recording.mean.any()
    assert recording.count.dtype == np.int32 and np.isinf(recording.first_spike).all() and len(recording.spikes) == 0
    with pytest.raises(PendingError, match="a simulation of lif has not run yet in .*export"):
        run(folder, opened=False)
    with pytest.raises(PendingError):
        run(folder, drive=2 * DRIVE, opened=False)
    assert len(simulations(folder)) == 1 and Elsewhere(folder).pending() == (1, 1)


def test_results_are_read_as_if_they_were_made_here(folder):
    run(folder, keep=("mean", "first_spike"))
    done(folder)
    assert Elsewhere(folder).pending() == (0, 1)
    recording = run(folder, keep=("mean", "first_spike"), opened=False)
    np.testing.assert_array_equal(recording.mean, np.full((2, 3), 2.0))  # of two samples
    np.testing.assert_allclose(recording.first_spike, np.full((2, 3), 0.5e-3))
    assert recording.made["engine"] == "cuda" and recording.made["elsewhere"]


@pytest.mark.parametrize("lost", ["out_mean", "out_first_spike", "sum", "done"])
def test_results_that_are_not_whole_are_refused(folder, lost):
    """As after a copy that was interrupted, or a ``done`` that somebody touched."""
    run(folder, keep=("mean", "first_spike"))
    done(folder)
    (place,) = simulations(folder)
    (place / lost).write_bytes((place / lost).read_bytes()[:40] if lost == "out_mean" else b"")
    with pytest.raises(SimulationError, match="not whole|not those that were written"):
        run(folder, keep=("mean", "first_spike"), opened=False)
    (place / lost).unlink()
    with pytest.raises(SimulationError, match="not whole|has not run"):
        run(folder, keep=("mean", "first_spike"), opened=False)


@pytest.mark.parametrize("changed", ["plan", "arguments", "program"])
def test_results_of_something_else_are_refused(folder, changed):
    run(folder, keep=("mean", "first_spike"))
    done(folder)
    (place,) = simulations(folder)
    (place / changed).write_text((place / changed).read_text().replace("1", "2"))
    with pytest.raises(
        SimulationError, match="the plan, the arguments or the program of .* are not those that were wr"
    ):
        run(folder, keep=("mean", "first_spike"), opened=False)


def test_a_drive_may_differ_by_the_rounding_of_a_training(folder):
    run(folder, keep=("mean", "first_spike"))
    done(folder)
    assert run(folder, DRIVE * (1 + 1e-9), keep=("mean", "first_spike"), opened=False).mean.all()
    with pytest.raises(PendingError):
        run(folder, DRIVE * (1 + 1e-4), keep=("mean", "first_spike"), opened=False)


@pytest.mark.parametrize(
    "other",
    [{"model": LIF(tau_mem="15 ms")}, {"seed": 2}, {"drive": DRIVE.reshape(3, 2)}, {"engine": Cuda("float32")}],
    ids=["parameter", "seed", "shape", "precision"],
)
def test_every_simulation_has_its_own_place(folder, other):
    for settings in ({}, other, {}, other):
        run(folder, **settings)
    assert len(simulations(folder)) == 2
    assert len(list((folder / "programs").iterdir())) == 1 + ("engine" in other)


def test_a_training_in_the_loop_is_refused_before_the_disk_is_full(folder, monkeypatch):
    monkeypatch.setattr(module, "MOST_SIMULATIONS", 2)
    run(folder)
    run(folder, 2 * DRIVE)
    with pytest.raises(BuildError, match=r"2 simulations already, .* spikenet run \.\.\. --engine cuda"):
        run(folder, 3 * DRIVE)
    run(folder)  # what is there stays


def test_a_program_that_cannot_be_generated_leaves_nothing(folder, monkeypatch):
    def fail(*_):
        raise BuildError("Brian2 could not generate code")

    monkeypatch.setattr(module, "generate_sources", fail)
    with pytest.raises(BuildError):
        run(folder, [[0.0]], FHN, ("mean",))
    assert [path for path in folder.rglob("*") if path.is_file()] == [] and not list(folder.glob("*/*"))


def test_a_simulation_in_another_thread_is_elsewhere_too(folder):
    """As TensorFlow's, when neurons are in a layer that is trained."""
    with simulated_elsewhere(Elsewhere(folder, open=True).run), ThreadPoolExecutor() as threads:
        recording = threads.submit(simulate, LIF, DRIVE, engine="cuda", **SETTINGS).result()
    assert recording.made["elsewhere"] is False and len(simulations(folder)) == 1


@pytest.mark.parametrize("wrapped", [False, True])
def test_what_must_not_run_elsewhere_is_refused_whatever_is_made_of_the_error(folder, wrapped):
    with simulated_elsewhere(Elsewhere(folder, open=True).run):
        with pytest.raises(BuildError, match=r"lif cannot be simulated on another machine: it is no use"):
            with never_elsewhere("it is no use"):
                try:
                    simulate(LIF, DRIVE, engine="cuda", **SETTINGS)
                except BuildError as error:
                    raise (ValueError("a step failed") if wrapped else error) from None
        with pytest.raises(ZeroDivisionError), never_elsewhere("it is no use"):
            raise ZeroDivisionError
        assert not folder.exists()
        simulate(LIF, DRIVE, engine="cuda", **SETTINGS)  # afterwards it may again
    assert len(simulations(folder)) == 1


def test_nothing_is_refused_where_nothing_runs_elsewhere(no_compile, monkeypatch, tmp_path):
    monkeypatch.setenv("SPIKENET_CUDA", str(tmp_path))
    with never_elsewhere("it is no use"), pytest.raises(BuildError, match="no whole CUDA toolkit"):
        simulate(FHN, [[0.0]], record="1 ms", engine="cuda")


def test_the_engine_is_itself_again_afterwards(folder, no_compile, monkeypatch, tmp_path):
    run(folder)
    monkeypatch.setenv("SPIKENET_CUDA", str(tmp_path))
    with pytest.raises(BuildError, match="no whole CUDA toolkit"):
        simulate(FHN, [[0.0]], record="1 ms", engine="cuda")
