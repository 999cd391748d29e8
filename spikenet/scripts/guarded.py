"""Brian2's standalone devices with checks, which write the same sources each time."""

from functools import partial
from pathlib import Path

import numpy as np

from spikenet.brian2_internals import (
    CPPStandaloneCodeObject,
    CPPStandaloneDevice,
    recorded_events,
    sets_in_order,
    sort_main_queue,
    sorted_noise,
)
from spikenet.errors import DeviceError
from spikenet.scripts import guards

SEED = "SPIKENET_SEED"
_FROM_ENVIRONMENT = f'if (const char* chosen = getenv("{SEED}")) {{ %s }}'


class GuardedDevice:
    """The part that both devices share, before a standalone device. ``seeding`` is C++ that uses a ``chosen`` seed."""

    title = seeding = ""
    seeded, own_seed, _runs = False, None, 0

    def prepare(self, seeded: bool, build) -> None:
        """Get ready, once the device is active. ``build`` is called where the script itself asks for a build."""
        self.seeded, self._build, self._random_owners, self._alive = seeded, build, [], []
        self.own_seed = None
        self.insert_code("main", _FROM_ENVIRONMENT % self.seeding)

    def seed(self, seed=None):
        if seed is None:
            raise DeviceError("seed() takes any seed, and the run could not be repeated; give a number: seed(1)")
        if self.seeded and self.own_seed is None:
            raise DeviceError(
                f"the script calls seed({seed}), and sn.device has a seed, too, which that would undo; leave one out"
            )
        self.seeded, self.own_seed = True, int(seed)
        super().seed(int(seed))  # a NumPy number would be written as such

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

    def network_run(self, net, duration, *args, level=0, **settings):
        # Kept alive as long as the device: the script's own variables may be gone when it is built, or run again.
        self._alive += net.sorted_objects
        guards.refuse_objects_from_outside(net.sorted_objects, self)
        guards.refuse_network_operations(net.sorted_objects)
        self.check_run(net.sorted_objects, float(duration))
        if not self.run_args_applied:
            self.apply_run_args()  # before delays are worked into the queues
        super().network_run(net, duration, *args, level=level + 1, **settings)
        sort_main_queue(self)
        self._runs += 1

    def network_store(self, *args, **settings):
        raise DeviceError("store() keeps a network in memory, which no compiled program does; run the script in one go")

    def network_restore(self, *args, **settings):
        raise DeviceError("restore() puts back a network in memory; start a new block with sn.device instead")

    def build(self, *args, **settings):
        """Build and run now, as the script asks for it, and not at the end of the block."""
        if settings.get("disable_asserts"):
            raise DeviceError("build(disable_asserts=True) gives nvcc an option that it does not know; leave it out")
        if args or settings:
            raise DeviceError(
                f"device.build got {', '.join(settings) or 'arguments'}, wanted none; sn.device takes the directory"
            )
        self._build()

    def generate(self, folder: Path) -> None:
        """Write the project. Raises DeviceError where nothing runs."""
        if not self._runs:
            raise DeviceError("the script has no run(), so there is nothing to build; call run(duration) in the block")
        guards.refuse_random_numbers_without_seed(self._random_owners, self.seeded)
        settings = {"compile": False, "run": False, "with_output": False, "direct_call": False}
        super().build(directory=str(folder), **settings)

    def get_value(self, var, access_data=True):
        try:
            return super().get_value(var, access_data)
        except NotImplementedError:
            raise DeviceError(
                f"{var.name} of {getattr(var.owner, 'name', 'a group')} is not known before the program has run; "
                "read it after the block, or call run() of what sn.device gives: with sn.device(...) as script"
            ) from None

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


class GuardedCppDevice(GuardedDevice, CPPStandaloneDevice):
    """C++ standalone."""

    title = "cpp"
    seeding = (
        "for (size_t k = 0; k < _random_generators.size(); k++) "
        "_random_generators[k].seed(strtoull(chosen, NULL, 10) + k);"
    )

    def code_object_class(self, codeobj_class=None, fallback_pref=None):
        return codeobj_class or CPPStandaloneCodeObject


def seed_in_environment(seed: int | None) -> list[str]:
    """Return words to put before a command, so that its environment has the seed."""
    return ["env", f"{SEED}={seed}"] if seed is not None else ["env", "-u", SEED]
