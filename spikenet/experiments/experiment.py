"""An experiment: what it is told (``Setup``), what it works with (``Desk``) and what it gives back (``Outcome``)."""

import json
import math
import shlex
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

from rich.console import Console

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.experiments.claim import Claim
from spikenet.experiments.folder import KEPT, LOG, OWN_NAMES
from spikenet.experiments.keep import keep_piece
from spikenet.progress import Progress
from spikenet.report.figure import Figure
from spikenet.report.table import Table

DATA = ("mini", "full")
ENGINES = ("response", "cpp", "cuda", "runtime")


@dataclass(frozen=True)
class Setup:
    """How to run an experiment. ``options`` are the experiment's own; ``Experiment.options`` has their defaults."""

    data: str = "mini"
    engine: str = "response"
    seeds: tuple[int, ...] = (1,)
    out: Path | None = None
    resume: bool = False
    options: Mapping[str, object] = field(default_factory=dict)

    def __post_init__(self):
        object.__setattr__(self, "seeds", tuple(self.seeds))
        object.__setattr__(self, "options", MappingProxyType(dict(self.options)))
        if self.data not in DATA:
            raise InvalidValueError(f"data is {self.data!r}; choose one of {', '.join(DATA)}")
        if self.engine not in ENGINES:
            raise InvalidValueError(f"engine is {self.engine!r}; choose one of {', '.join(ENGINES)}")
        if not self.seeds or len(set(self.seeds)) < len(self.seeds) or not all(map(_is_seed, self.seeds)):
            raise InvalidValueError(f"seeds are {self.seeds}; give at least one, each once, from 0 to 2**32 - 1")

    def command(self, name: str, *, resume: bool = False) -> str:
        """The command line that runs experiment ``name`` with this setup."""
        words = ["spikenet", "run", name, "--data", self.data, "--engine", self.engine]
        counted = self.seeds == tuple(range(1, len(self.seeds) + 1))
        words += ["--seeds", str(len(self.seeds)) if counted else ",".join(map(str, self.seeds)) + ","]
        words += [word for name, value in self.options.items() for word in ("--set", f"{name}={format_option(value)}")]
        words += ["--out", str(self.out)] if self.out else []
        return shlex.join(words + ["--resume"] * resume)


@dataclass(frozen=True)
class Outcome:
    """What an experiment found; the first table is the one that the command line shows.

    ``metrics`` is a tree of mappings, lists, numbers and arrays with text as keys.
    """

    metrics: Mapping[str, object]
    claims: tuple[Claim, ...] = ()
    tables: tuple[Table, ...] = ()
    figures: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = ()


class Desk:
    """What an experiment works with: a folder that becomes its run, a log, progress, and a store of finished pieces."""

    def __init__(self, folder: Path, console: Console):
        self.folder = folder
        self.console = console
        self.seconds_saved = 0.0  # what the pieces found in the store once took

    def file(self, name: str) -> Path:
        """Path of a file that stays in the run folder."""
        if not name or Path(name).name != name or name.startswith(".") or name in OWN_NAMES:
            taken = ", ".join(OWN_NAMES)
            raise InvalidValueError(f"{name!r} cannot be a file of a run; give a plain name, none of {taken}")
        return self.folder / name

    def figure(self, name: str) -> Path:
        """Path of the PNG ``name``, with or without its ending."""
        return self.file(name.removesuffix(".png") + ".png")

    def log(self, message: str) -> None:
        """Say something on the console and in the log."""
        self.console.print(message, markup=False, highlight=False, soft_wrap=True)
        self.write_log(message)

    def write_log(self, message: str) -> None:
        """Say something in the log only."""
        with (self.folder / LOG).open("a", encoding="utf-8") as log:
            log.write(f"{datetime.now():%Y-%m-%d %H:%M:%S} {message}\n")

    @contextmanager
    def progress(self, title: str, total: int) -> Iterator[Progress]:
        """Show progress with the time left: ``with desk.progress("embed", 10) as progress: ...; progress.step()``.

        ``simulate(..., progress=progress.at)`` moves the same bar.
        """
        start = time.monotonic()
        with Progress(title, total=total, console=self.console) as progress:
            yield progress
        self.log(f"{title}: {time.monotonic() - start:.1f} s")

    def keep(self, key: str, compute: Callable[[], object]) -> object:
        """``compute()``, once: a resumed run finds what was computed before it was interrupted.

        A tree of mappings with text as keys, lists, numbers, text and arrays; it always comes back as it was read
        from the file (tuples as lists). The key names all that tells this piece from others of the run
        (``"seed 3, gamma -0.5"``); the settings of the run need not be in it.
        """
        piece = keep_piece(self.folder / KEPT, key, compute)
        if piece.found:
            self.seconds_saved += piece.seconds
            self.write_log(f"{key}: found, made in {piece.seconds:.1f} s")
        return piece.value

    def checkpoints(self, key: str) -> Path:
        """A folder for a training's checkpoints: a resumed run finds them, a finished one has none left."""
        folder = self.folder / KEPT / f"training {key}"
        folder.mkdir(parents=True, exist_ok=True)
        return folder


@dataclass(frozen=True)
class Experiment:
    """A reproduction of a table or figure; ``source`` names paper and table.

    ``options`` are its own settings with their defaults; ``--set NAME=VALUE`` changes them, and ``check`` refuses what
    would fail only after hours.
    """

    name: str
    title: str
    source: str
    run: Callable[[Setup, Desk], Outcome]
    options: Mapping[str, object] = field(default_factory=dict)
    check: Callable[[Setup], None] | None = None

    def complete(self, setup: Setup) -> Setup:
        """The setup with every option of this experiment; one that it does not have or cannot use is an error."""
        for name, value in setup.options.items():
            if name not in self.options:
                known = ", ".join(self.options) or "no options"
                raise InvalidValueError(f"{self.name} has no option {name!r}; it has {known}")
            _check_kind(name, value, self.options[name])
        complete = replace(setup, options={**self.options, **setup.options})
        if self.check:
            self.check(complete)
        return complete


def parse_option(text: str) -> object:
    """The value of ``--set NAME=VALUE``: JSON, or else plain text."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def format_option(value: object) -> str:
    """The text that ``parse_option`` reads as ``value``."""
    plain = isinstance(value, str) and parse_option(value) == value
    return value if plain else json.dumps(value)


def _is_seed(seed: object) -> bool:
    return isinstance(seed, int) and not isinstance(seed, bool) and 0 <= seed < 2**32


def _check_kind(name: str, value: object, default: object) -> None:
    kinds = (int, float) if type(default) is float else (type(default),)
    if type(value) not in kinds:
        raise InvalidTypeError(
            f"option {name} is {value!r}, a {type(value).__name__}; give a {type(default).__name__}, like {default!r}"
        )
    if isinstance(value, float) and not math.isfinite(value):
        raise InvalidValueError(f"option {name} is {value!r}; give a finite number, like {default!r}")
