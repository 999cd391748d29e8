"""``store`` and ``restore`` in a compiled program: its main() keeps copies of all arrays and of spikes on their way."""

import itertools
from dataclasses import dataclass

import numpy as np

from spikenet.errors import DeviceError
from spikenet.scripts.brian2_script_internals import (
    attributes_of_generators,
    owner_of,
    pathways,
    put_attributes,
    put_time,
)


@dataclass(frozen=True)
class _State:
    """What `restore` needs. ``lines`` are C++ that puts back what main() keeps."""

    time: float
    objects: frozenset[str]
    lines: tuple[str, ...]
    random: tuple[str, dict]  # C++, and NumPy's state
    kept: dict  # spikes on their way: C++ by the name of a pathway
    cache: dict  # values that are known, by variable
    read: frozenset  # those of them that are results of a program
    attributes: dict


class StoredStates:
    """The part of a C++ device that stores and restores networks, before `EarlyReads`."""

    def __init__(self):
        self._states: dict[tuple[str, str], _State] = {}
        self._numbers = itertools.count()
        super().__init__()

    def network_store(self, net, name="default", filename=None):
        """Keep the state under a name."""
        _refuse_files(filename)
        number, names = next(self._numbers), _names(net)
        variables = [var for var in self.arrays if getattr(owner_of(var), "name", None) in names]
        lines, restoring = [], []
        for var in variables:
            keep, restore = self._copies(var, f"_kept_{number}")
            lines += keep
            restoring += restore
        kept = {}
        for path in pathways(self.synapses, net):
            states = f"_kept_{number}_{path}"
            lines += [
                f"std::vector<std::pair<int, std::vector<std::vector<int32_t>>>> {states};",
                f"for (auto* queue : {path}.queue) {states}.push_back(queue->_full_state());",
            ]
            kept[path] = (
                f"for (size_t k = 0; k < {path}.queue.size(); k++) "
                f"{path}.queue[k]->_restore_from_full_state({states}[k]);"
            )
        lines.append(f"auto _kept_{number}_random = _random_generators;")
        self._say(lines)
        self._states[net.name, name] = _State(
            time=float(net.t_),
            objects=frozenset(names),
            lines=tuple(restoring),
            random=(f"_random_generators = _kept_{number}_random;", np.random.get_state()),  # noqa: NPY002 (Brian2's)
            kept=kept,
            cache={var: _copy(self.array_cache.get(var)) for var in variables},
            read=frozenset(self.read_variables.intersection(variables)),
            attributes=attributes_of_generators(net),
        )

    def network_restore(self, net, name="default", filename=None, restore_random_state=False):
        """Go back to the state of a name."""
        _refuse_files(filename)
        state = self._states.get((net.name, name))
        if state is None:
            known = ", ".join(repr(one) for network, one in self._states if network == net.name) or "none"
            raise DeviceError(f"restore({name!r}) of {net.name}: nothing was stored under this name; there is {known}")
        changed = state.objects ^ _names(net)
        if changed:
            raise DeviceError(
                f"restore({name!r}) of {net.name}: {', '.join(sorted(changed))} is new or gone since store({name!r}); "
                "make all objects first"
            )
        lines = list(state.lines)
        for path in pathways(self.synapses, net):
            nothing = f"for (auto* queue : {path}.queue) queue->_restore_from_full_state({{0, {{}}}});"
            lines.append(state.kept.get(path, nothing))
        if net in self.networks:
            lines.append(f"{net.name}.t = {state.time!r};")
        if restore_random_state:
            lines.append(state.random[0])
            np.random.set_state(state.random[1])  # noqa: NPY002 (as Brian2 does)
        self._say(lines)
        put_time(net, state.time)
        put_attributes(net, state.attributes)
        for var, value in state.cache.items():
            self.array_cache[var] = _copy(value)
        self.read_variables |= state.read

    def _say(self, lines: list[str]) -> None:
        self.main_queue.append(("insert_code", "\n".join(lines)))

    def _copies(self, var, prefix: str) -> tuple[list[str], list[str]]:
        """Return C++ that keeps an array, and C++ that puts it back."""
        name = self.get_array_name(var, access_data=False)
        kept = f"{prefix}{name}"
        if var in self.dynamic_arrays:
            return [f"auto {kept} = {name};"], [f"{name} = {kept};"]
        if var in self.dynamic_arrays_2d:
            every = f"for (size_t i = 0; i < {kept}_n; i++) for (size_t j = 0; j < {kept}_m; j++)"
            element = f"{kept}[i*{kept}_m + j]"
            keep = [
                f"const size_t {kept}_n = {name}.n, {kept}_m = {name}.m;",
                f"std::vector<std::decay<decltype({name}(0, 0))>::type> {kept}({kept}_n*{kept}_m);",
                f"{every} {element} = {name}(i, j);",
            ]
            return keep, [f"{name}.resize({kept}_n, {kept}_m);", f"{every} {name}(i, j) = {element};"]
        pointer = f"{name}, {name} + _num_{name}"
        element_type = f"std::decay<decltype({name}[0])>::type"
        return (
            [f"std::vector<{element_type}> {kept}({pointer});"],
            [f"std::copy({kept}.begin(), {kept}.end(), {name});"],
        )


def _refuse_files(filename) -> None:
    if filename is not None:
        raise DeviceError(
            f"store and restore got filename={filename!r}, and a compiled program keeps states in memory; leave it out"
        )


def _names(net) -> set[str]:
    """Return the names of the objects of a network, and of their clocks."""
    return {thing.name for thing in net.sorted_objects} | {thing.clock.name for thing in net.sorted_objects}


def _copy(value):
    return None if value is None else np.array(value)
