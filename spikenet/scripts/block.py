"""``with sn.device("cuda"):`` around a plain Brian2 script."""

import contextlib
import io
import shutil
import tempfile
import warnings
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from brian2 import BrianObjectException, get_device

from spikenet.brian2_internals import READ_ERROR, interrupts_as_before
from spikenet.cuda.gpu import Mode, card_for, mode
from spikenet.cuda.settings import preferences, preferences_set
from spikenet.cuda.toolchain import WHOLE, Toolchain, find_toolchain
from spikenet.engines.active_device import standalone_device
from spikenet.engines.standalone.cpp.target import CppTarget, compiler_flags
from spikenet.engines.standalone.cuda.target import CudaTarget
from spikenet.engines.standalone.program import check_precision
from spikenet.errors import (
    DeviceError,
    InvalidTypeError,
    InvalidValueError,
    SimulationError,
    SpikenetError,
    ToolchainError,
)
from spikenet.scripts.arguments import write_arguments
from spikenet.scripts.binary import binary_for
from spikenet.scripts.guarded import Guarded, GuardedCpp, environment

_DEVICES = ("cpp", "cuda")
_ERRORS = "errors.txt"
_QUIETLY = ["sh", "-c", f'exec ./main "$@" 2> {_ERRORS}', "main"]
_FLAGS = "codegen.cpp.extra_compile_args_gcc"
_OLDEST_CARD = 7.5  # what CUDA 13 still knows


@contextlib.contextmanager
def device(
    name: str,
    directory: str | Path | None = None,
    seed: int | None = None,
    precision: str = "float64",
    compute_capability: float | None = None,
) -> Iterator["Script"]:
    """Within the block, Brian2 objects and ``run`` are those of a program in C++ ("cpp") or CUDA ("cuda").

    At the end of the block it is compiled, unless the same one was before, and run; monitors and variables are then
    read as ever. ``directory`` keeps the project. ``seed`` is for all chance in it. ``precision`` is "float64" or
    "float32". ``compute_capability`` None is that of the card; of a binary that cannot run here, 7.5.

    The block gives a `Script`: its ``run`` does all this before the end, and again with other values.

    Where there is no GPU, one warning says what happens instead: the project is compiled, or only written.

    Errors: DeviceError for what the device would get wrong, ToolchainError, BuildError, SimulationError. The device
    that was active before is active again afterwards, with preferences and clock.
    """
    if name not in _DEVICES:
        raise InvalidValueError(f"device is {name!r}, wanted {' or '.join(map(repr, _DEVICES))}")
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0):
        raise InvalidValueError(f"seed is {seed!r}, wanted a whole number from 0, or None where nothing is random")
    check_precision(precision)
    _check_directory(directory)
    backend = _cuda(precision, compute_capability, directory) if name == "cuda" else _cpp(precision)
    with backend.settings, _own_errors(), standalone_device(backend.device):
        script = Script(backend, directory, seed)
        backend.device.prepare(seed is not None, script.run)
        try:
            yield script
            script.finish()
        except BaseException:
            script.discard()
            raise


@dataclass(frozen=True)
class _Backend:
    """A device, what its projects are compiled for, and the preferences within which they are made."""

    device: Guarded
    target: CppTarget | CudaTarget
    settings: contextlib.AbstractContextManager
    mode: Mode = "run"
    before: tuple[str, ...] = ()  # words before the command of a program


class Script:
    """A script on its device. ``folder`` is that of its project; ``None`` before it was built."""

    def __init__(self, backend: _Backend, directory: str | Path | None, seed: int | None):
        self._backend, self._directory, self._seed = backend, directory, seed
        self.folder: Path | None = None
        self._discard = lambda: None

    def run(self, arguments: Mapping | None = None, seed: int | None = None) -> None:
        """Build the program if that has not been, and run it.

        ``arguments`` gives other values: of ``group.variable``, its name as text, or a TimedArray. ``seed`` None is
        that of the block. Monitors and variables then tell of this run.

        Errors: those of `device`; InvalidValueError, InvalidTypeError and UnitError for an argument.
        """
        device = self._backend.device
        if seed is not None and device.own_seed is not None:
            raise DeviceError(
                f"run got seed={seed}, and the script calls seed({device.own_seed}), which would undo it; take that "
                "out and give sn.device the seed"
            )
        if self.folder is None:
            self._build()
        if self._backend.mode != "run":
            return
        words = write_arguments(device, self.folder, arguments or {})
        program = [*self._backend.before, *environment(self._seed if seed is None else seed), *_QUIETLY]
        with preferences_set({"devices.cpp_standalone.run_cmd_unix": program}):
            _launch(device, self.folder, words)
        device.finish_results()

    def _build(self) -> None:
        """Write the project and compile it, as far as this machine can."""
        folder = Path(self._directory or tempfile.mkdtemp(prefix="spikenet-script-")).absolute()
        if self._directory is None:
            # As long as somebody may read its results.
            self._discard = weakref.finalize(self._backend.device, shutil.rmtree, folder, ignore_errors=True)
        self._backend.device.generate(folder)
        if self._backend.mode != "generate":
            binary_for(folder, self._backend.device.title, self._backend.target)
        self.folder = folder

    def finish(self) -> None:
        """What is left to do at the end of the block."""
        if get_device() is not self._backend.device:
            raise DeviceError(
                "the script chose another device within sn.device; take set_device and reset_device out of it"
            )
        if self.folder is None:
            self.run()

    def discard(self) -> None:
        """Remove a folder that was not asked for."""
        self._discard()


def _check_directory(directory) -> None:
    if directory is None:
        return
    if not isinstance(directory, str | Path):
        raise InvalidTypeError(f"directory is {directory!r}, wanted a path or None")
    for place in (Path(directory), *Path(directory).parents):
        if place.exists() and not place.is_dir():
            raise InvalidValueError(
                f"directory is {str(directory)!r}, and {place} is a file; give a folder or a new name"
            )


def _cpp(precision: str) -> _Backend:
    settings = {"core.default_float_dtype": np.dtype(precision).type, _FLAGS: list(compiler_flags())}
    return _Backend(GuardedCpp(), CppTarget(precision), preferences_set(settings))


def _cuda(precision: str, capability: float | None, directory) -> _Backend:
    toolchain, can = _toolchain(directory, capability)
    card = card_for(toolchain, capability)
    if capability is None:
        capability = card.compute_capability if card else _OLDEST_CARD
    try:
        import brian2cuda  # noqa: F401, PLC0415 (an extra that only CUDA needs)

        from spikenet.scripts.guarded_cuda import GuardedCuda  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise ToolchainError(f"{error.name} is not installed, and CUDA takes it; do: {WHOLE}") from None
    if can != "run":
        warnings.warn(_instead(can, capability, directory), stacklevel=4)
    settings, device = preferences(toolchain, precision, capability), GuardedCuda()
    if card:
        device.memory = card.memory
    return _Backend(device, CudaTarget(toolchain, precision, capability), settings, can, card.alone if card else ())


def _toolchain(directory, capability: float | None) -> tuple[Toolchain | None, Mode]:
    """The toolchain with what can be done; without one, sources for a folder that somebody wants."""
    try:
        toolchain = find_toolchain()
    except ToolchainError:
        if directory is None:
            raise
        return None, "generate"
    return toolchain, mode(toolchain, capability)


def _instead(can: Mode, capability: float, directory) -> str:
    """One sentence for who has no card."""
    if can == "generate":
        return (
            f"no CUDA toolkit is here (see: spikenet doctor), so the script's sources are written to {directory}, and "
            "neither compiled nor run"
        )
    kept = f"kept in {directory}" if directory else "not kept (directory= keeps it)"
    return (
        f"no GPU that can run it is here (see: spikenet doctor), so the script is compiled for compute capability "
        f"{capability}, {kept}, and not run: its monitors stay empty"
    )


@contextlib.contextmanager
def _own_errors() -> Iterator[None]:
    """Our errors as they are: Brian2 wraps what it meets while it prepares an object."""
    try:
        yield
    except BrianObjectException as error:
        causes = list(_causes(error))
        for cause in causes:
            if isinstance(cause, SpikenetError):
                raise cause from None
        for cause in causes:
            if isinstance(cause, NotImplementedError) and "Cannot use function" in str(cause):
                raise DeviceError(
                    f"{cause}; give the function code for this device with @implementation, or run it on the other one"
                ) from error
        raise


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__


def _launch(device: Guarded, folder: Path, words: list[str]) -> None:
    """Run the program. What it says itself is for whoever asked for a report."""
    said, talks = io.StringIO(), bool(device.report_func)
    try:
        # Brian2 prints what the program said if it fails.
        with interrupts_as_before(), contextlib.nullcontext() if talks else contextlib.redirect_stdout(said):
            device.run(str(folder), "results", with_output=talks, run_args=words)
    except RuntimeError as error:
        raise SimulationError(f"the program failed: {_last_words(folder, said.getvalue())}") from error
    complaints = [line for line in (folder / _ERRORS).read_text().splitlines() if READ_ERROR in line]
    if complaints:
        raise SimulationError(
            f"the program went on with old values: {complaints[0]}; give arrays of the number of neurons or synapses"
        )


def _last_words(folder: Path, output: str) -> str:
    lines = [*output.splitlines(), *(folder / _ERRORS).read_text().splitlines()]
    return next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
