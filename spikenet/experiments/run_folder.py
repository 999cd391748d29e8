"""The folder of a run: written under a hidden name beside its place, and renamed when it is complete.

While a run is under way, or after it was interrupted, ``runs/NAME`` is ``runs/.NAME.partial``. Its results so far are
in ``kept/``, where a resumed run finds them. A lock lets one process at a time write a folder. No symbolic link in it
is followed, and a resumed folder holds only what this user wrote.
"""

import fcntl
import json
import os
import re
import shutil
import stat
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from spikenet.errors import RunFolderError
from spikenet.storage import json_checksum, open_regular, parse_json, read_bytes, sync_folder, write_whole

CONFIG, RESULT, PAGE, TABLES, LOG, KEPT = "config.toml", "result.json", "report.html", "tables.md", "log.txt", "kept"
MOST_TEXT = 1 << 20  # bytes of settings
OWN_NAMES = (CONFIG, RESULT, PAGE, TABLES, LOG, KEPT)
_RESULT_NAMES = {"experiment", "title", "metrics", "claims", "tables", "figures"}  # that every result has
_OTHER_NAMES = {"source", "command", "config", "seeds", "versions", "finished", "seconds", "notes", "sha256"}
_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


class FolderTakenError(RunFolderError):
    """A run folder that exists already, or that another process writes."""


@contextmanager
def open_run(target: Path, config: Mapping, *, resume: bool) -> Iterator[Path]:
    """Give the partial folder of a run, and rename it to ``target`` if the block ends well.

    If it does not, the folder stays for ``resume`` if it holds results, and is removed if not. Raises RunFolderError
    before anything starts if ``target`` exists, if another process writes it, if there is nothing to resume, or if an
    interrupted run is in the way.
    """
    target = Path(os.path.abspath(target))
    check_target(target, resume=resume)
    _make_parent(target.parent)
    partial = partial_folder(target)
    with locked(target):
        refuse_existing(target)
        _prepare(partial, config, resume=resume)
        try:
            yield partial
        except BaseException:
            if not holds_results(partial):
                shutil.rmtree(partial, ignore_errors=True)
            raise
        if os.path.lexists(target):
            raise RunFolderError(f"{target} was created during the run; the complete run is in {partial}, rename it")
        sync_folder(partial)
        partial.rename(target)
        sync_folder(target.parent)
        shutil.rmtree(target / KEPT, ignore_errors=True)


@contextmanager
def open_first(targets: Iterable[Path], config: Mapping, *, resume: bool) -> Iterator[tuple[Path, Path]]:
    """Open the first of the runs that nobody has taken: ``with ... as (target, folder)``; see `open_run`."""
    *others, last = targets
    with ExitStack() as stack:
        for target in others:
            try:
                folder = stack.enter_context(open_run(target, config, resume=resume))
                break
            except FolderTakenError:
                continue
        else:
            target, folder = last, stack.enter_context(open_run(last, config, resume=resume))
        yield target, folder


@contextmanager
def locked(target: Path) -> Iterator[None]:
    """Keep other processes from writing ``target``; raise RunFolderError if one already does.

    The kernel removes the lock when its process ends, however it ends.
    """
    path = target.with_name(f".{target.name}.lock")
    try:
        file = open_regular(path, os.O_RDWR | os.O_CREAT | os.O_APPEND)
    except OSError as error:
        raise RunFolderError(f"{target} cannot be written ({error.strerror or error}); choose another --out") from error
    with file:
        if not _take_lock(file.fileno(), path):
            holder = os.pread(file.fileno(), 20, 0).decode(errors="replace").strip() or "unknown"
            raise FolderTakenError(f"another process (pid {holder}) is writing {target}; choose another --out")
        try:
            os.ftruncate(file.fileno(), 0)
            os.write(file.fileno(), str(os.getpid()).encode())
            yield
        finally:
            path.unlink(missing_ok=True)


def remove_leftovers(parent: Path) -> None:
    """Remove what killed runs left in ``parent``: locks that nobody holds, and folders without results."""
    for path in parent.glob(".*.lock"):
        target = path.with_name(path.name.removeprefix(".").removesuffix(".lock"))
        with suppress(OSError), locked(target):  # RunFolderError, if its run goes on
            if not holds_results(partial_folder(target)):
                shutil.rmtree(partial_folder(target), ignore_errors=True)


def partial_folder(target: Path) -> Path:
    """Return the folder in which a run is written until it is complete."""
    return target.with_name(f".{target.name}.partial")


def target_of(partial: Path) -> Path:
    """Return the folder that a partial one will become."""
    return partial.with_name(partial.name.removeprefix(".").removesuffix(".partial"))


def find_partial_folders(parent: Path, suffix: str) -> list[Path]:
    """Return interrupted runs in ``parent`` whose name ends with ``suffix``, the newest last."""
    return sorted(parent.glob(f".*{suffix}.partial"))


def holds_results(partial: Path) -> bool:
    """Return True if an interrupted run has results that a resumed run need not compute again."""
    return any(path.is_file() for path in (partial / KEPT).rglob("[!.]*"))


def changed_settings(partial: Path, config: Mapping) -> list[str]:
    """Describe how the settings of an interrupted run differ from ``config``."""
    before, now = _flat(read_config(partial)), _flat(tomllib.loads(to_toml(config)))
    names = sorted(before.keys() | now.keys())
    return [f"{n} was {before.get(n)}, now {now.get(n)}" for n in names if before.get(n) != now.get(n)]


def read_config(folder: Path) -> dict:
    """Read the settings of a run."""
    try:
        return tomllib.loads(read_bytes(folder / CONFIG, MOST_TEXT).decode("utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise RunFolderError(f"the settings in {folder} cannot be read ({error}); remove the folder") from error


def read_result(folder: Path) -> dict:
    """Read the result of a finished run. Raises RunFolderError if it was changed since."""
    path = folder / RESULT
    try:
        result = parse_json(read_bytes(path))
    except (OSError, ValueError) as error:
        raise RunFolderError(f"{folder} is not a finished run: {RESULT} cannot be read ({error})") from error
    if not isinstance(result, dict):
        raise RunFolderError(f"{path} is not a spikenet result: it holds a {type(result).__name__}")
    if missing := _RESULT_NAMES - result.keys():
        raise RunFolderError(f"{path} is not a spikenet result: it has no {', '.join(sorted(missing))}")
    if unknown := result.keys() - _RESULT_NAMES - _OTHER_NAMES:
        raise RunFolderError(f"{path} is not a spikenet result: it has {', '.join(sorted(unknown))}")
    checksum = result.pop("sha256", None)  # results of version 0.2 and before have none
    if checksum is not None and checksum != json_checksum(result):
        raise RunFolderError(
            f"{path} was changed after the run: its checksum is another one; restore it, or remove its sha256 if the "
            "change is meant"
        )
    return result


def write_result(folder: Path, result: Mapping) -> None:
    """Write the result of a run with its checksum, as strict JSON, all of it or nothing."""
    result = json.loads(json.dumps(dict(result), allow_nan=False))
    text = json.dumps(result | {"sha256": json_checksum(result)}, indent=1, ensure_ascii=False)
    write_text(folder / RESULT, text + "\n")


def write_text(path: Path, text: str) -> None:
    """Write text, all of it or nothing."""
    write_whole(path, lambda file: file.write(text.encode("utf-8")))


def to_toml(config: Mapping[str, object]) -> str:
    """Format settings as TOML: text, numbers, booleans, lists of them, and one level of mappings."""

    def quote(value: object) -> str:
        # JSON writes such values as TOML does, except for the delete character.
        return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("\x7f", "\\u007f")

    def key(name: str) -> str:
        return name if _BARE_KEY.fullmatch(name) else quote(name)

    def lines(values: Mapping[str, object]) -> str:
        return "".join(f"{key(name)} = {quote(value)}\n" for name, value in values.items())

    tables = {name: value for name, value in config.items() if isinstance(value, Mapping)}
    parts = [lines({name: value for name, value in config.items() if name not in tables})]
    return "\n".join(parts + [f"[{key(name)}]\n{lines(table)}" for name, table in tables.items()])


def check_target(target: Path, *, resume: bool = False) -> None:
    """Raise RunFolderError if a run cannot become ``target``.

    It exists, its place cannot be written to, or there is nothing to resume.
    """
    refuse_existing(target)
    if resume and not os.path.lexists(partial := partial_folder(target)):
        raise RunFolderError(f"no interrupted run waits in {partial}; leave out --resume to start one")
    parent = next(one for one in Path(os.path.abspath(target)).parents if os.path.lexists(one))
    if not (parent.is_dir() and os.access(parent, os.W_OK | os.X_OK)):
        raise RunFolderError(f"runs cannot be written in {parent}; choose another --out")


def refuse_existing(target: Path) -> None:
    """Raise RunFolderError if there is something where a run is to be written."""
    if os.path.lexists(target):
        raise FolderTakenError(f"{target} exists, and a run never overwrites another; choose another --out")


def _make_parent(parent: Path) -> None:
    try:
        parent.mkdir(parents=True, exist_ok=True)
        writable = os.access(parent, os.W_OK)
    except OSError:
        writable = False
    if not writable:
        raise RunFolderError(f"runs cannot be written in {parent}; choose another --out")


def _prepare(partial: Path, config: Mapping, *, resume: bool) -> None:
    if not resume:
        if partial.is_dir() and holds_results(partial):
            raise FolderTakenError(
                f"an interrupted run waits in {partial}; continue it with --resume, or remove that folder"
            )
        shutil.rmtree(partial, ignore_errors=True)
        try:
            partial.mkdir()
        except OSError as error:
            raise RunFolderError(f"{partial} cannot be made ({error.strerror}); remove it") from error
        write_text(partial / CONFIG, to_toml(config))
        return
    _refuse_foreign(partial)
    if changed := changed_settings(partial, config):
        raise RunFolderError(
            f"the interrupted run in {partial} had other settings ({'; '.join(changed)}); resume with the old ones, "
            "or remove that folder to start again"
        )


def _refuse_foreign(partial: Path) -> None:
    """Raise RunFolderError if a folder to resume holds what leads out of it or what somebody else owns.

    The run writes to the files that it finds there: a link would let it write elsewhere.
    """
    found = [partial]
    for inside, folders, files in os.walk(partial):
        found += [Path(inside, name) for name in folders + files]
    for path in found:
        known = path.lstat()
        own = known.st_uid == os.geteuid()
        if not (own and (stat.S_ISDIR(known.st_mode) or (stat.S_ISREG(known.st_mode) and known.st_nlink == 1))):
            what = "a link or a special file" if own else f"of user {known.st_uid}"
            raise RunFolderError(f"{path} is {what}, and only what you wrote yourself is resumed; remove that folder")


def _take_lock(descriptor: int, path: Path) -> bool:
    """Return True if the file is locked now and is not one that its last holder has just removed."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except (BlockingIOError, FileNotFoundError):
        return False


def _flat(config: Mapping) -> dict[str, object]:
    tables = {name: value for name, value in config.items() if isinstance(value, Mapping)}
    flat = {f"{name}.{key}": value for name, table in tables.items() for key, value in table.items()}
    return flat | {name: value for name, value in config.items() if name not in tables}
