"""CUDA projects: what their binaries depend on, and how they are compiled."""

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from spikenet.cuda.gpu import NEWEST, check_capability
from spikenet.cuda.toolchain import WHOLE, Toolchain, find_toolchain, make_arguments
from spikenet.engines.standalone.cpp.target import compiler_identity, run_make
from spikenet.errors import BuildError


@dataclass(frozen=True)
class CudaTarget:
    """A `spikenet.engines.standalone.project.Target` for a toolchain; ``compute_capability`` None is for all cards.

    Without a toolchain there are sources, and nothing can be compiled here. Errors: InvalidValueError.
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

    def surroundings(self) -> dict:
        try:
            return {"brian2cuda": version("brian2cuda")}
        except PackageNotFoundError:
            raise BuildError(f"CUDA takes Brian2CUDA, which is not installed; do: {WHOLE}") from None

    def compiler(self) -> list | None:
        """The toolchain, and the C++ compiler that it calls."""
        host = compiler_identity()
        return [self.toolchain.identity(), host] if self.toolchain and host else None

    def without_compiler(self) -> BuildError:
        find_toolchain()  # its error tells what is missing
        return BuildError("nvcc calls a C++ compiler, and none was found; install g++ (see: spikenet doctor)")

    def compile(self, folder: Path) -> None:
        run_make(folder, make_arguments(self.toolchain), "the CUDA compiler")
