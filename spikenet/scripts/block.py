"""``with sn.device("cuda"):`` around a plain Brian2 script."""

import contextlib
import io
import warnings
import weakref
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from brian2 import BrianObjectException, get_device

from spikenet.brian2_internals import interrupts_as_before
from spikenet.cuda.gpu import Mode, mode, usable_gpu
from spikenet.cuda.settings import preferences, preferences_set
from spikenet.cuda.toolchain import INSTALL_CUDA, Toolchain, find_toolchain
from spikenet.engines.active_device import standalone_device
from spikenet.engines.standalone.cpp.target import CppTarget, compiler_flags
from spikenet.engines.standalone.cuda.target import CudaTarget
from spikenet.engines.standalone.processes import scratch_folder
from spikenet.engines.standalone.program import READ_ERROR
from spikenet.errors import (
    DeviceError,
    SimulationError,
    SpikenetError,
    ToolchainError,
)
from spikenet.progress import Progress
from spikenet.scripts.arguments import write_arguments
from spikenet.scripts.binary import binary_for
from spikenet.scripts.brian2_script_internals import standing_for
from spikenet.scripts.directory import check_directory
from spikenet.scripts.guarded import GuardedCppDevice, GuardedDevice, check_generator_seed, seed_in_environment
from spikenet.validate import check_choice, check_precision

_ERRORS = "errors.txt"
_COMMAND = ["sh", "-c", f'exec ./main "$@" 2> {_ERRORS}', "main"]
_FLAGS = "codegen.cpp.extra_compile_args_gcc"
_OLDEST_CAPABILITY = 7.5  # that CUDA 13 compiles for


@contextlib.contextmanager
def device(
    name: str,
    directory: str | Path | None = None,
    seed: int | None = None,
    precision: str = "float64",
    compute_capability: float | None = None,
) -> Iterator["Script"]:
    """Run a Brian2 script as a program in C++ or CUDA.

    Brian2 objects and ``run`` within the block are those of the program. At the end of the block it is compiled, unless
    the same program was compiled before, and run; then monitors and variables can be read as usual. Afterwards the
    device of before is active again, with its preferences and clock.

    Where there is no GPU, a warning says what happens instead: the project is compiled, or only written.

    Parameters
    ----------
    name : {"cpp", "cuda"}
        C++, or CUDA on an NVIDIA GPU.
    directory : str or Path, optional
        Where to keep the project; a folder that is removed in the end if left out.
    seed : int, optional
        For all random numbers of the program.
    precision : {"float64", "float32"}
        Of variables.
    compute_capability : float, optional
        What to compile a CUDA program for, such as 9.0. If left out, the GPU that is there, or 7.5 for a program that
        cannot run here.

    Yields
    ------
    Script
        Its ``run`` compiles and runs the program before the end of the block, and again with other values.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        For arguments that cannot be used.
    DeviceError
        For a script that the device would run wrongly, before anything is compiled.
    ToolchainError
        If there is no complete CUDA toolkit, or no Brian2CUDA.
    BuildError
        If the program cannot be compiled.
    SimulationError
        If the program fails.

    Examples
    --------
    >>> import brian2 as b2
    >>> import spikenet as sn
    >>> with sn.device("cpp", seed=1):
    ...     cells = sn.LIF.neuron_group(10)
    ...     cells.i_in = 0.6 * b2.nA
    ...     spikes = b2.SpikeMonitor(cells)
    ...     b2.run(50 * b2.ms)
    >>> len(spikes.t)
    60
    """
    check_choice(name, "device", ("cpp", "cuda"))
    check_generator_seed(seed)
    check_precision(precision)
    check_directory(directory)
    backend = _cuda(precision, compute_capability, directory) if name == "cuda" else _cpp(precision)
    with backend.settings, _unwrapped_errors(), standalone_device(backend.device), standing_for(backend.device):
        script = Script(backend, directory, seed)
        backend.device.prepare(seed, script)
        try:
            yield script
            script._finish()
        except BaseException:
            script._discard()
            raise
        finally:
            backend.device.run_so_far = None


@dataclass(frozen=True)
class _Backend:
    """A device, what its projects are compiled for, and the preferences within which they are made."""

    device: GuardedDevice
    target: CppTarget | CudaTarget
    settings: contextlib.AbstractContextManager
    mode: Mode = "run"
    prefix: tuple[str, ...] = ()  # words before the command of a program


class Script:
    """A Brian2 script in a block of `sn.device`.

    Attributes
    ----------
    folder : Path or None
        The folder of its project; None before it is compiled.
    """

    def __init__(self, backend: _Backend, directory: str | Path | None, seed: int | None):
        self._backend, self._directory, self._seed = backend, directory, seed
        self.folder: Path | None = None
        self._built_at: tuple | None = None  # how much the script had said when the program was built
        self._discard = lambda: None  # removes a folder that the user did not ask for

    def run(self, arguments: Mapping | None = None, seed: int | None = None) -> None:
        """Compile the program, unless that has been done, and run it.

        Monitors and variables then have the results of this run.

        Parameters
        ----------
        arguments : mapping, optional
            Other values, by ``group.variable``, its name as text such as "neurons.v", or a TimedArray.
        seed : int, optional
            Another seed than that of the block.

        Raises
        ------
        InvalidValueError, InvalidTypeError, UnitError
            For arguments that cannot be used.
        DeviceError, ToolchainError, BuildError, SimulationError
            As `sn.device`.

        Examples
        --------
        >>> import brian2 as b2
        >>> import spikenet as sn
        >>> with sn.device("cpp") as script:
        ...     cells = sn.LIF.neuron_group(1)
        ...     spikes = b2.SpikeMonitor(cells)
        ...     b2.run(50 * b2.ms)
        ...     counts = []
        ...     for current in (0.5, 1.0):
        ...         script.run({cells.i_in: current * b2.nA})
        ...         counts.append(len(spikes.t))
        >>> counts
        [4, 9]
        """
        device = self._backend.device
        if check_generator_seed(seed) is not None and device.own_seed is not None:
            raise DeviceError(
                f"run got seed={seed}, and the script calls seed({device.own_seed}), which would undo it; take that "
                "out and give sn.device the seed"
            )
        if not device.runs:
            raise DeviceError("the script has no run(), so there is nothing to build; call run(duration) in the block")
        self._build()
        if self._backend.mode == "run":
            words = write_arguments(device, self.folder, {} if arguments is None else arguments)
            self._launch(words, self._seed if seed is None else seed)

    def run_so_far(self) -> None:
        """Build and run what the script has said so far, for values that it reads now.

        Called by Brian2 objects. Raises as `run`.
        """
        if self._backend.mode != "run":
            raise DeviceError(
                "the script reads a value that its program has to work out, and this machine cannot run it; read it "
                "after the block, or run the script where the device is"
            )
        with Progress("values that the script reads") as progress:
            progress.at(0.01)
            self._build()
            progress.at(0.9)
            self._launch([], self._seed)
        self._backend.device.keep_values()

    def _build(self) -> None:
        """Write the project and compile it, as far as this machine can, unless that has been done."""
        device = self._backend.device
        if self._built_at == device.position and Path(self.folder, "main").exists() >= (self._backend.mode == "run"):
            return  # unless somebody has cleaned the temporary folder
        if self.folder is None and self._directory is None:
            scratch = contextlib.ExitStack()
            folder = scratch.enter_context(scratch_folder())
            # Kept as long as results may be read.
            self._discard = weakref.finalize(device, scratch.close)
        else:
            folder = self.folder or Path(self._directory).absolute()
        device.generate(folder)
        if self._backend.mode != "generate":
            binary_for(folder, device.title, self._backend.target)
        self.folder, self._built_at = folder, device.position

    def _launch(self, words: list[str], seed: int | None) -> None:
        """Run the program, and let variables have its results."""
        device = self._backend.device
        device.forget_values()
        device.ran_at = device.position
        command = [*self._backend.prefix, *seed_in_environment(seed), *_COMMAND]
        with preferences_set({"devices.cpp_standalone.run_cmd_unix": command}):
            _launch(device, self.folder, words)
        device.finish_results()

    def _finish(self) -> None:
        """Compile and run the program at the end of the block, unless that has been done."""
        if get_device() is not self._backend.device:
            raise DeviceError(
                "the script chose another device within sn.device; take set_device and reset_device out of it"
            )
        device = self._backend.device
        if device.up_to_date or self._built_at == device.position:
            device.forget_values()
        elif device.runs or not device.has_been_run:
            self.run()
        else:
            self.run_so_far()


def _cpp(precision: str) -> _Backend:
    settings = {"core.default_float_dtype": np.dtype(precision).type, _FLAGS: list(compiler_flags())}
    return _Backend(GuardedCppDevice(), CppTarget(precision), preferences_set(settings))


def _cuda(precision: str, capability: float | None, directory) -> _Backend:
    toolchain, can = _toolchain(directory, capability)
    gpu = usable_gpu(toolchain, capability)
    if capability is None:
        capability = gpu.compute_capability if gpu else _OLDEST_CAPABILITY
    try:
        import brian2cuda  # noqa: F401, PLC0415 (an extra that only CUDA needs)

        from spikenet.scripts.guarded_cuda import GuardedCudaDevice  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise ToolchainError(f"{error.name} is not installed, and CUDA needs it; do: {INSTALL_CUDA}") from None
    if can != "run":
        warnings.warn(_not_run(can, capability, directory), stacklevel=4)
    settings, device = preferences(toolchain, precision, capability), GuardedCudaDevice()
    if gpu:
        device.memory = gpu.memory
    prefix = gpu.only_this if gpu else ()
    return _Backend(device, CudaTarget(toolchain, precision, capability), settings, can, prefix)


def _toolchain(directory, capability: float | None) -> tuple[Toolchain | None, Mode]:
    """Return the toolchain with what can be done; without one, sources can be written to a folder that was named."""
    try:
        toolchain = find_toolchain()
    except ToolchainError:
        if directory is None:
            raise
        return None, "generate"
    return toolchain, mode(toolchain, capability)


def _not_run(can: Mode, capability: float, directory) -> str:
    """Say in one sentence what happens instead of a run."""
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
def _unwrapped_errors() -> Iterator[None]:
    """Raise spikenet's errors as they are: Brian2 wraps errors that occur while it prepares an object."""
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


def _launch(device: GuardedDevice, folder: Path, words: list[str]) -> None:
    """Run the program. What it prints is shown if the script asked for a report."""
    printed, reports = io.StringIO(), bool(device.report_func)
    try:
        # Brian2 prints what the program said if it fails.
        with interrupts_as_before(), contextlib.nullcontext() if reports else contextlib.redirect_stdout(printed):
            device.run(str(folder), "results", with_output=reports, run_args=words)
    except RuntimeError as error:
        raise SimulationError(f"the program failed: {_last_message(folder, printed.getvalue())}") from error
    complaints = [line for line in (folder / _ERRORS).read_text().splitlines() if READ_ERROR in line]
    if complaints:
        raise SimulationError(
            f"the program went on with old values: {complaints[0]}; give arrays of the number of neurons or synapses"
        )


def _last_message(folder: Path, output: str) -> str:
    lines = [*output.splitlines(), *(folder / _ERRORS).read_text().splitlines()]
    return next((line.strip() for line in reversed(lines) if line.strip()), "it printed no message")
