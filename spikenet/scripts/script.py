"""A script in a block of `sn.device`: when its program is built, and each run of it."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import brian2
from brian2 import get_device

from spikenet.cuda.gpu import Mode
from spikenet.engines.standalone.cpp.target import CppTarget
from spikenet.engines.standalone.cuda.target import CudaTarget
from spikenet.errors import DeviceError, InvalidValueError
from spikenet.progress import Progress
from spikenet.scripts.arguments import check_mapping, variables_of, write_arguments
from spikenet.scripts.binary import binary_for
from spikenet.scripts.guarded import GuardedDevice, check_generator_seed, environment_words
from spikenet.scripts.launching import folder_for, launch


@dataclass(frozen=True)
class Backend:
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

    def __init__(self, backend: Backend, directory: str | Path | None, seed: int | None):
        self._backend, self._directory, self._seed = backend, directory, seed
        self.folder: Path | None = None
        self._built_at: tuple | None = None  # how much the script had said when the program was built
        self._scratch: Path | None = None  # of projects that nobody named a folder for, and of results
        self._results: tuple[int, Path] | None = None  # of the last run, and the process that made the folder
        self._remove_scratch = lambda: None

    def run(self, arguments: Mapping | None = None, seed: int | None = None) -> None:
        """Compile the program, unless that has been done, and run it.

        Monitors and variables then have the results of this run. What the script says between two calls becomes part
        of the program, which is compiled again.

        Parameters
        ----------
        arguments : mapping, optional
            Other values, by ``group.variable``, its name as text such as "neurons.v", or a TimedArray. They take the
            place of those that the script sets, before initial values are worked out from them.
        seed : int, optional
            Another seed than that of the block, for the random numbers of the program. Numbers that the script has
            drawn with NumPy stay.

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
        arguments = check_mapping(arguments)
        self._build_whole()
        device.refuse_values_used_before(variables_of(device, arguments))
        self._launch(arguments, self._seed if seed is None else seed)

    def _run_as_brian2(self, arguments: Mapping | None, results: str | None) -> None:
        """Run the program as Brian2's ``device.run`` does: initial values are worked out from those of the script.

        ``results`` is a folder, below that of the project, that keeps them. Raises as `run`.
        """
        arguments = check_mapping(arguments)
        self._build_whole()
        self._launch(arguments, self._seed, results, early=False)

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
            self._launch({}, self._seed)
        self._backend.device.keep_values()

    def _discard(self) -> None:
        """Remove what nobody asked to keep; values are not known any more."""
        self._remove_scratch()
        self._backend.device.forget_results()

    def _build_whole(self) -> None:
        """Build a program that simulates all that the script has said."""
        if not self._backend.device.runs:
            raise DeviceError("the script has no run(), so there is nothing to build; call run(duration) in the block")
        self._backend.device.refuse_what_no_run_follows()
        self._build()

    def _build(self) -> None:
        """Write the project and compile it, as far as this machine can, unless that has been done."""
        device = self._backend.device
        if self._is_built() and Path(self.folder, "main").exists() >= (self._backend.mode == "run"):
            return  # unless somebody has cleaned the temporary folder
        if self._directory:
            self.folder = Path(self._directory).absolute()
        elif self.folder is None or not self.folder.exists():
            self.folder = self._own_scratch()
        device.generate(self.folder)
        if self._backend.mode != "generate":
            binary_for(self.folder, device.title, self._backend.target)
        self._built_at = device.position, _preferences()

    def _is_built(self) -> bool:
        device = self._backend.device
        if self._built_at is None or not device.run_so_far:  # after the block, the preferences are those of before
            return self._built_at is not None
        return self._built_at == (device.position, _preferences())

    def _launch(self, arguments: Mapping, seed: int | None, results: str | None = None, *, early: bool = True) -> None:
        """Run the program, if it can run here, and let variables have its results: all of them, or none if it fails."""
        if self._backend.mode != "run":
            return
        device = self._backend.device
        folder = self._new_results(results)
        with contextlib.ExitStack() as where_it_fails:
            if results is None:
                where_it_fails.callback(shutil.rmtree, folder, ignore_errors=True)
            words = write_arguments(device, folder, arguments)
            where_it_fails.callback(device.forget_results)
            device.forget_results()
            command = [*self._backend.prefix, *environment_words(device, seed, early=early), "./main"]
            command += ["--results_dir", f"{folder}/", *words]
            launch(command, self.folder, folder, shown=bool(device.report_func))
            device.take_results(folder, [word.partition("=")[0] for word in words])
            where_it_fails.pop_all()
        maker, before = self._results or (None, None)
        if maker == os.getpid():
            shutil.rmtree(before, ignore_errors=True)
        self._results = (os.getpid(), folder) if results is None else None

    def _new_results(self, name: str | None) -> Path:
        """Return a new folder for results, or that of a name below the project's."""
        if name is None:
            return Path(tempfile.mkdtemp(prefix="run-", dir=self._own_scratch()))
        if Path(name).is_absolute():
            raise InvalidValueError(f"results_directory is {str(name)!r}, wanted a path below the project's folder")
        folder = self.folder / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder

    def _own_scratch(self) -> Path:
        """Return the script's folder for temporary files; kept as long as results may be read."""
        if self._scratch is None or not self._scratch.exists():
            self._scratch, self._remove_scratch = folder_for(self._backend.device)
        return self._scratch

    def _finish(self) -> None:
        """Compile and run the program at the end of the block, unless that has been done."""
        device = self._backend.device
        if get_device() is not device:
            raise DeviceError(OTHER_DEVICE)
        if device.up_to_date or self._is_built():
            device.forget_values()
        elif device.runs:
            self._build()
            self._launch({}, self._seed)
        elif device.has_been_run:
            self.run_so_far()
        else:
            self.run()  # which says that there is nothing to run


OTHER_DEVICE = "the script chose another device within sn.device; take set_device and reset_device out of it"


def _preferences() -> tuple[str, ...]:
    """Return all preferences of Brian2: sources and compilers' options depend on them."""
    return tuple(f"{name}={brian2.prefs[name]!r}" for name in sorted(brian2.prefs))
