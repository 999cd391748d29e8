"""Run an experiment into a folder of its own: complete or not at all, never over another run, resumable."""

import errno
import math
import platform
import time
import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
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
    changed_settings,
    check_target,
    find_partial_folders,
    holds_results,
    open_first,
    remove_leftovers,
    target_of,
    write_result,
)

RUNS = Path("runs")
MOST_AT_ONCE = 99  # runs that start in one second without --out
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
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
    setup = experiment.with_defaults(setup)
    config = {
        "experiment": experiment.name,
        "data": setup.data,
        "engine": setup.engine,
        "seeds": list(setup.seeds),
        "options": dict(setup.options),
        "versions": installed_versions(),
    }
    targets = [setup.out] if setup.out else default_targets(experiment.name, setup, config)
    # A folder named by the time is as good as any in its place: which of them is free shows when it is opened.
    check_target(targets[0] if setup.out or setup.resume else RUNS / "any", resume=setup.resume)
    if not setup.out:
        remove_leftovers(RUNS)
    experiment.complete(setup)  # after all that needs no TensorFlow
    with _full_disk_told(), open_first(targets, config, resume=setup.resume) as (target, folder):
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
            write_result(folder, result | outcome_as_json(outcome))
            write_page(folder)
    return target


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


def default_targets(name: str, setup: Setup, config: Mapping) -> Iterable[Path]:
    """Return folders in ``runs/`` named by date and time, or the interrupted run that is to be resumed.

    The first that no other run has taken is meant: ``20260102-030405-NAME``, then ``20260102-030405.2-NAME``.
    """
    ending = f"-{name}-{setup.data}"
    if not setup.resume:
        now = f"{datetime.now():%Y%m%d-%H%M%S}"
        return [RUNS / f"{now}{number}{ending}" for number in ("", *(f".{n}" for n in range(2, MOST_AT_ONCE + 1)))]
    waiting = [partial for partial in find_partial_folders(RUNS, ending) if holds_results(partial)]
    if not waiting:
        raise RunFolderError(f"no interrupted {name} on {setup.data} data waits in {RUNS}/; leave out --resume")
    same = [partial for partial in waiting if not changed_settings(partial, config)]
    return [target_of((same or waiting)[-1])]  # if none is the same, opening the folder says what differs


@contextmanager
def _full_disk_told() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise RunFolderError(
                f"the run cannot be written ({error.strerror}); make room, and start it again"
            ) from error
        raise


@contextmanager
def _failures_logged(context: RunContext, resume: str) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        kept = holds_results(context.folder)
        _log_if_possible(context, "stopped by Ctrl-C")
        raise RunInterrupted(f"Stopped. Go on with: {resume}" if kept else "Stopped; nothing was kept.") from None
    except Exception:
        _log_if_possible(context, traceback.format_exc())
        if holds_results(context.folder):
            context.console.print(f"The results so far are kept. Go on with: {resume}", markup=False, soft_wrap=True)
        raise


def _log_if_possible(context: RunContext, message: str) -> None:
    with suppress(OSError):  # perhaps the disk is full, which is then the error to tell
        context.write_log(message)


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
