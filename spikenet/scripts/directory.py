"""The folder that a user names for the project of a script."""

from pathlib import Path

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.scripts.guarded import SEED

_MAIN = ("main.cpp", "main.cu")
_SOURCES = ("network", "objects", "run", "synapses_classes")
_WRITTEN = (*_MAIN, "main", "makefile", *(f"{name}.{kind}" for name in _SOURCES for kind in ("cpp", "cu", "h")))


def check_directory(directory) -> None:
    """Refuse a folder that cannot be made, or that holds files of others which a project would overwrite.

    Raises InvalidTypeError and InvalidValueError. A project of a script from before may be written again.
    """
    if directory is None:
        return
    if not isinstance(directory, str | Path):
        raise InvalidTypeError(f"directory is {directory!r}, wanted a path or None")
    if "\0" in str(directory):
        raise InvalidValueError(f"directory is {str(directory)!r}, and paths have no null characters; leave it out")
    for path in (Path(directory), *Path(directory).parents):
        if path.exists() and not path.is_dir():
            raise InvalidValueError(
                f"directory is {str(directory)!r}, and {path} is a file; give a folder or a new name"
            )
    there = [name for name in _WRITTEN if Path(directory, name).exists()]
    if there and not any(_is_ours(Path(directory, name)) for name in _MAIN):
        raise InvalidValueError(
            f"directory is {str(directory)!r}, which has a {there[0]} that no sn.device wrote and that the project "
            "would overwrite; give an empty folder or a new name"
        )


def _is_ours(main: Path) -> bool:
    """Tell whether a main program is that of a script: it takes its seed from a certain variable."""
    return main.is_file() and SEED in main.read_text(encoding="utf-8", errors="replace")
