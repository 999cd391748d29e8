"""Brian2's standalone devices with checks, which write the same sources each time."""

import warnings
from functools import partial
from pathlib import Path

import numpy as np
from brian2 import Synapses

from spikenet.brian2_internals import (
    CPPStandaloneCodeObject,
    CPPStandaloneDevice,
    recorded_events,
    sets_in_order,
    sort_main_queue,
    sorted_noise,
)
from spikenet.errors import DeviceError, InvalidValueError
from spikenet.scripts import guards
from spikenet.scripts.brian2_script_internals import name_owners_that_are_gone
from spikenet.scripts.early_reads import EarlyReads
from spikenet.scripts.stored_states import StoredStates
from spikenet.validate import check_seed

SEED = "SPIKENET_SEED"
_SEEDS = 2**32  # generators take the rest of a division by this
_FROM_ENVIRONMENT = f'if (const char* chosen = getenv("{SEED}")) {{ %s }}'


class GuardedDevice(EarlyReads):
    """The part that both devices share, before a standalone device. ``seeding`` is C++ that uses a ``chosen`` seed."""

    title = seeding = ""
    seeded, own_seed, runs = False, None, 0

    def prepare(self, seed: int | None, script) -> None:
        """Get ready, once the device is active. ``script`` runs what was said so far, where values are read early."""
        self.run_so_far = script.run_so_far
        self._script, self._block_seed = script, seed
        self.seeded, self._random_owners, self._alive = seed is not None, [], []
        self.own_seed, self.runs, self._told = None, 0, False
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
        super().seed(self.own_seed)  # a NumPy number would be written as such

    def code_object(self, owner, name, abstract_code, variables, template_name, variable_indices, **settings):
        code = abstract_code if isinstance(abstract_code, dict) else {None: abstract_code}
        self.check_code(owner, code, variables, template_name, variable_indices)
        if guards.draws_random_numbers(code, variables, template_name, settings.get("template_kwds") or {}):
            self._random_owners.append(owner.name)
        abstract_code = sorted_noise(abstract_code)
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
        # Kept alive as long as the device: the script's own variables may be gone when it is built, or run again.
        self._alive += net.sorted_objects
        guards.refuse_objects_from_outside(net.sorted_objects, self)
        guards.refuse_network_operations(net.sorted_objects)
        self.check_run(net.sorted_objects, float(duration))
        if not self.run_args_applied:
            self.apply_run_args()  # before delays are worked into the queues
        # Brian2 forgets those that belong to other objects.
        self.synapses |= {one for one in net.sorted_objects if isinstance(one, Synapses)}
        with self.preparing():
            super().network_run(net, duration, report, *args, level=level + 1, **settings)
        sort_main_queue(self)
        self.runs += 1

    def network_store(self, *args, **settings):
        raise DeviceError("store() is not there on CUDA; run the script with sn.device('cpp'), or in one go")

    def network_restore(self, *args, **settings):
        raise DeviceError("restore() is not there on CUDA; run the script with sn.device('cpp')")

    def activate(self, build_on_run=True, **settings):
        """Stay active, as it is, where the script chooses a standalone device of its own."""
        if self.run_so_far is None:
            super().activate(build_on_run=build_on_run, **settings)
        elif not self.evaluating:
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
        """Run the program; where the script asks for it, by `Script.run`, with values by variable."""
        if directory is None or not isinstance(run_args, list):
            self._script.run(run_args)
        else:
            super().run(directory, results_directory, with_output, run_args)

    def generate(self, folder: Path) -> None:
        """Write the project of what the script has said so far."""
        guards.refuse_random_numbers_without_seed(self._random_owners, self.seeded)
        settings = {"compile": False, "run": False, "with_output": False, "direct_call": False}
        self.has_been_run = False
        self.forget_sizes()
        name_owners_that_are_gone(self.arrays)
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


class GuardedCppDevice(StoredStates, GuardedDevice, CPPStandaloneDevice):
    """C++ standalone."""

    title = "cpp"
    seeding = (
        "for (size_t k = 0; k < _random_generators.size(); k++) "
        "_random_generators[k].seed(strtoull(chosen, NULL, 10) + k);"
    )

    def code_object_class(self, codeobj_class=None, fallback_pref=None):
        return codeobj_class or CPPStandaloneCodeObject


def check_generator_seed(seed: int | None) -> int | None:
    """Return the seed if the program's generators tell it from all others."""
    if check_seed(seed, optional=True) is not None and seed >= _SEEDS:
        raise InvalidValueError(f"seed is {seed}, wanted a whole number from 0 to {_SEEDS - 1}")
    return seed


def seed_in_environment(seed: int | None) -> list[str]:
    """Return words to put before a command, so that its environment has the seed."""
    return ["env", f"{SEED}={seed}"] if seed is not None else ["env", "-u", SEED]
