"""C++ projects: what their binaries depend on, and how they are compiled."""

from dataclasses import dataclass
from pathlib import Path

from spikenet.engines.standalone.compiler import (
    compile_headers,
    compile_project,
    compiler_flags,
    compiler_identity,
    processor,
)
from spikenet.engines.standalone.project import digest, lock, new_folder
from spikenet.errors import BuildError
from spikenet.machine import cache_folder


@dataclass(frozen=True)
class CppTarget:
    """A `spikenet.engines.standalone.project.Target` for this machine's C++ compiler and processor."""

    precision: str = "float64"

    generator = "spikenet.engines.standalone.cpp.generate"

    def settings(self) -> dict:
        return {"precision": self.precision, "flags": list(compiler_flags())}

    def surroundings(self) -> dict:
        return {"processor": processor()}

    def compiler(self) -> list | None:
        return compiler_identity()

    def without_compiler(self) -> BuildError:
        return BuildError("no C++ compiler was found; install g++, or set CXX to one (see: spikenet doctor)")

    def compile(self, folder: Path) -> None:
        compile_project(folder, _headers())


def _headers() -> Path:
    """The folder of the compiled standard headers, made for this compiler if they are not there yet."""
    folder = cache_folder() / "headers" / digest([compiler_identity(), compiler_flags(), processor()])
    with lock(folder.with_suffix(".lock")):
        if not folder.exists():
            making = new_folder(folder)
            compile_headers(making)
            making.rename(folder)
    return folder
