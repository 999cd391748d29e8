"""Experiments whose neurons run on another machine, one with a GPU: written to a folder, collected from it."""

import json
import shlex
import shutil
import tempfile
from dataclasses import replace
from pathlib import Path

import numpy as np
from rich.console import Console

from spikenet.engine.cuda import simulated_elsewhere
from spikenet.engine.elsewhere import Elsewhere, PendingError
from spikenet.errors import BuildError, InvalidValueError, RunFolderError, SpikenetError
from spikenet.papers import load_experiment
from spikenet.papers.experiment import Experiment, Setup
from spikenet.papers.run import default_target, run_experiment, versions
from spikenet.report.folder import RESULT, holds_pieces, partial_of, read_result, refuse_existing, write_json
from spikenet.report.page import write_page

_SETUP, _ATTEMPT = "experiment.json", "collected"
# What an experiment may make of zeros in the place of results.
_NONSENSE = (SpikenetError, ArithmeticError, LookupError, ValueError)


def export_experiment(experiment: Experiment, setup: Setup, folder: Path) -> int:
    """Write all that an experiment simulates to a new folder, as far as it does not hang on results; how many.

    Errors: RunFolderError if the folder is there, InvalidValueError if nothing is simulated, BuildError if there is
    too much to simulate or code cannot be generated. The folder is gone then.
    """
    setup = experiment.complete(replace(setup, engine="cuda", out=None, resume=False))
    try:
        folder.mkdir(parents=True)
    except FileExistsError:
        raise RunFolderError(f"{folder} is there already; give a folder that is not") from None
    settings = {"experiment": experiment.name, "data": setup.data, "seeds": setup.seeds, "options": dict(setup.options)}
    settings |= {"versions": _versions()}
    (folder / _SETUP).write_text(json.dumps(settings, indent=1) + "\n")
    try:
        stopped = _explore(experiment, setup, folder)
        _, simulations = Elsewhere(folder).pending()
        if not simulations:
            why = f" (it stopped: {stopped})" if stopped else ""
            raise InvalidValueError(
                f"{experiment.name} simulated no neurons{why}, so there is nothing to run elsewhere"
            ) from stopped
    except BaseException:
        shutil.rmtree(folder)
        raise
    return simulations


def collect_experiment(folder: Path, out: Path | None = None, console: Console | None = None) -> Path:
    """Make a run folder of an experiment whose simulations have run; its path.

    Errors: RunFolderError for a folder that is none of ours, or another version's; SimulationError for damaged results;
    PendingError, which says how many have to run yet.
    """
    experiment, setup = _read(folder)
    left, simulations = Elsewhere(folder).pending()
    if left:
        raise PendingError(
            f"{left} of {simulations} simulations in {folder} have not run; run make there, on a machine with a GPU"
        )
    target, attempt = Path(out or default_target(experiment.name, setup, {})), folder / _ATTEMPT
    refuse_existing(target)
    # What it keeps, such as a trained network, is there again in the next round, and drives the same simulations.
    setup = replace(setup, out=attempt, resume=holds_pieces(partial_of(attempt)))
    try:
        with simulated_elsewhere(Elsewhere(folder).run):
            run_experiment(experiment, setup, console)
        result = read_result(attempt) | {"command": shlex.join(["spikenet", "collect", str(folder)])}
        write_json(attempt / RESULT, result)
        write_page(attempt)
        target.parent.mkdir(parents=True, exist_ok=True)
        return Path(shutil.move(attempt, target))
    except PendingError:
        _explore(experiment, setup, folder)
    left, _ = Elsewhere(folder).pending()
    raise PendingError(
        f"{experiment.name} goes on from these results: {left} more simulations are in {folder} now; run make there "
        "once more, and collect again"
    )


def _explore(experiment: Experiment, setup: Setup, folder: Path) -> Exception | None:
    """Let the experiment run with zeros for what is not known, and write down what it wants simulated.

    Gives the error with which it stopped.
    """
    elsewhere, stopped = Elsewhere(folder, open=True), None
    with tempfile.TemporaryDirectory(prefix="spikenet-") as place, simulated_elsewhere(elsewhere.run):
        try:
            with np.errstate(all="ignore"):
                run_experiment(experiment, replace(setup, out=Path(place) / "run", resume=False), Console(quiet=True))
        except _NONSENSE as error:
            if isinstance(error, BuildError) or isinstance(error.__cause__, BuildError):
                raise  # no fault of the zeros
            stopped = error
    elsewhere.complete()
    return stopped


def _versions() -> dict[str, str]:
    """What the programs of a folder, and what is read of theirs, depend on."""
    return {name: found for name, found in versions().items() if name in ("spikenet", "brian2")}


def _read(folder: Path) -> tuple[Experiment, Setup]:
    try:
        kept = json.loads((folder / _SETUP).read_text())
        setup = Setup(kept["data"], "cuda", tuple(kept["seeds"]), options=kept["options"])
        experiment, made_by = load_experiment(kept["experiment"]), dict(kept["versions"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunFolderError(
            f"{folder} is no folder of spikenet export-cuda, or a damaged one ({type(error).__name__}: {error})"
        ) from None
    if made_by != _versions():
        made, here = (
            ", ".join(f"{name} {number}" for name, number in found.items()) for found in (made_by, _versions())
        )
        raise RunFolderError(f"{folder} was written by {made}, and this is {here}; export anew, or collect with those")
    return experiment, setup
