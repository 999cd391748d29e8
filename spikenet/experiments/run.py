"""Run an experiment into a folder of its own: complete or not at all, never over another run, resumable."""

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
from spikenet.experiments.experiment import Experiment, Outcome, RunContext, Setup
from spikenet.experiments.page import write_page
from spikenet.experiments.run_folder import (
    RESULT,
    changed_settings,
    find_partial_folders,
    holds_results,
    open_run,
    target_of,
    write_json,
)

RUNS = Path("runs")
PACKAGES = ("brian2", "numpy", "keras", "tensorflow")


class RunInterrupted(KeyboardInterrupt):
    """Ctrl-C during a run; the message says how to continue it."""


def run_experiment(experiment: Experiment, setup: Setup, console: Console | None = None) -> Path:
    """Run an experiment and write its run folder.

    Parameters
    ----------
    experiment : Experiment
        See `spikenet.papers.load_experiment`.
    setup : Setup
        Data, engine, seeds, folder and options.
    console : rich.console.Console, optional
        Shows progress; by default standard error.

    Returns
    -------
    Path
        The run folder: ``setup.out``, or one in ``runs/`` that is named by date and time.

    Raises
    ------
    RunFolderError
        Before anything starts, if the folder exists or another process writes it.
    RunInterrupted
        On Ctrl-C. The results so far stay in a hidden folder for ``setup.resume``.
    InvalidValueError, InvalidTypeError
        For options that the experiment does not have or cannot use.
    """
    console = console or Console(stderr=True)
    command, resume = setup.command(experiment.name), setup.command(experiment.name, resume=True)
    setup = experiment.complete(setup)
    config = {
        "experiment": experiment.name,
        "data": setup.data,
        "engine": setup.engine,
        "seeds": list(setup.seeds),
        "options": dict(setup.options),
        "versions": installed_versions(),
    }
    target = setup.out or default_target(experiment.name, setup, config)
    with open_run(target, config, resume=setup.resume) as folder:
        context = RunContext(folder, console)
        context.log(f"{experiment.title} ({experiment.source})")
        context.write_log(command)
        start = time.monotonic()
        with _failures_logged(context, resume):
            outcome = experiment.run(setup, context)
            for figure in outcome.figures:
                if not (folder / figure.file).is_file():
                    raise InvalidValueError(
                        f"figure {figure.file} was not drawn; draw it to context.figure({figure.file!r})"
                    )
            result = {
                "experiment": experiment.name,
                "title": experiment.title,
                "source": experiment.source,
                "command": command,
                "config": {name: config[name] for name in ("data", "engine", "options")},
                "seeds": config["seeds"],
                "versions": config["versions"],
                "finished": datetime.now().astimezone().isoformat(timespec="seconds"),
                "seconds": round(time.monotonic() - start + context.seconds_saved, 2),
            }
            write_json(folder / RESULT, result | outcome_as_json(outcome))
            write_page(folder)
    return Path(target)


def installed_versions() -> dict[str, str]:
    """Return the versions of what the numbers of a run depend on, without importing it."""
    found = {"python": platform.python_version(), "spikenet": spikenet.__version__}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            found[package] = "not installed"
    return found | {"machine": f"{platform.system()} {platform.machine()}"}


def outcome_as_json(outcome: Outcome) -> dict:
    """Return an outcome as strict JSON; metrics that are not finite become null, and a note names them."""
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


def default_target(name: str, setup: Setup, config: Mapping) -> Path:
    """Return a folder in ``runs/`` named by date and time, or the interrupted run that is to be resumed."""
    ending = f"-{name}-{setup.data}"
    if not setup.resume:
        return RUNS / f"{datetime.now():%Y%m%d-%H%M%S}{ending}"
    waiting = [partial for partial in find_partial_folders(RUNS, ending) if holds_results(partial)]
    if not waiting:
        raise RunFolderError(f"no interrupted {name} on {setup.data} data waits in {RUNS}/; leave out --resume")
    same = [partial for partial in waiting if not changed_settings(partial, config)]
    return target_of((same or waiting)[-1])  # if none is the same, opening the folder says what differs


@contextmanager
def _failures_logged(context: RunContext, resume: str) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        kept = holds_results(context.folder)
        context.write_log("stopped by Ctrl-C")
        raise RunInterrupted(f"Stopped. Go on with: {resume}" if kept else "Stopped; nothing was kept.") from None
    except Exception:
        context.write_log(traceback.format_exc())
        if holds_results(context.folder):
            context.log(f"The results so far are kept. Go on with: {resume}")
        raise


def _strict(value: object, name: str, lost: list[str]) -> object:
    """Return ``value`` as strict JSON; add the names of numbers that are not finite to ``lost``."""
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
