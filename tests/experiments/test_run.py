import errno
import io
import json
import tomllib
from datetime import datetime

import numpy as np
import pytest
from rich.console import Console

from spikenet.errors import InvalidTypeError, InvalidValueError, RunFolderError
from spikenet.experiments import run as run_module
from spikenet.experiments.claim import Claim
from spikenet.experiments.experiment import Experiment, Outcome, RunContext, Setup
from spikenet.experiments.run import RunInterrupted, run_experiment
from spikenet.report.figure import Figure
from spikenet.report.plots import plot_lines
from spikenet.report.style import Labels
from spikenet.report.table import Table

SOURCE = "Someone et al. (2023), table 1"


class Sweep:
    """A tiny sweep over seeds; ``fail_at`` is the seed at which it stops with ``error``, ``computed`` what it did."""

    def __init__(self, fail_at=None, error=RuntimeError):
        self.fail_at, self.error, self.computed = fail_at, error, []

    def piece(self, seed):
        if seed == self.fail_at:
            raise self.error(f"seed {seed}")
        self.computed.append(seed)
        return {"accuracy": np.random.default_rng(seed).uniform(70, 75), "digits": np.full(3, seed / 3)}

    def __call__(self, setup, context):
        found = []
        with context.progress("sweep", len(setup.seeds)) as progress:
            for seed in setup.seeds:
                found.append(context.cached(f"seed {seed}", lambda seed=seed: self.piece(seed)))
                progress.step()
        accuracies = [piece["accuracy"] for piece in found]
        mean = float(np.mean(accuracies))
        return Outcome(
            metrics={"mean": mean, "digits": found[0]["digits"], "n": np.int64(len(found))},
            claims=(
                Claim.near("mean", SOURCE, paper=73.3, measured=mean, tolerance=5, reason="seeds"),
                Claim.at_least("best", SOURCE, paper=97.7, measured=mean).with_note("more seeds were tried"),
            ),
            tables=(Table("Accuracy", ("seed", "ours"), tuple(zip(setup.seeds, accuracies, strict=True))),),
        )


def experiment(run, **options) -> Experiment:
    return Experiment("tiny", "A tiny sweep", SOURCE, run, options)


@pytest.fixture
def console():
    return Console(file=io.StringIO())


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def result_of(folder) -> dict:
    return json.loads((folder / "result.json").read_text())


def test_a_run_folder_has_everything(out, console):
    def draw(setup, context):
        plot_lines(context.figure("line"), [0, 1], {"ours": [1, 2]}, Labels("t"))
        figure = Figure(context.figure("line"), "A line", "A line that rises")
        return Outcome({"a": 1.5}, figures=(figure,), notes=("beware",))

    setup = Setup("mini", "cpp", (1, 2), out, options={"epsilon": 0.1})
    folder = run_experiment(experiment(draw, epsilon=0.05, epochs=2), setup, console)
    assert folder == out
    names = {"config.toml", "result.json", "report.html", "tables.md", "log.txt", "line.png"}
    assert {path.name for path in folder.iterdir()} == names
    result = result_of(folder)
    assert result["experiment"] == "tiny"
    assert result["config"] == {"data": "mini", "engine": "cpp", "options": {"epsilon": 0.1, "epochs": 2}}
    assert result["seeds"] == [1, 2]
    assert result["metrics"] == {"a": 1.5}
    assert result["notes"] == ["beware"]
    assert result["versions"].keys() >= {"python", "spikenet", "brian2", "keras", "tensorflow"}
    assert 0 <= result["seconds"] < 30
    command = f"spikenet run tiny --data mini --engine cpp --seeds 2 --set epsilon=0.1 --out {out}"
    assert result["command"] == command
    assert command in (folder / "log.txt").read_text()
    assert tomllib.loads((folder / "config.toml").read_text())["options"] == {"epsilon": 0.1, "epochs": 2}


def test_claims_are_told_as_they_are(out, console):
    run_experiment(experiment(Sweep()), Setup(out=out), console)
    near, best = result_of(out)["claims"]
    assert (near["holds"], best["holds"]) == (True, False)
    assert {"id", "source", "paper", "measured", "tolerance", "holds"} <= near.keys()
    page = (out / "report.html").read_text(encoding="utf-8")
    assert page.count("✗ does not hold") == page.count("✓ holds") == 1
    assert "more seeds were tried" in page


def test_metrics_that_are_not_finite_become_null_with_a_note(out, console):
    metrics = {"a": {"b": [1.0, np.nan]}, "c": np.float32(np.inf)}
    run_experiment(experiment(lambda *_: Outcome(metrics)), Setup(out=out), console)
    assert result_of(out)["metrics"] == {"a": {"b": [1.0, None]}, "c": None}
    assert result_of(out)["notes"] == ["a.b[1] is not a finite number", "c is not a finite number"]


@pytest.mark.parametrize("stop", [RuntimeError, KeyboardInterrupt])
def test_a_resumed_run_finds_what_an_uninterrupted_one_finds(tmp_path, out, console, stop):
    setup = Setup(seeds=(1, 2, 3, 4), out=out)
    whole = run_experiment(experiment(Sweep()), Setup(seeds=setup.seeds, out=tmp_path / "whole"), console)
    first = Sweep(fail_at=3, error=stop)
    with pytest.raises(stop):
        run_experiment(experiment(first), setup, console)
    assert not out.exists()
    second = Sweep()
    run_experiment(experiment(second), Setup(seeds=setup.seeds, out=out, resume=True), console)
    assert (first.computed, second.computed) == ([1, 2], [3, 4])
    for name in ("metrics", "claims", "tables", "config"):
        assert result_of(out)[name] == result_of(whole)[name]
    assert "--resume" not in result_of(out)["command"]
    log = (out / "log.txt").read_text()
    assert ("RuntimeError: seed 3" if stop is RuntimeError else "stopped by Ctrl-C") in log


def test_ctrl_c_says_how_to_go_on(out, console):
    setup = Setup(seeds=(1, 2), out=out)
    with pytest.raises(RunInterrupted) as stop:
        run_experiment(experiment(Sweep(fail_at=2, error=KeyboardInterrupt)), setup, console)
    resume = f"spikenet run tiny --data mini --engine response --seeds 2 --out {out} --resume"
    assert str(stop.value) == f"Stopped. Go on with: {resume}"


def test_ctrl_c_before_anything_was_kept_leaves_nothing(out, console):
    with pytest.raises(RunInterrupted, match="nothing was kept"):
        run_experiment(experiment(Sweep(fail_at=1, error=KeyboardInterrupt)), Setup(out=out), console)
    assert not list(out.parent.iterdir())


def test_a_crash_says_how_to_go_on(out, console):
    with pytest.raises(RuntimeError):
        run_experiment(experiment(Sweep(fail_at=2)), Setup(seeds=(1, 2), out=out), console)
    assert "Go on with: spikenet run tiny" in console.file.getvalue()


def test_the_seconds_of_a_resumed_run_count_what_was_found(out, console, monkeypatch):
    clock = iter(range(0, 10_000, 100))
    with pytest.raises(RuntimeError):
        monkeypatch.setattr("spikenet.experiments.cached_results.time.monotonic", lambda: next(clock))
        run_experiment(experiment(Sweep(fail_at=2)), Setup(seeds=(1, 2), out=out), console)
    monkeypatch.undo()
    run_experiment(experiment(Sweep()), Setup(seeds=(1, 2), out=out, resume=True), console)
    assert 100 <= result_of(out)["seconds"] < 200


def test_an_existing_folder_is_untouched_and_nothing_is_started(out, console):
    out.mkdir()
    (out / "mine.txt").write_text("mine")
    sweep = Sweep()
    with pytest.raises(RunFolderError, match="exists"):
        run_experiment(experiment(sweep), Setup(out=out), console)
    assert sweep.computed == []
    assert [path.name for path in out.parent.rglob("*")] == ["out", "mine.txt"]


def test_an_unknown_option_is_refused_before_anything_is_written(out, console):
    with pytest.raises(InvalidValueError, match="no option"):
        run_experiment(experiment(Sweep()), Setup(out=out, options={"x": 1}), console)
    assert not list(out.parent.iterdir())


@pytest.mark.parametrize(
    ("outcome", "error", "message"),
    [
        (Outcome({"a": object()}), InvalidTypeError, "metric a is a object"),
        (Outcome({1: 2.0}), InvalidTypeError, "text as keys"),
        (Outcome({}, figures=(Figure("a.png", "t", "alt"),)), InvalidValueError, "a.png was not drawn"),
    ],
)
def test_an_outcome_that_cannot_be_told_leaves_no_run(out, console, outcome, error, message):
    with pytest.raises(error, match=message):
        run_experiment(experiment(lambda *_: outcome), Setup(out=out), console)
    assert not out.exists()


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_without_out_a_run_is_named_by_time_experiment_and_data(home, console):
    folder = run_experiment(experiment(Sweep()), Setup(), console)
    assert folder.parent == run_module.RUNS
    assert len(folder.name.removesuffix("-tiny-mini")) == len("20260102-030405")
    assert [path.name for path in (home / "runs").iterdir()] == [folder.name]


def test_without_out_the_interrupted_run_with_the_same_settings_is_resumed(home, console):
    stopped = home / "runs" / ".20260102-030405-tiny-mini.partial"
    for seeds, name in (((1, 2), stopped), ((1, 2, 3), home / "runs" / ".20260102-030406-tiny-mini.partial")):
        with pytest.raises(RuntimeError):
            run_experiment(experiment(Sweep(fail_at=2)), Setup(seeds=seeds), console)
        (made,) = set((home / "runs").iterdir()) - {stopped}
        made.rename(name)
    sweep = Sweep()
    folder = run_experiment(experiment(sweep), Setup(seeds=(1, 2), resume=True), console)
    assert folder.name == "20260102-030405-tiny-mini"
    assert sweep.computed == [2]
    with pytest.raises(RunFolderError, match=r"seeds was \[1, 2, 3\], now \[5\]"):
        run_experiment(experiment(Sweep()), Setup(seeds=(5,), resume=True), console)


def test_without_out_there_may_be_nothing_to_resume(home, console):
    with pytest.raises(RunFolderError, match="no interrupted tiny on mini data"):
        run_experiment(experiment(Sweep()), Setup(resume=True), console)


def test_pieces_of_other_versions_are_not_mixed_in(out, console, monkeypatch):
    with pytest.raises(RuntimeError):
        run_experiment(experiment(Sweep(fail_at=2)), Setup(seeds=(1, 2), out=out), console)
    monkeypatch.setattr("spikenet.__version__", "99")
    with pytest.raises(RunFolderError, match=r"versions.spikenet was 0\S+, now 99"):
        run_experiment(experiment(Sweep()), Setup(seeds=(1, 2), out=out, resume=True), console)


def test_a_package_that_is_absent_is_said_so(monkeypatch):
    monkeypatch.setattr(run_module, "PACKAGES", ("no-such-package",))
    assert run_module.installed_versions()["no-such-package"] == "not installed"


def test_runs_without_out_in_one_second_get_folders_of_their_own(home, console, monkeypatch):
    class Noon(datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2026, 1, 2, 12)

    monkeypatch.setattr(run_module, "datetime", Noon)
    folders = [run_experiment(experiment(Sweep()), Setup(), console) for _ in range(3)]
    numbers = ["", ".2", ".3"]
    assert [folder.name for folder in folders] == [f"20260102-120000{number}-tiny-mini" for number in numbers]


def test_a_full_disk_is_one_sentence_and_the_results_so_far_are_kept(out, console, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    for place, name in ((RunContext, "write_log"), (run_module, "write_result")):
        monkeypatch.setattr(place, name, full)
        with pytest.raises(RunFolderError, match="the run cannot be written .No space left on device.; make room"):
            run_experiment(experiment(Sweep()), Setup(seeds=(1, 2), out=out), console)
        monkeypatch.undo()
    sweep = Sweep()
    run_experiment(experiment(sweep), Setup(seeds=(1, 2), out=out, resume=True), console)
    assert sweep.computed == []


def test_nothing_is_imported_or_checked_before_the_folder_is(out, console):
    out.mkdir()

    def check(setup):
        pytest.fail("checked")

    one = Experiment("tiny", "A tiny one", SOURCE, Sweep(), {"epochs": 1}, check)
    with pytest.raises(RunFolderError, match="exists"):
        run_experiment(one, Setup(out=out), console)
    with pytest.raises(InvalidTypeError, match="option epochs is 'x'"):
        run_experiment(one, Setup(options={"epochs": "x"}), console)
