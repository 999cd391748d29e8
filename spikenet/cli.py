"""The ``spikenet`` command: parses, calls one function, prints.

What is heavy is imported when a command needs it, so that ``spikenet list`` and ``--help`` are quick.
"""

import importlib
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated, Literal

import typer
from rich.console import Console
from typer.core import TyperGroup

import spikenet
from spikenet.errors import SpikenetError
from spikenet.papers import EXPERIMENTS, load_experiment
from spikenet.report.table import Table

OUT = Console(width=None if sys.stdout.isatty() else 120)
ERR = Console(stderr=True)
MOST_SEEDS = 10_000

# The modules that commands load, by the name they go by below.
LATER = {
    "experiment": "spikenet.experiments.experiment",
    "run": "spikenet.experiments.run",
    "page": "spikenet.experiments.page",
    "doctor": "spikenet.doctor",
    "project": "spikenet.engines.standalone.project",
}


class Commands(TyperGroup):
    """Turns what goes wrong into one message and an exit code: 1 for an error, 130 for Ctrl-C."""

    def invoke(self, ctx):
        try:
            return super().invoke(ctx)
        except (SpikenetError, OSError) as error:  # a full disk or a folder of somebody else is no bug either
            if ctx.params.get("debug"):
                raise
            _say(f"Error: {error}")
            raise typer.Exit(1) from None
        except KeyboardInterrupt as stop:
            _say(str(stop) or "Stopped.")
            raise typer.Exit(130) from None


app = typer.Typer(cls=Commands, no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)


def main() -> None:
    """Run the command line."""
    app(prog_name="spikenet")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"spikenet {spikenet.__version__}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[bool, typer.Option("--version", callback=_show_version, is_eager=True)] = False,
) -> None:
    """Biological neurons inside Keras networks."""


@app.command("list")
def list_experiments() -> None:
    """The experiments, and the table or figure that each reproduces."""
    rows = tuple(entry[:3] for entry in EXPERIMENTS.values())
    OUT.print(Table("Experiments", ("name", "what", "source"), rows, "Run one with: spikenet run NAME"))


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run(  # noqa: PLR0913 - the options of a command are its arguments
    ctx: typer.Context,
    name: Annotated[str, typer.Argument(help="An experiment; spikenet list has them.")],
    data: Annotated[Literal["mini", "full"], typer.Option(help="The bundled subset, or all images.")] = "mini",
    engine: Annotated[Literal["response", "cpp", "cuda", "runtime"], typer.Option(help="Who simulates.")] = "response",
    seeds: Annotated[str, typer.Option(help="How many, counted from 1; or which: 3,7,")] = "1",
    out: Annotated[Path | None, typer.Option(help="The run's folder; by default a new one in runs/.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue an interrupted run.")] = False,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="An option of the experiment's own.")
    ] = None,
) -> None:
    """Run an experiment into a folder of its own, and say where its report is.

    An experiment's own options may also be given by their names: --arch cnn is --set arch=cnn.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    (name,), pairs = _named([name, *ctx.args], "run NAME")
    own = _settings([*(settings or []), *pairs])
    setup = _load("experiment").Setup(data, engine, _seeds(seeds), out, resume, own)
    folder = _load("run").run_experiment(load_experiment(name), setup, ERR)
    _show(_load("page").read_result(folder), folder, tables=1)


@app.command()
def report(run: Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")]) -> None:
    """Rebuild the report of a run from its result and figures, and print its tables."""
    _show(_load("page").write_page(run), run)


@app.command()
def doctor() -> None:
    """What is there, and how to mend what is not."""
    checks = _load("doctor").examine()
    rows = tuple((check.mark, check.name, check.found, "" if check.ok else check.remedy) for check in checks)
    OUT.print(Table("spikenet doctor", ("", "what", "found", "what to do"), rows))
    if any(check.required and not check.ok for check in checks):
        raise typer.Exit(1)


@app.command()
def cache(what: Annotated[Literal["list", "size", "clear"], typer.Argument()] = "list") -> None:
    """The compiled neurons that later runs use again: list them, size them, clear them."""
    project = _load("project")
    if what == "clear":
        OUT.print(f"{_megabytes(project.clear_cache())} freed in {project.cache_folder()}", soft_wrap=True)
        return
    found = project.cached_projects()
    if what == "list":
        rows = tuple(
            (p.model, _megabytes(p.bytes), f"{p.built:%Y-%m-%d %H:%M}", f"{p.last_used:%Y-%m-%d %H:%M}", p.path.name)
            for p in found
        )
        OUT.print(Table("Compiled neurons", ("model", "size", "built", "last used", "folder"), rows))
    total = _megabytes(sum(project.bytes for project in found))
    OUT.print(f"Projects: {len(found)}, {total} in {project.cache_folder()}", soft_wrap=True)


def _load(name: str) -> ModuleType:
    return importlib.import_module(LATER[name])


def _say(message: str) -> None:
    ERR.print(message, markup=False, highlight=False, soft_wrap=True)


def _seeds(text: str) -> tuple[int, ...]:
    try:
        numbers = tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise typer.BadParameter(f"{text!r}; give a number of seeds, or seeds with commas: 3,7,") from None
    if "," in text:
        return numbers
    if numbers and numbers[0] > MOST_SEEDS:
        raise typer.BadParameter(f"{text}; give at most {MOST_SEEDS:,} seeds, or one seed with a comma: {text},")
    return tuple(range(1, numbers[0] + 1)) if numbers else ()


def _named(words: list[str], wanted: str) -> tuple[list[str], list[str]]:
    """The words that ``wanted`` has in capitals, and an experiment's own options, in any order.

    Options ``--arch cnn`` and ``--arch=cnn`` become ``arch=cnn``.
    """
    names, pairs, rest = [], [], iter(words)
    for word in rest:
        if not word.startswith("-"):
            names.append(word)
            continue
        name, equals, value = word.removeprefix("--").partition("=")
        if not word.startswith("--") or not name:
            raise typer.BadParameter(f"{word!r} belongs to nothing; give the experiment's options as --NAME VALUE")
        if not equals and (value := next(rest, "--")).startswith("--"):
            raise typer.BadParameter(f"{word} has no value; give {word} VALUE")
        pairs.append(f"{name.replace('-', '_')}={value}")
    if len(names) != len(wanted.split()) - 1:
        found = ", ".join(map(repr, names)) or "nothing"
        raise typer.BadParameter(f"{' '.join(words)} names {found}; wanted: spikenet {wanted} --OPTION VALUE")
    return names, pairs


def _settings(pairs: list[str]) -> dict[str, object]:
    settings = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not (name and equals):
            raise typer.BadParameter(f"{pair!r}; give --set NAME=VALUE")
        settings[name] = _load("experiment").parse_option(value)
    return settings


def _show(result: dict, folder: Path, tables: int | None = None) -> None:
    """Print tables and claims of a run and where its report is."""
    page = _load("page")
    for table in page.tables_of(result)[:tables]:
        OUT.print(table)
    if result["claims"]:
        OUT.print(page.claims_table(result, sources=False))
    OUT.print(f"Report:   {folder / page.PAGE}", markup=False, highlight=False, soft_wrap=True)
    for figure in result["figures"]:
        OUT.print(f"Picture:  {folder / figure['file']}", markup=False, highlight=False, soft_wrap=True)


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB"
