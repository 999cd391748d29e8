"""Brian2's standalone devices with checks, which write the same sources each time."""

import contextlib
import warnings
from functools import partial
from pathlib import Path

import brian2
import numpy as np

from spikenet.brian2_internals import CPPStandaloneCodeObject, CPPStandaloneDevice, sorted_noise
from spikenet.engines.standalone.fast import FastCodeObject
from spikenet.errors import DeviceError, InvalidValueError
from spikenet.scripts import guards
from spikenet.scripts.brian2_script_internals import (
    activated_by_spikenet,
    gsl_allowed,
    name_owners_that_are_gone,
    objects_in_scope,
    put_profile,
    put_results,
    recorded_events,
    records_in_order,
    sets_in_order,
    sort_main_queue,
    warn_of_values_that_are_not_finite,
)
from spikenet.scripts.early_reads import EarlyReads
from spikenet.scripts.given_values import EARLY, GivenValues
from spikenet.scripts.shared_code import SharedCode
from spikenet.scripts.stored_states import StoredStates
from spikenet.validate import check_seed

SEED = "SPIKENET_SEED"
_SEEDS = 2**32  # generators take the rest of a division by this
_FROM_ENVIRONMENT = f'if (const char* text = getenv("{SEED}")) {{ const uint64_t seed = strtoull(text, NULL, 10); %s }}'


class GuardedDevice(GivenValues, EarlyReads):
    """The part that both devices share, before a standalone device. ``seeding`` is C++ that uses a ``seed``."""

    title = seeding = ""
    seeded, own_seed, runs = False, None, 0

    def prepare(self, seed: int | None, script) -> None:
        """Get ready, once the device is active. ``script`` runs what was said so far, where values are read early."""
        self.run_so_far = script.run_so_far
        self._script, self._block_seed = script, seed
        self.seeded, self._random_owners, self._alive, self._known_names = seed is not None, [], [], set()
        self.own_seed, self.runs, self._told, self._profiled = None, 0, False, []
        self._times = {}  # of networks, where the program is
        self.insert_code("main", _FROM_ENVIRONMENT % self.seeding)

    def seed(self, seed=None):
        if seed is None:
            raise DeviceError("seed() takes any seed, and the run could not be repeated; give a number: seed(1)")
        if self._block_seed not in (None, seed):
            raise DeviceError(
                f"the script calls seed({seed}), and sn.device has seed={self._block_seed}, which that would undo; "
                "leave one out"
            )
        self.seeded, self.own_seed = True, check_generator_seed(int(seed))
        np.random.seed(self.own_seed)  # noqa: NPY002 (which scripts use)
        super().seed(self.own_seed)  # a NumPy number would be written as such

    def code_object(self, owner, name, abstract_code, variables, template_name, variable_indices, **settings):
        code = abstract_code if isinstance(abstract_code, dict) else {None: abstract_code}
        self.check_code(owner, code, variables, template_name, variable_indices)
        if guards.draws_random_numbers(code, variables, template_name, settings.get("template_kwds") or {}):
            self._random_owners.append(owner.name)
        abstract_code = records_in_order(owner, sorted_noise(abstract_code))
        names = partial(self.get_array_name, access_data=False)
        with sets_in_order(owner, settings.get("template_kwds") or {}, names):
            return super().code_object(
                owner, name, abstract_code, variables, template_name, variable_indices, **settings
            )

    def check_code(self, owner, code, variables, template, indices) -> None:
        """Refuse code, or warn of it."""

    def check_run(self, objects: list, duration: float) -> None:
        """Refuse the objects of a run."""

    def network_run(self, net, duration, report=None, *args, level=0, **settings):
        guards.refuse_report_functions(report)
        guards.refuse_nothing(net)
        guards.refuse_the_same_name(net, self.networks)
        # Kept alive as long as the device: the script's own variables may be gone when it is built, or run again.
        self._alive += net.sorted_objects
        guards.refuse_objects_from_outside(net.sorted_objects, self)
        guards.refuse_network_operations(net.sorted_objects)
        self.check_run(net.sorted_objects, float(duration))
        if not self.run_args_applied:
            self.give_values()  # before delays are worked into the queues
        # Brian2 forgets those that belong to other objects.
        self.synapses |= {one for one in net.sorted_objects if isinstance(one, brian2.Synapses)}
        if float(net.t_) != self._times.get(net.name, 0.0):  # Brian2 has started it again, with new objects
            self.insert_code("main", f"{net.name}.t = {float(net.t_)!r};")
        with self.preparing(), self.integrators():
            super().network_run(net, duration, report, *args, level=level + 1, **settings)
        sort_main_queue(self)
        self.runs += 1
        self._times[net.name] = float(net.t_)
        self.hang_on(*[guards.arrays_of(net.sorted_objects)] * 2)
        self._known_names = {one.name for one in objects_in_scope()}
        if self.enable_profiling:
            self._profiled.append(net)

    def integrators(self) -> contextlib.AbstractContextManager:
        """Return a context in which equations may name integrators of a library."""
        return contextlib.nullcontext()

    def network_get_profiling_info(self, net):
        """Return what a run has measured; the program runs for it where that has not been done."""
        if net in self._profiled and self.run_so_far and not self.up_to_date:
            self.run_so_far()
        return type(net).get_profiling_info.original_function(net)

    def refuse_what_no_run_follows(self) -> None:
        """Refuse what the script says after its last run(), but for C++ of its own: nothing is simulated with it."""
        if self.run_so_far:
            guards.refuse_what_no_run_follows(self.main_queue, objects_in_scope(), self._known_names)

    def network_store(self, *args, **settings):
        raise DeviceError("store() is not there on CUDA; run the script with sn.device('cpp'), or in one go")

    def network_restore(self, *args, **settings):
        raise DeviceError("restore() is not there on CUDA; run the script with sn.device('cpp')")

    def activate(self, build_on_run=True, **settings):
        """Stay active, as it is, where the script chooses a standalone device of its own."""
        if self.run_so_far is None:
            super().activate(build_on_run=build_on_run, **settings)
        elif not activated_by_spikenet():
            self._tell_that_it_is_there()

    def build(self, *args, **settings):
        """Do nothing: the program is built and run where its values are read, or at the end of the block."""
        self._tell_that_it_is_there()

    def _tell_that_it_is_there(self) -> None:
        if not self._told:
            self._told = True
            warnings.warn(
                "the script calls set_device or device.build, which do nothing in a block of sn.device: it builds and "
                "runs the program itself",
                stacklevel=4,
            )

    def reinit(self):
        """Begin another program, as scripts do that run several one after the other."""
        seed, script = self._block_seed, self._script
        super().reinit()
        self.prepare(seed, script)

    def run(self, directory=None, results_directory=None, with_output=True, run_args=None):
        """Run the program, as a script without a block does; ``results_directory`` is below the project's folder."""
        self._script._run_as_brian2(run_args, results_directory)

    def take_results(self, folder: Path, given: list[str]) -> None:
        """Read values from a folder from now on; ``given`` are names of variables that were given values."""
        put_results(self, folder, given)
        self.ran_at = self.position
        self.finish_results()
        put_profile(self._profiled, folder)
        warn_of_values_that_are_not_finite(self)

    def generate(self, folder: Path) -> None:
        """Write the project of what the script has said so far."""
        guards.refuse_random_numbers_without_seed(self._random_owners, self.seeded)
        settings = {"compile": False, "run": False, "with_output": False, "direct_call": False}
        self.has_been_run = False
        self.forget_sizes()
        name_owners_that_are_gone(self.arrays)
        with self.looking():
            super().build(directory=str(folder), **settings)

    def finish_results(self) -> None:
        """Sort the spikes of each step by neuron: threads write them in any order."""
        for monitor, columns in recorded_events(self).items():
            files = {name: Path(self.results_dir, file) for name, (file, _) in columns.items()}
            arrays = {name: np.fromfile(files[name], dtype) for name, (_, dtype) in columns.items()}
            order = np.lexsort((arrays["i"], arrays["t"]))
            for name, array in arrays.items():
                if len(array) != len(order):
                    raise DeviceError(f"{name} of {monitor} has {len(array)} values for {len(order)} events")
                array[order].tofile(files[name])


class GuardedCppDevice(StoredStates, GuardedDevice, SharedCode, CPPStandaloneDevice):
    """C++ standalone."""

    title = "cpp"
    # One generator a thread. The first takes the seed itself, as in Brian2; the others a hash of it (splitmix64): sums
    # would be the seeds of other runs.
    seeding = (
        "for (uint64_t k = 0; k < _random_generators.size(); k++) { "
        "uint64_t x = (k << 32 | seed) + 0x9e3779b97f4a7c15; "
        "x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9; x = (x ^ (x >> 27)) * 0x94d049bb133111eb; "
        "_random_generators[k].seed(k ? (x ^ (x >> 31)) & 0xffffffff : seed); }"
    )

    fast = True  # with templates of our own, which are for one thread

    def code_object_class(self, codeobj_class=None, fallback_pref=None):
        ours = self.fast and not brian2.prefs.devices.cpp_standalone.openmp_threads
        return codeobj_class or (FastCodeObject if ours else CPPStandaloneCodeObject)

    def integrators(self):
        return gsl_allowed(self)

    def generate(self, folder: Path) -> None:
        guards.refuse_missing_gsl(self)
        super().generate(folder)


def check_generator_seed(seed: int | None) -> int | None:
    """Return the seed if the program's generators tell it from all others."""
    if check_seed(seed, optional=True) is not None and seed >= _SEEDS:
        raise InvalidValueError(f"seed is {seed}, wanted a whole number from 0 to {_SEEDS - 1}")
    return seed


def environment_words(device: GuardedDevice, seed: int | None, *, early: bool) -> list[str]:
    """Return words to put before a command, so that its environment has the seed, and what the device asks for.

    ``early`` is whether given values come before the code that reads them.
    """
    wanted = brian2.prefs.devices.cpp_standalone.run_environment_variables | device.run_environment_variables
    wanted |= {SEED: seed} if seed is not None else {}
    wanted |= {EARLY: 1} if early else {}
    return ["env", "-u", SEED, "-u", EARLY, *(f"{name}={value}" for name, value in wanted.items())]
