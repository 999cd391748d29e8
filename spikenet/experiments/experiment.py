"""An experiment: its settings (``Setup``), what it works with (``RunContext``) and what it returns (``Outcome``)."""

import json
import os
import shlex
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from rich.console import Console

from spikenet.errors import InvalidValueError
from spikenet.experiments.cached_results import load_or_compute
from spikenet.experiments.claim import Claim
from spikenet.experiments.registry import ExperimentOption, defaults
from spikenet.experiments.run_folder import KEPT, LOG, OWN_NAMES
from spikenet.progress import Progress
from spikenet.report.figure import Figure
from spikenet.report.table import Table
from spikenet.storage import open_regular, parse_json
from spikenet.validate import check_choice, check_path, check_seed

DATA = ("mini", "full")
ENGINES = ("response", "cpp", "cuda", "runtime")


@dataclass(frozen=True)
class Setup:
    """The settings of a run.

    Parameters
    ----------
    data : {"mini", "full"}
        The images that come with spikenet, or the whole data set.
    engine : {"response", "cpp", "cuda", "runtime"}
        Simulates the neurons.
    seeds : tuple of int
        Seeds from 0 to 2**32 - 1, each once.
    out : Path, optional
        The run's folder; by default a new one in ``runs/``.
    resume : bool
        Continue an interrupted run.
    options : mapping
        Options of this experiment; ``Experiment.options`` has their defaults.

    Raises
    ------
    InvalidValueError
        For unknown data or engines, and for seeds that cannot be.

    Examples
    --------
    >>> from spikenet.experiments.experiment import Setup
    >>> Setup(seeds=(1, 2), options={"epochs": 3}).command("fhn-ann")
    'spikenet run fhn-ann --data mini --engine response --seeds 2 --set epochs=3'
    """

    data: str = "mini"
    engine: str = "response"
    seeds: tuple[int, ...] = (1,)
    out: Path | None = None
    resume: bool = False
    options: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self):
        object.__setattr__(self, "seeds", tuple(self.seeds))
        object.__setattr__(self, "options", MappingProxyType(dict(self.options)))
        if self.out is not None:
            object.__setattr__(self, "out", check_path(self.out, "out"))
        check_choice(self.data, "data", DATA)
        check_choice(self.engine, "engine", ENGINES)
        for seed in self.seeds:
            check_seed(seed)
        if not self.seeds or len(set(self.seeds)) < len(self.seeds):
            raise InvalidValueError(f"seeds are {self.seeds}; give at least one, each once")

    def command(self, name: str, *, resume: bool = False) -> str:
        """Return the command line that runs experiment ``name`` with these settings."""
        words = ["spikenet", "run", name, "--data", self.data, "--engine", self.engine]
        counted = self.seeds == tuple(range(1, len(self.seeds) + 1))
        words += ["--seeds", str(len(self.seeds)) if counted else ",".join(map(str, self.seeds)) + ","]
        words += [word for name, value in self.options.items() for word in ("--set", f"{name}={format_option(value)}")]
        words += ["--out", str(self.out)] if self.out else []
        return shlex.join(words + ["--resume"] * resume)


@dataclass(frozen=True)
class Outcome:
    """The results of an experiment.

    Parameters
    ----------
    metrics : mapping
        A tree of mappings with text as keys, lists, numbers and arrays.
    claims : tuple of Claim
        The paper's claims beside what was measured.
    tables : tuple of Table
        The command line shows the first; the report shows all.
    figures : tuple of Figure
        Pictures that were drawn to ``context.figure(name)``.
    notes : tuple of str
        Remarks for the report.

    Examples
    --------
    >>> from spikenet.experiments.experiment import Outcome
    >>> Outcome({"accuracy": [97.1, 97.4]}, notes=("Two networks.",)).claims
    ()
    """

    metrics: Mapping[str, object]
    claims: tuple[Claim, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = ()


class RunContext:
    """The surroundings of a run: its folder, a log, progress, and a store of intermediate results.

    Parameters
    ----------
    folder : Path
        Becomes the run folder.
    console : rich.console.Console
        Shows progress and messages.
    """

    def __init__(self, folder: Path, console: Console):
        self.folder = folder
        self.console = console
        self.seconds_saved = 0.0  # that results took which were read from the store

    def file(self, name: str) -> Path:
        """Return the path of a file that stays in the run folder."""
        if not name or Path(name).name != name or name.startswith(".") or name in OWN_NAMES:
            taken = ", ".join(OWN_NAMES)
            raise InvalidValueError(f"{name!r} cannot be a file of a run; give a plain name, none of {taken}")
        return self.folder / name

    def figure(self, name: str) -> Path:
        """Return the path of the PNG ``name``, which may be given with or without its ending."""
        return self.file(name.removesuffix(".png") + ".png")

    def log(self, message: str) -> None:
        """Write a message to the console and the log."""
        self.console.print(message, markup=False, highlight=False, soft_wrap=True)
        self.write_log(message)

    def write_log(self, message: str) -> None:
        """Write a message to the log only."""
        line = f"{datetime.now():%Y-%m-%d %H:%M:%S} {message}\n"
        with open_regular(self.folder / LOG, os.O_WRONLY | os.O_CREAT | os.O_APPEND) as log:
            log.write(line.encode("utf-8", "backslashreplace"))

    @contextmanager
    def progress(self, title: str, total: int) -> Iterator[Progress]:
        """Show progress with the time left: ``with context.progress("embed", 10) as progress: ...``.

        Call ``progress.step()`` after each of the ``total`` steps. ``simulate(..., progress=progress.at)`` moves the
        same bar.
        """
        start = time.monotonic()
        with Progress(title, total=total, console=self.console) as progress:
            yield progress
        self.log(f"{title}: {time.monotonic() - start:.1f} s")

    def cached(self, key: str, compute: Callable[[], object]) -> object:
        """Return ``compute()``; a resumed run reads what was computed before it was interrupted.

        Parameters
        ----------
        key : str
            Tells this result from the others of the run: ``"seed 3, gamma -0.5"``. The settings of the run need not
            be in it.
        compute : callable
            Returns a tree of mappings with text as keys, lists, numbers, text and arrays.

        Returns
        -------
        object
            The tree as it was read from its file; tuples have become lists.
        """
        result = load_or_compute(self.folder / KEPT, key, compute)
        if result.found:
            self.seconds_saved += result.seconds
            self.write_log(f"{key}: found, computed in {result.seconds:.1f} s")
        return result.value

    def checkpoints(self, key: str) -> Path:
        """Return a folder for the checkpoints of a training; it is removed when the run is complete."""
        folder = self.folder / KEPT / f"training {key}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder


@dataclass(frozen=True)
class Experiment:
    """A reproduction of a table or figure.

    Parameters
    ----------
    name : str
        What is typed after ``spikenet run``.
    title : str
        What the experiment shows, in a few words.
    source : str
        The paper, and its table, figure or section.
    run : callable
        Takes a `Setup` and a `RunContext`, returns an `Outcome`.
    options : mapping of str to ExperimentOption
        The experiment's own options, or just their defaults; ``--NAME VALUE`` changes them.
    check : callable, optional
        Takes a `Setup` and raises an error if the run would fail, perhaps only after hours.
    renamed : mapping
        Former names of options with the new ones.

    Examples
    --------
    >>> from spikenet.experiments.experiment import Experiment, Outcome, Setup
    >>> tiny = Experiment("tiny", "A tiny one", "our own", lambda setup, context: Outcome({}), {"epochs": 3})
    >>> dict(tiny.complete(Setup()).options)
    {'epochs': 3}
    """

    name: str
    title: str
    source: str
    run: Callable[[Setup, RunContext], Outcome]
    options: Mapping[str, object] = field(default_factory=dict)
    check: Callable[[Setup], None] | None = None
    renamed: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self):
        options = {
            name: option if isinstance(option, ExperimentOption) else ExperimentOption(option)
            for name, option in self.options.items()
        }
        object.__setattr__(self, "options", MappingProxyType(options))

    def with_defaults(self, setup: Setup) -> Setup:
        """Return the setup with all options of this experiment, whose names and types are checked.

        Raises
        ------
        InvalidValueError, InvalidTypeError
            For an option that this experiment does not have, or of another type than its default.
        """
        for name, value in setup.options.items():
            if name in self.renamed:
                raise InvalidValueError(f"{self.name}: option {name} is {self.renamed[name]} now")
            if name not in self.options:
                known = ", ".join(self.options) or "no options"
                raise InvalidValueError(f"{self.name} has no option {name!r}; it has {known}")
            self.options[name].check(name, value)
        return replace(setup, options={**defaults(self.options), **setup.options})

    def complete(self, setup: Setup) -> Setup:
        """Return the setup with all options, after everything about it was checked.

        Raises
        ------
        InvalidValueError, InvalidTypeError
            For an option that this experiment does not have or cannot use.
        """
        setup = self.with_defaults(setup)
        if self.check:
            self.check(setup)
        return setup


def parse_option(text: str) -> object:
    """Return the value of ``--set NAME=VALUE``: JSON, or else plain text."""
    try:
        return parse_json(text, finite=False)
    except ValueError:
        return text


def format_option(value: object) -> str:
    """Return the text that ``parse_option`` reads as ``value``."""
    plain = isinstance(value, str) and parse_option(value) == value
    return value if plain else json.dumps(value)
