"""Values that a script reads before its program is whole: what it has said so far is built and run for them.

The whole program later starts from the same values, since it is the same code with the same seed. What was read stays
in memory until the script changes it.
"""

import contextlib
from collections.abc import Callable, Iterator

import brian2
import numpy as np

from spikenet.brian2_internals import VariableView
from spikenet.errors import DeviceError
from spikenet.scripts.brian2_script_internals import (
    CREATE_SYNAPSES_TEMPLATES,
    evaluated_in_process,
    full_name,
    only_checks_indices,
    owner_of,
    values_of_synapses,
)


class EarlyReads:
    """The part of a device that gives values while the script goes on, before a standalone device."""

    run_so_far: Callable[[], None] | None = None  # builds and runs what was said so far; None after the block
    _looking = 0  # how many calls deep Brian2 looks for values by itself

    def __init__(self):
        self.read_variables = set()  # variables whose values were read from results, and are kept in the cache
        self._sizes = {}  # of dynamic arrays at the start of the program
        self.ran_at = None  # how much the script had said when the program ran
        super().__init__()

    @property
    def position(self) -> tuple[int, ...]:
        """How much the script has said."""
        return len(self.main_queue), len(self.code_objects), *(len(lines) for lines in self.code_lines.values())

    @property
    def up_to_date(self) -> bool:
        """Whether the program has run with all that the script has said."""
        return self.has_been_run and self.ran_at == self.position

    def get_value(self, var, access_data=True):
        if self.array_cache.get(var) is None and not self._has_results():
            if self._looking or only_checks_indices():
                raise NotImplementedError("Brian2 only looks; it goes on without")
            if self.run_so_far is None:
                raise DeviceError(
                    f"{full_name(var)} is not known before the program has "
                    "run; read it after the block, or call run() of what sn.device gives: with sn.device(...) as script"
                )
            self.run_so_far()
        return self._value(var)

    def _has_results(self) -> bool:
        return self.up_to_date if self.run_so_far else self.has_been_run

    def _value(self, var) -> np.ndarray:
        if self.array_cache.get(var) is None:
            # Brian2 gives a dynamic array the size that it has after the run; the sources need that at its start.
            var.size = self._sizes.setdefault(var, var.size)
        try:
            return super().get_value(var)
        except FileNotFoundError:
            raise DeviceError(
                f"{full_name(var)} is not among the results of the program; add it to a run() first"
            ) from None

    def keep_values(self) -> None:
        """Keep all values of the program that has just run, so that the script may go on and read them again."""
        for var in list(self.arrays):
            if self.array_cache.get(var) is None:
                with contextlib.suppress(DeviceError):
                    self.array_cache[var] = self._value(var)
                    self.read_variables.add(var)

    def forget_values(self) -> None:
        """Forget what was read: a program with other values, or with all of the script, is about to run."""
        for var in self.read_variables:
            self.array_cache[var] = None
        self.read_variables = set()
        self.forget_sizes()

    def forget_results(self) -> None:
        """Forget the results of the program: another run is about to begin, or one has failed."""
        self.forget_values()
        self.has_been_run, self.ran_at = False, None

    def forget_sizes(self) -> None:
        """Give dynamic arrays the size back that they have at the start of the program."""
        for var, size in self._sizes.items():
            var.size = size

    def code_object(self, owner, name, abstract_code, variables, template_name, *others, **settings):
        made = super().code_object(owner, name, abstract_code, variables, template_name, *others, **settings)
        if template_name in CREATE_SYNAPSES_TEMPLATES:  # makes other arrays longer than those that it names
            self._forget(values_of_synapses(owner))
        return made

    def _forget(self, variables) -> None:
        for var in list(variables):
            self.array_cache[var] = None

    def resize(self, var, new_size):
        super().resize(var, new_size)
        self.array_cache[var] = None

    def insert_code(self, slot, code):
        super().insert_code(slot, code)
        if slot == "main":  # may change anything
            self._forget(self.read_variables)

    def fill_with_array(self, var, arr):
        known = self._known_copy(var)
        var.size = self._sizes.get(var, var.size)
        super().fill_with_array(var, arr)
        if known is not None:  # Brian2 keeps no values of synapses, whose number it does not know
            known[:] = np.asarray(arr)
            self.array_cache[var] = known

    def variableview_set_with_index_array(self, variableview, item, value, check_units):
        var = variableview.variable
        known = self._known_copy(var)
        super().variableview_set_with_index_array(variableview, item, value, check_units)
        if known is not None and self.array_cache.get(var) is None:
            known[np.asarray(variableview.indexing(item, index_var=variableview.index_var))] = np.asarray(value)
            self.array_cache[var] = known

    def _known_copy(self, var) -> np.ndarray | None:
        value = self.array_cache.get(var) if var in self.read_variables else None
        return None if value is None else value.copy()

    @contextlib.contextmanager
    def looking(self) -> Iterator[None]:
        """Let Brian2 look for values by itself: that starts no program, and it goes on without unknown ones."""
        self._looking += 1
        try:
            yield
        finally:
            self._looking -= 1

    @contextlib.contextmanager
    def preparing(self) -> Iterator[None]:
        """Prepare a run; what it changes is forgotten."""
        with self.looking():
            yield
        self._forget(var for var in self.read_variables if not var.read_only or _is_monitor(owner_of(var)))

    def variableview_get_subexpression_with_index_array(self, variableview, item, run_namespace=None):
        with self._evaluating():
            return VariableView.get_subexpression_with_index_array(variableview, item, run_namespace=run_namespace)

    def variableview_get_with_expression(self, variableview, code, run_namespace=None):
        with self._evaluating():
            return VariableView.get_with_expression(variableview, code, run_namespace=run_namespace)

    @contextlib.contextmanager
    def _evaluating(self) -> Iterator[None]:
        if self.run_so_far and not self.up_to_date:
            self.run_so_far()
        said = len(self.main_queue)
        try:
            with evaluated_in_process():
                yield
        finally:
            del self.main_queue[said:]  # Brian2 sets the clock's step each time that a device becomes active


def _is_monitor(owner) -> bool:
    return isinstance(owner, brian2.EventMonitor | brian2.StateMonitor | brian2.PopulationRateMonitor)
