"""CUDA projects: what their binaries depend on, and how they are compiled."""

import shlex
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from spikenet.cuda.gpu import NEWEST, check_capability
from spikenet.cuda.toolchain import INSTALL_CUDA, Toolchain, find_toolchain, make_arguments
from spikenet.engines.standalone.cpp.target import compiler_command, compiler_identity, run_make
from spikenet.errors import BuildError
from spikenet.machine import for_make


@dataclass(frozen=True)
class CudaTarget:
    """A `project.Target`: a toolchain, and a compute capability; None is for all GPUs.

    Without a toolchain sources can be written, but not compiled here. Raises InvalidValueError for a compute capability
    that the toolchain does not have.
    """

    toolchain: Toolchain | None
    precision: str = "float64"
    compute_capability: float | None = None

    generator = "spikenet.engines.standalone.cuda.generate"

    def __post_init__(self):
        check_capability(self.toolchain.version if self.toolchain else NEWEST, self.compute_capability)

    def settings(self) -> dict:
        root = str(self.toolchain.root) if self.toolchain else None
        return {"toolchain": root, "precision": self.precision, "compute_capability": self.compute_capability}

    def environment(self) -> dict:
        try:
            return {"brian2cuda": version("brian2cuda")}
        except PackageNotFoundError:
            raise BuildError(f"CUDA needs Brian2CUDA, which is not installed; do: {INSTALL_CUDA}") from None

    def compiler(self) -> list | None:
        """Return what identifies the toolchain and the C++ compiler that it calls."""
        host = compiler_identity()
        return [self.toolchain.identity(), host] if self.toolchain and host else None

    def no_compiler_error(self) -> BuildError:
        find_toolchain()  # raises an error that says what is missing
        return BuildError("nvcc calls a C++ compiler, and none was found; install g++ (see: spikenet doctor)")

    def compile(self, folder: Path) -> None:
        host = for_make(shlex.join(compiler_command()))  # make would read the variable of the environment as code
        run_make(folder, [*make_arguments(self.toolchain), f"CXX={host}"], "the CUDA compiler")
