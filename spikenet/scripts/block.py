"""``with sn.device("cuda"):`` around a plain Brian2 script."""

import contextlib
import warnings
import weakref
from collections.abc import Iterator
from pathlib import Path

import brian2
import numpy as np
from brian2 import BrianObjectException, get_device

from spikenet.cuda.gpu import Mode, mode, usable_gpu
from spikenet.cuda.settings import preferences, preferences_set
from spikenet.cuda.toolchain import INSTALL_CUDA, Toolchain, find_toolchain
from spikenet.engines.active_device import standalone_device
from spikenet.engines.standalone.cpp.target import CppTarget, compiler_flags
from spikenet.engines.standalone.cuda.target import CudaTarget
from spikenet.errors import DeviceError, InvalidTypeError, InvalidValueError, SpikenetError, ToolchainError
from spikenet.scripts import guards
from spikenet.scripts.brian2_script_internals import (
    check_networks,
    other_devices_refused,
    place_of,
    preference_as_it_comes,
    standing_for,
)
from spikenet.scripts.directory import check_directory
from spikenet.scripts.guarded import GuardedCppDevice, GuardedDevice, check_generator_seed
from spikenet.scripts.script import OTHER_DEVICE, Backend, Script
from spikenet.validate import check_choice, check_precision

_FLAGS = "codegen.cpp.extra_compile_args_gcc"
_OLDEST_CAPABILITY = 7.5  # that CUDA 13 compiles for
_ended: weakref.WeakSet[GuardedDevice] = (
    weakref.WeakSet()
)  # devices of blocks that have ended, as long as they are used


@contextlib.contextmanager
def device(
    name: str,
    directory: str | Path | None = None,
    seed: int | None = None,
    precision: str | None = None,
    compute_capability: float | None = None,
    fast: bool = True,
) -> Iterator["Script"]:
    """Run a Brian2 script as a program in C++ or CUDA.

    Brian2 objects and ``run`` within the block are those of the program. At the end of the block it is compiled, unless
    the same program was compiled before, and run; then monitors and variables can be read as usual. Afterwards the
    device of before is active again, with its preferences; ``defaultclock.dt`` stays what the script has made it.

    Where there is no GPU, a warning says what happens instead: the project is compiled, or only written.

    Parameters
    ----------
    name : {"cpp", "cuda"}
        C++, or CUDA on an NVIDIA GPU.
    directory : str or Path, optional
        Where to keep the project; a folder that is removed in the end if left out.
    seed : int, optional
        For all random numbers of the program, and those that the script draws with NumPy's own functions.
    precision : {"float64", "float32"}, optional
        Of variables. If left out, Brian2's preference ``core.default_float_dtype``, as for scripts without a block.
    compute_capability : float, optional
        What to compile a CUDA program for, such as 9.0. If left out, the GPU that is there, or 7.5 for a program that
        cannot run here.
    fast : bool
        With spikenet's own C++ for synapses, and for thresholds, whose ``rand()`` gives other numbers than Brian2's.
        False generates what Brian2 itself does. CUDA takes no notice of it.

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
    precision = np.dtype(brian2.prefs.core.default_float_dtype).name if precision is None else precision
    check_precision(precision)
    check_directory(directory)
    if not isinstance(fast, bool):
        raise InvalidTypeError(f"fast is {fast!r}, wanted True or False")
    backend = _cuda(precision, compute_capability, directory) if name == "cuda" else _cpp(precision, fast)
    device, dt = backend.device, None
    try:
        with backend.settings, _short_errors(), _numbers_of_numpy(device, seed), standalone_device(device):
            with standing_for(device), other_devices_refused(DeviceError(OTHER_DEVICE)):
                script = Script(backend, directory, seed)
                device.prepare(seed, script)
                try:
                    yield script
                    script._finish()
                    dt = brian2.defaultclock.dt
                except BaseException:
                    script._discard()
                    raise
                finally:
                    device.run_so_far = None
    finally:
        _ended.add(device)
        check_networks(get_device(), lambda net: guards.refuse_runs_outside(net, _ended, GuardedDevice))
    brian2.defaultclock.dt = dt


@contextlib.contextmanager
def _numbers_of_numpy(device: GuardedDevice, seed: int | None) -> Iterator[None]:
    """Let scripts draw numbers with NumPy from the seed of the block, or of the script; others go on as before."""
    before = np.random.get_state()  # noqa: NPY002 (which scripts use)
    if seed is not None:
        np.random.seed(seed)  # noqa: NPY002
    try:
        yield
    finally:
        if device.seeded:
            np.random.set_state(before)  # noqa: NPY002


def _cpp(precision: str, fast: bool) -> Backend:
    settings = {"core.default_float_dtype": np.dtype(precision).type}
    if preference_as_it_comes(_FLAGS):
        settings[_FLAGS] = list(compiler_flags())
    device = GuardedCppDevice()
    device.fast = fast
    return Backend(device, CppTarget(precision), preferences_set(settings))


def _cuda(precision: str, capability: float | None, directory) -> Backend:
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
    return Backend(device, CudaTarget(toolchain, precision, capability), settings, can, prefix)


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
def _short_errors() -> Iterator[None]:
    """Raise one error in place of Brian2's chain of them, and spikenet's own as they are."""
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
        said = [" ".join(str(one).split()) for one in causes if not isinstance(one, BrianObjectException)]
        said = [text for at, text in enumerate(said) if not any(text in before for before in said[:at])]
        where = " ".join(str(error).split()).partition("Object was created here")[0].strip()
        raise InvalidValueError(f"{where} Made in {place_of(error)}. {' <- '.join(said)}") from None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__
