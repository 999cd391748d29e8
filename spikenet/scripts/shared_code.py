"""Code that several runs of a script have in common: written, and compiled, only once.

Brian2 writes all of it again for each run(): a loop of 100 runs is a program of 100 times the size.
"""

from brian2 import Function

from spikenet.brian2_internals import ArrayVariable, AuxiliaryVariable, Constant


class SharedCode:
    """The part of a C++ device that gives runs the code of earlier ones, just before a standalone device."""

    def __init__(self):
        self._code_of_runs = {}  # by all that code is made from
        super().__init__()

    def code_object(self, owner, name, abstract_code, variables, template_name, variable_indices, **settings):
        if not self._looking:  # not of a run: an assignment, a connection
            return super().code_object(
                owner, name, abstract_code, variables, template_name, variable_indices, **settings
            )
        sources = (owner, name, abstract_code, dict(variables), template_name, settings, self.enable_profiling)
        key = _identity((*sources, {name: variable_indices.get(name) for name in variables}))
        if key not in self._code_of_runs:
            made = super().code_object(
                owner, name, abstract_code, variables, template_name, variable_indices, **settings
            )
            arrays = [one for one in made.variables.values() if isinstance(one, ArrayVariable)]
            changed = [one for one in arrays if self.array_cache.get(one) is None]
            self._code_of_runs[key] = made, changed, sources  # kept alive: another object might have its identity
        made, changed, _ = self._code_of_runs[key]
        for variable in changed:
            self.array_cache[variable] = None
        return made


def _identity(value):
    """Return what tells a value from others: its content, or which object it is."""
    match value:
        case Function():
            return id(value)
        case Constant():
            return "constant", value.name, repr(value.value), str(value.dtype), str(value.dim)
        case AuxiliaryVariable():
            return "auxiliary", value.name, str(value.dtype), str(value.dim), value.scalar
        case dict():
            return frozenset((key, _identity(one)) for key, one in value.items())
        case list() | tuple():
            return tuple(_identity(one) for one in value)
        case set() | frozenset():
            return frozenset(_identity(one) for one in value)
        case str() | int() | float() | None | type():
            return type(value), value
    return id(value)
