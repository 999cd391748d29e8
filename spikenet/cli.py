"""The ``spikenet`` command: each subcommand parses its arguments, calls one function and prints the result.

Large modules are imported only when a command needs them, so that ``spikenet list`` and ``--help`` are quick.
"""

import importlib
import inspect
import json
import os
import sys
from pathlib import Path
from types import ModuleType
from typing import Annotated, Literal

import typer
from rich.console import Console
from typer.core import TyperCommand, TyperGroup

import spikenet
from spikenet.errors import SpikenetError
from spikenet.experiments.registry import ExperimentEntry
from spikenet.papers import EXPERIMENTS, load_experiment
from spikenet.report.table import Table

# Without markup: a path or a message may hold "[b]".
OUT = Console(width=None if sys.stdout and sys.stdout.isatty() else 120, markup=False, highlight=False)
ERR = Console(stderr=True, markup=False, highlight=False)
EXPERIMENT = "spikenet.cli.experiment"
MOST_SEEDS = 10_000

# Loaded by `_load` when a command needs them.
MODULES = {
    "experiment": "spikenet.experiments.experiment",
    "run": "spikenet.experiments.run",
    "page": "spikenet.experiments.page",
    "doctor": "spikenet.doctor",
    "project": "spikenet.engines.standalone.project",
}


class Commands(TyperGroup):
    """A group of commands that reports an error as one message and an exit code: 1, or 130 for Ctrl-C."""

    def invoke(self, ctx):
        try:
            return super().invoke(ctx)
        except (SpikenetError, OSError) as error:  # such as a full disk, which is not a bug
            if ctx.params.get("debug"):
                raise
            _print_error(f"Error: {error}")
            raise typer.Exit(1) from None
        except KeyboardInterrupt as stop:
            _print_error(str(stop) or "Stopped.")
            raise typer.Exit(130) from None


class RunCommand(TyperCommand):
    """``spikenet run``, whose help and completion have the options of the experiment that is named."""

    def parse_args(self, ctx, args):
        ctx.meta[EXPERIMENT] = next((word for word in args if word in EXPERIMENTS), None)
        # They are only told, not parsed: an unknown one gets an error with the names that there are.
        ctx.meta["shown"] = ctx.resilient_parsing or bool({"--help", "-h"} & set(args))
        return super().parse_args(ctx, args)

    def get_params(self, ctx):
        entry = EXPERIMENTS.get(ctx.meta.get(EXPERIMENT)) if ctx.meta.get("shown") else None
        return [*super().get_params(ctx), *(_own_options(entry) if entry else ())]


def _own_options(entry: ExperimentEntry) -> list:
    """Return the options of an experiment as typer makes them of a function's arguments."""

    def command(**_): ...

    panel, arguments = f"Options of {entry.name}", []
    for name, (default, text, choices, _) in entry.options.items():
        default = default if isinstance(default, str) else json.dumps(default)
        metavar = None if choices else f"<{type(entry.options[name].default).__name__}>"
        told = typer.Option(f"--{name}", metavar=metavar, help=text, show_default=bool(default), rich_help_panel=panel)
        kind = Annotated[Literal[choices] if choices else str, told]
        arguments.append(inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=kind))
    command.__signature__ = inspect.Signature(arguments)
    command.__annotations__ = {one.name: one.annotation for one in arguments}
    app = typer.Typer(add_completion=False)
    app.command()(command)
    params = [param for param in typer.main.get_command(app).params if param.name in entry.options]
    for param in params:
        param.expose_value = False
    return params


app = typer.Typer(cls=Commands, no_args_is_help=True, pretty_exceptions_enable=False)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        if stream:  # None without a console; a path need not be text that the stream can write
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="spikenet")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"spikenet {spikenet.__version__}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show the full traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Biological neurons inside Keras networks."""


@app.command("list")
def list_experiments() -> None:
    """List the experiments, and the table or figure that each one reproduces."""
    rows = tuple(entry[:3] for entry in EXPERIMENTS.values())
    OUT.print(Table("Experiments", ("name", "what", "source"), rows, "Run one with: spikenet run NAME"))


def _complete_experiment(incomplete: str) -> list[tuple[str, str]]:
    return [(name, entry.title) for name, entry in EXPERIMENTS.items() if name.startswith(incomplete)]


@app.command(cls=RunCommand, context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run(  # noqa: PLR0913 - the options of a command are its arguments
    ctx: typer.Context,
    name: Annotated[
        str, typer.Argument(help="An experiment; see: spikenet list.", autocompletion=_complete_experiment)
    ],
    data: Annotated[
        Literal["mini", "full"], typer.Option(help="The images that come with spikenet, or the full data set.")
    ] = "mini",
    engine: Annotated[
        Literal["response", "cpp", "cuda", "runtime"], typer.Option(help="What simulates the neurons.")
    ] = "response",
    seeds: Annotated[str, typer.Option(help="A number of seeds, counted from 1; or a list of seeds: 3,7,")] = "1",
    out: Annotated[Path | None, typer.Option(help="Folder for the results; by default a new one in runs/.")] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue an interrupted run.")] = False,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="Set an option of the experiment; may be repeated."),
    ] = None,
) -> None:
    """Run an experiment, write its results into a new folder and print where the report is.

    spikenet run NAME --help lists the options of experiment NAME: --arch cnn is the same as --set arch=cnn.
    """
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
    name, pairs = _split_arguments([name, *ctx.args])
    own = _parse_settings([*(settings or []), *pairs])
    setup = _load("experiment").Setup(data, engine, _parse_seeds(seeds), out, resume, own)
    experiment = load_experiment(name)
    folder = _load("run").run_experiment(experiment, setup, ERR)
    _show(_load("page").read_result(folder), folder, tables=1)


@app.command()
def report(run: Annotated[Path, typer.Argument(metavar="RUN", help="The folder of a finished run.")]) -> None:
    """Write the report of a finished run again, and print its tables."""
    _show(_load("page").write_page(run), run)


@app.command()
def doctor() -> None:
    """Check this machine: what spikenet needs, what was found, and how to install what is missing."""
    checks = _load("doctor").examine()
    rows = tuple((check.mark, check.name, check.found, "" if check.ok else check.remedy) for check in checks)
    OUT.print(Table("spikenet doctor", ("", "what", "found", "what to do"), rows))
    if any(check.required and not check.ok for check in checks):
        raise typer.Exit(1)


@app.command()
def cache(
    what: Annotated[
        Literal["list", "size", "clear"], typer.Argument(help="List the projects, show their size, or delete them.")
    ] = "list",
) -> None:
    """Show or delete the compiled neurons that later runs use again."""
    project = _load("project")
    if what == "clear":
        OUT.print(f"{_megabytes(project.clear_cache())} freed in {project.cache_folder()}", soft_wrap=True)
        return
    found = project.cached_projects()
    if what == "list":
        rows = tuple(
            (
                *(p.model, " ".join((p.variable, *p.record)), "" if p.duration is None else f"{1e3 * p.duration:g} ms"),
                *(p.precision, p.engine, _megabytes(p.bytes), f"{p.last_used:%Y-%m-%d %H:%M}", p.path.name[:8]),
            )
            for p in found
        )
        columns = ("model", "records", "duration", "precision", "engine", "size", "last used", "folder")
        OUT.print(Table("Compiled neurons", columns, rows))
    total = _megabytes(sum(project.bytes for project in found))
    OUT.print(f"Projects: {len(found)}, {total} in {project.cache_folder()}", soft_wrap=True)


def _load(name: str) -> ModuleType:
    return importlib.import_module(MODULES[name])


def _print_error(message: str) -> None:
    ERR.print(message, soft_wrap=True)


def _parse_seeds(text: str) -> tuple[int, ...]:
    try:
        numbers = tuple(int(part) for part in text.split(",") if part.strip())
    except ValueError:
        raise typer.BadParameter(f"seeds are {text!r}; give a number of seeds, or a list with commas: 3,7,") from None
    if "," in text:
        return numbers
    if numbers and numbers[0] > MOST_SEEDS:
        raise typer.BadParameter(f"{text} are more than {MOST_SEEDS:,} seeds; for the one seed {text}, give {text},")
    return tuple(range(1, numbers[0] + 1)) if numbers else ()


def _split_arguments(words: list[str]) -> tuple[str, list[str]]:
    """Return the experiment's name and its options as ``arch=cnn`` from words in any order.

    An option is ``--arch cnn`` or ``--arch=cnn``.
    """
    names, pairs, rest = [], [], iter(words)
    for word in rest:
        if not word.startswith("-"):
            names.append(word)
            continue
        name, equals, value = word.removeprefix("--").partition("=")
        if not word.startswith("--") or not name:
            raise typer.BadParameter(f"unknown option {word!r}; give the experiment's options as --NAME VALUE")
        if not equals and (value := next(rest, "--")).startswith("--"):
            raise typer.BadParameter(f"{word} has no value; give {word} VALUE")
        pairs.append(f"{name.replace('-', '_')}={value}")
    if len(names) != 1:
        found = ", ".join(map(repr, names)) or "nothing"
        raise typer.BadParameter(f"{' '.join(words)} names {found}; wanted: spikenet run NAME --OPTION VALUE")
    return names[0], pairs


def _parse_settings(pairs: list[str]) -> dict[str, object]:
    settings = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not (name and equals):
            raise typer.BadParameter(f"{pair!r} is not a setting; give --set NAME=VALUE")
        settings[name] = _load("experiment").parse_option(value)
    return settings


def _show(result: dict, folder: Path, tables: int | None = None) -> None:
    """Print tables and claims of a run, and where its report is."""
    page = _load("page")
    for table in page.tables_of(result)[:tables]:
        OUT.print(table)
    if result["claims"]:
        OUT.print(page.claims_table(result, sources=False))
    OUT.print(f"Report:   {folder / page.PAGE}", soft_wrap=True)
    for figure in result["figures"]:
        OUT.print(f"Picture:  {folder / figure['file']}", soft_wrap=True)


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB"
