"""The folder of a run: written under a hidden name beside its place, and renamed when it is complete.

While a run is under way, or was interrupted, ``runs/NAME`` is ``runs/.NAME.partial``, with what it keeps for a
resumed run in ``kept/``. A lock that ends with its process lets one process at a time write a folder.
"""

import json
import os
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from spikenet.errors import RunFolderError
from spikenet.experiments.config import to_toml
from spikenet.experiments.lock import locked

CONFIG, RESULT, PAGE, TABLES, LOG, KEPT = "config.toml", "result.json", "report.html", "tables.md", "log.txt", "kept"
OWN_NAMES = (CONFIG, RESULT, PAGE, TABLES, LOG, KEPT)


def partial_of(target: Path) -> Path:
    """Where a run that is to become ``target`` is written."""
    return target.with_name(f".{target.name}.partial")


def target_of(partial: Path) -> Path:
    """The run that ``partial`` is to become."""
    return partial.with_name(partial.name.removeprefix(".").removesuffix(".partial"))


def find_partials(parent: Path, suffix: str) -> list[Path]:
    """Interrupted runs in ``parent`` whose name ends with ``suffix``, the newest last."""
    return sorted(parent.glob(f".*{suffix}.partial"))


def read_config(folder: Path) -> dict:
    """The settings a run was started with."""
    try:
        return tomllib.loads((folder / CONFIG).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunFolderError(f"the settings in {folder} cannot be read ({error}); remove the folder") from error


@contextmanager
def writing(target: Path, config: Mapping, *, resume: bool) -> Iterator[Path]:
    """The partial folder of a run: it becomes ``target`` if the block ends well.

    If not, it stays for ``resume`` where pieces were kept, and goes where nothing was. RunFolderError, before
    anything starts, if the target exists, another process writes it, or there is nothing (or something) to resume.
    """
    target = Path(os.path.abspath(target))
    refuse_existing(target)
    _make_parent(target.parent)
    partial = partial_of(target)
    with locked(target):
        refuse_existing(target)
        _prepare(partial, config, resume=resume)
        try:
            yield partial
        except BaseException:
            if not holds_pieces(partial):
                shutil.rmtree(partial, ignore_errors=True)
            raise
        _publish(partial, target)


def holds_pieces(partial: Path) -> bool:
    """Whether an interrupted run has anything that a resumed one would not have to compute again."""
    return any(path.is_file() for path in (partial / KEPT).rglob("[!.]*"))


def _make_parent(parent: Path) -> None:
    try:
        parent.mkdir(parents=True, exist_ok=True)
        writable = os.access(parent, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        raise RunFolderError(f"runs cannot be written in {parent}; choose another --out")


def refuse_existing(target: Path) -> None:
    """Errors: RunFolderError."""
    if os.path.lexists(target):
        raise RunFolderError(f"{target} exists, and a run never writes over another; choose another --out")


def _prepare(partial: Path, config: Mapping, *, resume: bool) -> None:
    if resume:
        _check_resumable(partial, config)
        return
    if partial.is_dir() and holds_pieces(partial):
        raise RunFolderError(f"an interrupted run waits in {partial}; continue it with --resume, or remove that folder")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    write_text(partial / CONFIG, to_toml(config))


def changed_settings(partial: Path, config: Mapping) -> list[str]:
    """What differs between the settings of an interrupted run and ``config``, in words."""
    before, now = _flat(read_config(partial)), _flat(tomllib.loads(to_toml(config)))
    names = sorted(before.keys() | now.keys())
    return [f"{n} was {before.get(n)}, now {now.get(n)}" for n in names if before.get(n) != now.get(n)]


def _flat(config: Mapping) -> dict[str, object]:
    tables = {name: value for name, value in config.items() if isinstance(value, Mapping)}
    flat = {f"{name}.{key}": value for name, table in tables.items() for key, value in table.items()}
    return flat | {name: value for name, value in config.items() if name not in tables}


def _check_resumable(partial: Path, config: Mapping) -> None:
    if not partial.exists():
        raise RunFolderError(f"no interrupted run waits in {partial}; leave --resume away to start one")
    if changed := changed_settings(partial, config):
        raise RunFolderError(
            f"the interrupted run in {partial} had other settings ({'; '.join(changed)}); resume with the old ones, "
            "or remove that folder to start anew"
        )


def _publish(partial: Path, target: Path) -> None:
    if os.path.lexists(target):
        raise RunFolderError(f"{target} came into being during the run; the complete run is in {partial}, rename it")
    partial.rename(target)
    shutil.rmtree(target / KEPT, ignore_errors=True)


def write_json(path: Path, value: object) -> None:
    """Strict JSON, complete or not at all."""
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Text, complete or not at all."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, path)
    except OSError:
        partial.unlink(missing_ok=True)
        raise


def read_result(folder: Path) -> dict:
    """What a finished run found."""
    try:
        result = json.loads((folder / RESULT).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{folder} is no finished run: {RESULT} cannot be read ({error})") from error
    if not isinstance(result, dict):
        raise RunFolderError(f"{folder / RESULT} is no spikenet result: it holds a {type(result).__name__}")
    missing = {"experiment", "title", "metrics", "claims", "tables", "figures"} - set(result)
    if missing:
        raise RunFolderError(f"{folder / RESULT} is no spikenet result: it has no {', '.join(sorted(missing))}")
    return result
