"""Run an experiment into a folder of its own: complete or not at all, never over an older one, resumable."""

import math
import platform
import time
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import numpy as np
from rich.console import Console

import spikenet
from spikenet.errors import InvalidTypeError, InvalidValueError, RunFolderError
from spikenet.experiments.experiment import Desk, Experiment, Outcome, Setup
from spikenet.experiments.folder import (
    RESULT,
    changed_settings,
    find_partials,
    holds_pieces,
    target_of,
    write_json,
    writing,
)
from spikenet.experiments.page import write_page

RUNS = Path("runs")
PACKAGES = ("brian2", "numpy", "keras", "tensorflow")


class RunInterrupted(KeyboardInterrupt):
    """Ctrl-C during a run; the message says how to go on."""


def run_experiment(experiment: Experiment, setup: Setup, console: Console | None = None) -> Path:
    """Run it and return the finished run folder: ``setup.out``, or one in ``runs/`` named by date and time.

    RunFolderError before anything starts if the folder exists, or another process is at work on it. RunInterrupted
    on Ctrl-C. What was kept by then waits in a hidden folder for ``setup.resume``.
    """
    console = console or Console(stderr=True)
    command, resume = setup.command(experiment.name), setup.command(experiment.name, resume=True)
    setup = experiment.complete(setup)
    config = _config(experiment.name, setup) | {"versions": versions()}
    target = setup.out or default_target(experiment.name, setup, config)
    with writing(target, config, resume=setup.resume) as folder:
        desk = Desk(folder, console)
        desk.log(f"{experiment.title} ({experiment.source})")
        desk.write_log(command)
        start = time.monotonic()
        with _failures_logged(desk, resume):
            outcome = experiment.run(setup, desk)
            _check_figures(outcome, folder)
            seconds = time.monotonic() - start + desk.seconds_saved
            result = _result(experiment, command, config, seconds) | describe(outcome)
            write_json(folder / RESULT, result)
            write_page(folder)
    return Path(target)


def versions() -> dict[str, str]:
    """What the numbers of a run depend on, looked up without importing it."""
    found = {"python": platform.python_version(), "spikenet": spikenet.__version__}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found | {"machine": f"{platform.system()} {platform.machine()}"}


def describe(outcome: Outcome) -> dict:
    """An outcome as strict JSON; metrics that are not finite become null, and a note says so."""
    lost: list[str] = []
    metrics = _strict(outcome.metrics, "", lost)
    notes = [*outcome.notes, *(f"{name} is not a finite number" for name in lost)]
    return {
        "metrics": metrics,
        "claims": [claim.to_json() for claim in outcome.claims],
        "tables": [table.to_json() for table in outcome.tables],
        "figures": [figure.to_json() for figure in outcome.figures],
        "notes": notes,
    }


def _config(name: str, setup: Setup) -> dict:
    return {
        "experiment": name,
        "data": setup.data,
        "engine": setup.engine,
        "seeds": list(setup.seeds),
        "options": dict(setup.options),
    }


def _result(experiment: Experiment, command: str, config: Mapping, seconds: float) -> dict:
    return {
        "experiment": experiment.name,
        "title": experiment.title,
        "source": experiment.source,
        "command": command,
        "config": {name: config[name] for name in ("data", "engine", "options")},
        "seeds": config["seeds"],
        "versions": config["versions"],
        "finished": datetime.now().astimezone().isoformat(timespec="seconds"),
        "seconds": round(seconds, 2),
    }


def default_target(name: str, setup: Setup, config: Mapping) -> Path:
    """A run in ``runs/`` that is named by date and time, or the one that is to be resumed. Errors: RunFolderError."""
    ending = f"-{name}-{setup.data}"
    if not setup.resume:
        return RUNS / f"{datetime.now():%Y%m%d-%H%M%S}{ending}"
    waiting = [partial for partial in find_partials(RUNS, ending) if holds_pieces(partial)]
    if not waiting:
        raise RunFolderError(f"no interrupted {name} on {setup.data} data waits in {RUNS}/; leave --resume away")
    same = [partial for partial in waiting if not changed_settings(partial, config)]
    return target_of((same or waiting)[-1])  # where none is the same, the folder says what differs


@contextmanager
def _failures_logged(desk: Desk, resume: str) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        kept = holds_pieces(desk.folder)
        desk.write_log("stopped by Ctrl-C")
        raise RunInterrupted(f"Stopped. Go on with: {resume}" if kept else "Stopped; nothing was kept.") from None
    except Exception:
        desk.write_log(traceback.format_exc())
        if holds_pieces(desk.folder):
            desk.log(f"What was finished is kept. Go on with: {resume}")
        raise


def _check_figures(outcome: Outcome, folder: Path) -> None:
    for figure in outcome.figures:
        if not (folder / figure.file).is_file():
            raise InvalidValueError(f"figure {figure.file} was not drawn; draw it to desk.figure({figure.file!r})")


def _strict(value: object, name: str, lost: list[str]) -> object:
    """``value`` as strict JSON; the names of numbers that are not finite go to ``lost``."""
    if isinstance(value, np.ndarray | np.generic):
        value = value.tolist()
    if isinstance(value, float) and not math.isfinite(value):
        lost.append(name)
        return None
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, list | tuple):
        return [_strict(item, f"{name}[{number}]", lost) for number, item in enumerate(value)]
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return {key: _strict(item, f"{name}.{key}" if name else key, lost) for key, item in value.items()}
    raise InvalidTypeError(
        f"metric {name or 'tree'} is a {type(value).__name__}; give mappings with text as keys, lists, numbers and text"
    )
