"""Parts of Brian2 that its documentation does not promise, each used through one name of this module.

The sentence "Assumes ..." of each name says what is taken for granted. ``tests/test_brian2_internals.py`` tests every
assumption, so that a new version of Brian2 that breaks one fails there and says why. Tested with 2.10.1 and 2.11.0.

Other modules import nothing of Brian2 but what ``import brian2`` gives, and touch no name that starts with ``_``.
"""

import contextlib
import itertools
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Protocol

import brian2
import sympy
from brian2.codegen import optimisation
from brian2.codegen.codeobject import CodeObject
from brian2.core.functions import exprel as exprel
from brian2.core.variables import ArrayVariable as ArrayVariable
from brian2.core.variables import AuxiliaryVariable as AuxiliaryVariable
from brian2.core.variables import Constant as Constant
from brian2.core.variables import VariableView as VariableView
from brian2.devices.cpp_standalone.codeobject import CPPStandaloneCodeObject as CPPStandaloneCodeObject
from brian2.devices.cpp_standalone.device import CPPStandaloneDevice as CPPStandaloneDevice
from brian2.devices.device import RuntimeDevice as RuntimeDevice
from brian2.devices.device import previous_devices
from brian2.devices.device import reset_device as reset_device
from brian2.parsing.statements import parse_statement as parse_statement
from brian2.parsing.sympytools import str_to_sympy as str_to_sympy
from brian2.parsing.sympytools import sympy_to_str as sympy_to_str
from brian2.stateupdaters.base import UnsupportedEquationsException as UnsupportedEquationsException

# The active device ------------------------------------------------------------------------------------------------


def register_device(name: str, device) -> None:
    """Let ``set_device`` find a device by a name. Assumes that it looks names up in ``all_devices``."""
    brian2.all_devices[name] = device


@contextlib.contextmanager
def restored_device(name: str) -> Iterator[None]:
    """Make the device of before active again at the end, with its clock's step, and forget the device ``name``.

    Assumes that ``reset_device`` pops a device with its build options from the list ``previous_devices``, and that each
    device has a default clock.
    """
    outer, dt = brian2.get_device(), brian2.defaultclock.dt
    stack = [*previous_devices, (outer, outer.build_on_run, outer.build_options)]
    try:
        yield
    finally:
        previous_devices[:] = stack
        reset_device()
        brian2.defaultclock.dt = dt
        brian2.all_devices.pop(name, None)


def refractory_of(group: brian2.NeuronGroup) -> str | None:
    """Return a group's refractory period or condition as text. Assumes that ``_refractory`` holds what was given."""
    value = group._refractory
    if value is False:
        return None
    return value if isinstance(value, str) else f"{float(value)!r}*second"


def expect_no_run(thing: brian2.BrianObject) -> None:
    """Keep Brian2 from warning of an object that never ran. Assumes that it warns where ``_network`` is None."""
    thing._network = thing._network or "none"


@contextlib.contextmanager
def separate_objects() -> Iterator[None]:
    """Hide the objects of before from ``run()``, and from the choice of names; the same script gives the same names.

    Assumes that ``run()`` collects objects whose ``_scope_key`` is ``BrianObject._scope_current_key``, which counts up
    from 0, that new names differ from those in ``Nameable.__instances__()``, a set of weak references, and that the
    clock which Brian2 makes for an object is called after it: ``..._clock``.
    """
    scope, brian2.BrianObject._scope_current_key = brian2.BrianObject._scope_current_key, next(_scopes)
    names = brian2.Nameable.__instances__()
    hidden = {reference for reference in names if _belongs_to_one_device(reference())}
    names.difference_update(hidden)
    try:
        yield
    finally:
        names.update(reference for reference in hidden if reference() is not None)
        brian2.BrianObject._scope_current_key = scope


_scopes = itertools.count(1_000_000, 1000)
_CLOCK_OF_AN_OBJECT = re.compile(r"_clock(_\d+)?$")


def _belongs_to_one_device(thing) -> bool:
    of_object = isinstance(thing, brian2.Clock) and _CLOCK_OF_AN_OBJECT.search(thing.name)
    is_network = isinstance(thing, brian2.Network) and thing is not brian2.magic_network
    return bool(of_object) or is_network or isinstance(thing, brian2.BrianObject | CodeObject)


@contextlib.contextmanager
def random_state_as_before() -> Iterator[None]:
    """Give the user's random numbers back at the end. Assumes ``get_random_state`` of the device in process."""
    state = brian2.get_device().get_random_state()
    try:
        yield
    finally:
        brian2.get_device().set_random_state(state)


# Code before it is C++ --------------------------------------------------------------------------------------------

SYMPY_FUNCTIONS = tuple(one.sympy_func for one in brian2.DEFAULT_FUNCTIONS.values() if isinstance(one.sympy_func, type))
"""SymPy's classes of the functions that equations may have. Assumes ``DEFAULT_FUNCTIONS`` and ``sympy_func``."""

UNEVALUATED_SQRT = sympy.Function("sqrt")
"""A square root as ``str_to_sympy`` leaves it: a function without a derivative, of real symbols."""

# A parameter may be called max or sum, which Python's own function is not in a constant expression then. Assumes that
# Brian2 evaluates these, with ``eval``, in copies of ``defaults_ns``.
optimisation.defaults_ns["__builtins__"] = {}

STEPS_SINCE_SPIKE = "timestep(t - lastspike, dt)"
"""How the code of a refractory period that is a duration counts steps since the last spike."""

NOT_REFRACTORY_FACTOR = "int(not_refractory)"
"""The factor of a derivative that is held while a neuron is refractory."""

_NOISE = re.compile(r"xi\w* = dt\*\*\.5 \* randn\(\)")


def sorted_noise(code):
    """Return abstract code, a text or a mapping of blocks, whose noise terms are drawn in the order of their names.

    Assumes that each is drawn by a line ``xi_a = dt**.5 * randn()``. Brian2 keeps the terms in a set: without this,
    the same seed would give each term the numbers of another one in another process.
    """
    if isinstance(code, dict):
        return {block: sorted_noise(lines) for block, lines in code.items()}
    lines = (code or "").splitlines()
    drawn = iter(sorted(line for line in lines if _NOISE.fullmatch(line)))
    return "\n".join(next(drawn) if _NOISE.fullmatch(line) else line for line in lines)


@contextlib.contextmanager
def noise_in_order(device: RuntimeDevice) -> Iterator[None]:
    """Let a device draw the same noise in every process.

    Assumes that all code goes through ``device.code_object(owner, name, abstract_code, ...)``. The device stays the one
    that it is: Brian2 looks for its objects there when they run outside.
    """
    outer, plain = vars(device).get("code_object"), device.code_object

    def code_object(owner, name, abstract_code, *others, **settings):
        return plain(owner, name, sorted_noise(abstract_code), *others, **settings)

    device.code_object = code_object
    try:
        yield
    finally:
        del device.code_object
        if outer:
            device.code_object = outer


def abstract_code(group: brian2.NeuronGroup) -> tuple[str, str | None]:
    """Return the code of a group's state update and of its threshold (None without one). The group can never run.

    Assumes that ``update_abstract_code`` writes ``abstract_code`` of ``state_updater`` and ``thresholder``, and that a
    group whose ``_network`` is set is no reason for a warning.
    """
    group._network = "none"
    for runner in (group.state_updater, *group.thresholder.values()):
        runner.update_abstract_code({})
    threshold = group.thresholder.get("spike")
    return group.state_updater.abstract_code, threshold.abstract_code if threshold else None


def updated_state(name: str) -> str:
    """Return the state of an intermediate name. Assumes that ``_v`` is a new value of v, and ``_BA_v`` is for it."""
    return name.removeprefix("_BA")[1:]


def held_while_refractory(group: brian2.NeuronGroup, name: str) -> bool:
    """Tell whether a variable is not written while a neuron is refractory. Assumes ``conditional_write``."""
    return getattr(group.variables.get(name), "conditional_write", None) is not None


def constants_of(group: brian2.NeuronGroup, names: Iterable[str]) -> dict[str, Any]:
    """Return the units, constants and functions of these names; KeyError for others. Assumes ``resolve_all``."""
    return group.resolve_all(set(names), {}, user_identifiers=set())


# Code objects and templates ---------------------------------------------------------------------------------------

CONNECT_TEMPLATE, SAMPLE_ITERATOR = "synapses_create_generator", "sample"
"""The template of ``connect()``, and the ``iterator_func`` of its settings with which ``p=`` chooses at random."""

SET_VARIABLE_TEMPLATES = "group_variable_set"
"""The beginning of the names of templates that set a variable to an expression."""

SYNAPSES_TEMPLATE = "synapses"
"""The template of what a spike does."""

EVERY_STEP_TEMPLATES = ("stateupdate", "reset", "threshold", SYNAPSES_TEMPLATE)
"""Templates of code that runs for each neuron or spike in every step."""


def own_templates(code_object_class: type, package: str, *functions: Callable):
    """Return a templater that looks into ``package/templates`` first, with functions. Assumes ``templater.derive``."""
    return code_object_class.templater.derive(package, env_globals={one.__name__: one for one in functions})


RAND_CALL = "_rand(_vectorisation_idx)"
"""How C++ draws a uniform random number."""


def has_no_memory(function: brian2.Function) -> bool:
    """Tell whether a function surely gives the same for the same: Brian2's own ones, and TimedArrays.

    Assumes ``stateless``, which functions of the user have by default, whatever they do.
    """
    own = any(function is one for one in brian2.DEFAULT_FUNCTIONS.values())
    return (own and function.stateless) or isinstance(function, brian2.TimedArray)


def pathways_of(synapses: brian2.Synapses) -> list:
    """Return what spikes do, by name. Assumes ``_pathways``."""
    return sorted(synapses._pathways, key=lambda path: path.name)


def read_index_line(indices) -> str:
    """Return what reads the neuron of a synapse in C++, from the array of ``_synaptic_pre`` or ``_synaptic_post``.

    Assumes that pointers are called ``_ptr`` and the name of the array, and that ``_idx`` is the synapse.
    """
    return f"_ptr{brian2.get_device().get_array_name(indices)}[_idx];"


def template_settings(runner: brian2.CodeRunner, **settings) -> None:
    """Give the template of a runner more names. Assumes that ``template_kwds`` is read when code is generated."""
    runner.template_kwds = settings


# Standalone devices -----------------------------------------------------------------------------------------------


class StandaloneDevice(Protocol):
    """What spikenet's devices use of Brian2's standalone device, and of Brian2CUDA's, beyond the documentation.

    Assumes that each attribute is there, and that each method has these first parameters. Subclasses in `engines` and
    `scripts` replace methods; the others are called.
    """

    arrays: Mapping  # variables, to the names of their arrays in C++
    dynamic_arrays: Mapping  # those whose length is known when the program has run
    clocks: set  # of all runs
    headers: list  # of the user's, which all sources include
    include_dirs: list  # folders of headers
    libraries: list  # that are linked
    extra_compile_args: list
    run_environment_variables: dict  # of the program
    main_queue: list  # (kind, arguments): what main() will do
    run_args_applied: bool  # whether main() reads the program's arguments already
    report_func: str  # C++ that shows progress; empty without report=
    results_dir: str
    array_cache: dict  # values by variable; None where they are not known
    dynamic_arrays_2d: Mapping
    code_lines: Mapping  # C++ of the user's, by place; that of main() is in the queue
    code_objects: Mapping
    networks: set  # that have run
    synapses: set
    has_been_run: bool
    enable_profiling: bool | None  # whether the last run() asked for times of code objects

    def resize(self, var, new_size):
        """Queue another length of a dynamic array."""

    def variableview_get_subexpression_with_index_array(self, variableview, item, run_namespace):
        """Return values of a subexpression."""

    def variableview_get_with_expression(self, variableview, code, run_namespace):
        """Return those values for which a condition holds."""

    def code_object(self, owner, name, abstract_code, variables, template_name, variable_indices):
        """Make a code object; called for all code of a script."""

    def code_object_class(self, codeobj_class, fallback_pref):
        """Return the class of code objects."""

    def generate_main_source(self, writer):
        """Write main(), which does what is in ``main_queue``."""

    def generate_codeobj_source(self, writer):
        """Write code objects; each has `neuron_count_line` for a group of neurons."""

    def generate_makefile(self, writer):
        """Write the makefile for ``writer.source_files`` in ``writer.project_dir``."""

    def get_array_name(self, var, access_data):
        """Return the name of a variable's array in C++."""

    def get_array_filename(self, var):
        """Return the file of a variable's array in ``results_dir``."""

    def get_value(self, var, access_data):
        """Return a variable's values; NotImplementedError before the program has run."""

    def network_run(self, net, duration):
        """Queue a run; its ``level`` counts the calls between it and the script."""

    def network_get_profiling_info(self, net):
        """Return the seconds that code objects took, by name."""

    def network_store(self, net):
        """Refuse: there is no network in memory."""

    def network_restore(self, net):
        """Refuse as well."""

    def apply_run_args(self):
        """Queue `READ_ARGUMENTS`."""

    def seed(self, seed):
        """Queue a seed."""

    def run(self, directory, results_directory, with_output, run_args):
        """Run the compiled program; RuntimeError where it fails."""

    def fill_with_array(self, var, arr):
        """Queue a new value of a whole variable."""

    def variableview_set_with_index_array(self, variableview, item, value, check_units):
        """Queue new values of a part of a variable."""

    def copy_source_files(self, writer, directory):
        """Copy the headers that all projects share."""


READ_ARGUMENTS = "set_from_command_line(args);"
"""The line of main() that reads the program's arguments."""


def neuron_count_line(n: int | str) -> str:
    """Return the line of a code object that defines the number of neurons."""
    return f"const int64_t N = {n};"


# The last lines of the functions for % and // of floating-point numbers in C++ and CUDA.
REMAINDER = re.compile(r"return x-y\*floor\(1\.0f?\*x/y\);")
FLOOR_DIVISION = re.compile(r"return floor\(1\.0f?\*x/y\);")
