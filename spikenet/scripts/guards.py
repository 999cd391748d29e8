"""Checks of a script before it is compiled, for what a standalone device gets wrong silently, or fails at late.

For Brian2 2.10.1, 2.11.0 and brian2cuda 1.0b1. Each function takes objects of Brian2; it raises DeviceError or warns.
"""

import itertools
import os
import warnings
from collections.abc import Iterable, Mapping

import brian2
import numpy as np

from spikenet.brian2_internals import (
    CONNECT_TEMPLATE,
    EVERY_STEP_TEMPLATES,
    SAMPLE_ITERATOR,
    SET_VARIABLE_TEMPLATES,
    SYNAPSES_TEMPLATE,
    ArrayVariable,
    StandaloneDevice,
    parse_statement,
)
from spikenet.engines.standalone.cpp.target import compiler_command
from spikenet.engines.standalone.processes import run_command
from spikenet.errors import DeviceError, ToolchainError
from spikenet.scripts.brian2_script_internals import full_name, is_magic
from spikenet.units import SECOND, show

_GSL = "gsl/gsl_odeiv2.h"
_ATOMIC = ("+=", "-=", "*=")
# What main() does for assignments and connections.
_SETTING = (
    *("set_by_constant", "set_by_array", "set_by_single_value", "set_array_by_array", "resize_array"),
    "run_code_object",
)


def arrays_of(objects: Iterable) -> list[ArrayVariable]:
    """Return the arrays that objects have or refer to."""
    every = (variable for thing in objects for variable in getattr(thing, "variables", {}).values())
    return [variable for variable in every if isinstance(variable, ArrayVariable)]


def refuse_objects_from_outside(objects: Iterable, device) -> None:
    """Refuse objects made before the block: they belong to the device that was active then."""
    for variable in arrays_of(objects):
        if variable.device is not device:
            raise DeviceError(
                f"{full_name(variable).partition('.')[0]} was not made in this block of sn.device; make all "
                "objects of a network, clocks too, where it runs"
            )


def refuse_nothing(net) -> None:
    """Refuse to run a network without objects: what was made before the block is not part of it."""
    if not net.sorted_objects:
        raise DeviceError(
            f"run() of {net.name} has nothing to simulate; make its objects in the block of sn.device: run() does not "
            "find those that were made before it"
        )


def refuse_the_same_name(net, networks: Iterable) -> None:
    """Refuse another network of the same name, as one that was made before the block may have."""
    if any(one.name == net.name for one in networks if one is not net):
        raise DeviceError(f"there are two networks of the name {net.name}; make both in the block, or name them")


def refuse_runs_outside(net, blocks: Iterable, device_class: type) -> None:
    """Refuse to run objects of a block that has ended, or nothing but such objects, in process."""
    for variable in arrays_of(net.sorted_objects):
        if isinstance(variable.device, device_class):
            raise DeviceError(
                f"{full_name(variable).partition('.')[0]} was made in a block of sn.device and belongs to "
                "its program; call run() within the block"
            )
    if is_magic(net) and not net.objects and list(blocks):
        raise DeviceError(
            "run() has nothing to simulate: objects made in a block of sn.device belong to its program; call run() "
            "within the block"
        )


def refuse_what_no_run_follows(queue: Iterable, objects: Iterable, known: set[str]) -> None:
    """Refuse assignments, connections, seeds and objects after the last run(): nothing is simulated with them.

    ``queue`` is that of main(), and ``known`` are the names of the objects that there were at the last run().
    """
    after = list(itertools.takewhile(lambda item: item[0] != "run_network", reversed(list(queue))))
    new = sorted({one.name for one in objects if not isinstance(one, brian2.Subgroup)} - known, key=len)
    if new:
        raise DeviceError(f"{new[0]} was made after the last run(), which does not have it; call run() after it")
    for kind, arguments in after:
        if kind in _SETTING:
            raise DeviceError(
                f"{_named(arguments[0])} is set after the last run(), so that nothing is simulated with it; call run() "
                "after it, or give script.run({group.variable: values})"
            )
        if kind == "seed":
            raise DeviceError(
                f"seed({arguments}) comes after the last run(), so that it changes nothing; call it before run(), or "
                "give sn.device no seed and script.run(seed=...)"
            )


def _named(target) -> str:
    """Return the variable of a queued assignment, as well as it is known: an array's name in C++, or a code object."""
    owner = getattr(target, "owner", None)
    return str(target).removeprefix("_dynamic").removeprefix("_array_") if owner is None else owner.name


def refuse_network_operations(objects: Iterable) -> None:
    """Refuse Python code in every step: a compiled program has none."""
    for thing in objects:
        if isinstance(thing, brian2.NetworkOperation):
            raise DeviceError(
                f"{thing.name} is a network_operation, Python code that no compiled program can call; write it as "
                "equations or run_regularly, or run the script without sn.device"
            )


def refuse_report_functions(report) -> None:
    """Refuse a Python function that shows progress: a compiled program cannot call it."""
    if callable(report):
        raise DeviceError(
            f"run got report={getattr(report, '__name__', report)}, a Python function that no compiled program can "
            "call; give report='text' or 'stderr', or C++ as text"
        )


def refuse_a_second_rate(objects: Iterable, seen: set[str]) -> None:
    """Refuse a second run of a PopulationRateMonitor: it would overwrite the first."""
    for thing in objects:
        if isinstance(thing, brian2.PopulationRateMonitor):
            if thing.name in seen:
                raise DeviceError(
                    f"{thing.name} is a PopulationRateMonitor in a second run(), and CUDA would write it over the "
                    "first; do it in one run(), or work the rate out from a SpikeMonitor"
                )
            seen.add(thing.name)


def refuse_another_dt(objects: Iterable, steps: dict[str, float]) -> None:
    """Refuse another step: spikes that have not arrived yet would be lost."""
    for clock in {thing.clock for thing in objects}:
        before = steps.setdefault(clock.name, float(clock.dt_))
        if before != float(clock.dt_):
            raise DeviceError(
                f"the step of {clock.name} went from {show(before, SECOND)} to {show(float(clock.dt_), SECOND)} "
                "between two runs, and CUDA would lose spikes; keep one dt, or run it with sn.device('cpp')"
            )


def refuse_another_delay(variable, runs: int) -> None:
    """Refuse another delay of all synapses: spikes that have not arrived yet would be lost."""
    if runs and variable.name == "delay" and variable.scalar:
        raise DeviceError(
            f"the delay of {variable.owner.name} was changed after a run(), and CUDA would lose spikes; keep one "
            "delay, or run it with sn.device('cpp')"
        )


def refuse_a_delay_by_code(owner, code: Mapping, variables: Mapping, template: str, runs: int) -> None:
    """Refuse the same where the delay is a text: ``synapses.delay = '2*ms'``."""
    for name, _ in written(code, variables) if template.startswith(SET_VARIABLE_TEMPLATES) else ():
        refuse_another_delay(variables[name], runs)


def refuse_too_much_recording(objects: Iterable, duration: float, recorded: dict[str, float], memory: int) -> None:
    """Refuse more than fits into the GPU, where it stays until the end. ``recorded`` adds up bytes over runs."""
    for thing in objects:
        if isinstance(thing, brian2.StateMonitor):
            sizes = sum(np.dtype(thing.variables[name].dtype).itemsize for name in thing.record_variables)
            samples = round(duration / float(thing.clock.dt_))
            recorded[thing.name] = recorded.get(thing.name, 0.0) + samples * thing.n_indices * sizes
    needed = sum(recorded.values())
    if memory and needed > memory:
        raise DeviceError(
            f"{', '.join(sorted(recorded))} will hold {needed / 1e9:.3g} GB, and the GPU has {memory / 1e9:.3g} GB; "
            "record fewer neurons or variables, or less often with StateMonitor(..., dt=...)"
        )


def refuse_shared_writes(owner, code: Mapping, variables: Mapping, template: str) -> None:
    """Refuse writes to a shared variable: every thread of the GPU would write to it at the same time."""
    for name, _ in written(code, variables) if template in EVERY_STEP_TEMPLATES else ():
        variable = variables[name]
        if variable.scalar and not variable.constant:
            raise DeviceError(
                f"code of {owner.name} writes to {name}, which all share, in every step, and CUDA's threads would race "
                "for it; make it a variable of each, or of a group of one neuron"
            )


def warn_of_serial_effects(owner, code: Mapping, variables: Mapping, template: str, indices: Mapping) -> None:
    """Warn of effects on neurons other than += -= *=, which are computed for one synapse after the other."""
    for name, operation in written(code, variables) if template == SYNAPSES_TEMPLATE else ():
        if indices.get(name) != "_idx" and operation not in _ATOMIC:
            warnings.warn(
                f"{owner.name} has the effect '{name} {operation} ...' on neurons, which CUDA computes for one "
                "synapse after the other: slowly; write it with += -= or *= if it can be",
                stacklevel=2,
            )


def draws_random_numbers(code: Mapping, variables: Mapping, template: str, settings: Mapping) -> bool:
    """Tell whether code draws random numbers."""
    if template == CONNECT_TEMPLATE:  # its template names rand, used or not
        return settings.get("iterator_func") == SAMPLE_ITERATOR or any("rand" in str(block) for block in code.values())
    return any(isinstance(variable, brian2.Function) and not variable.stateless for variable in variables.values())


def refuse_random_numbers_without_seed(names: Iterable[str], seeded: bool) -> None:
    """Refuse random numbers without a seed: CUDA would start from the time of day, and no run could be repeated."""
    if names and not seeded:
        raise DeviceError(
            f"{', '.join(sorted(set(names)))} draws random numbers and there is no seed; give sn.device(..., seed=1), "
            "or call seed(1) in the block"
        )


def written(code: Mapping, variables: Mapping) -> list[tuple[str, str]]:
    """Return the arrays that code writes to, with the operation."""
    found = []
    for block in code.values():
        for line in (block or "").splitlines():
            if line.strip() and not line.strip().startswith("#"):
                name, operation, _, _ = parse_statement(line.strip())
                if isinstance(variables.get(name), ArrayVariable):
                    found.append((name, operation))
    return found


def refuse_missing_gsl(device: StandaloneDevice) -> None:
    """Refuse a program that needs the library where the compiler does not find it. Raises ToolchainError."""
    folders = [*device.include_dirs, *brian2.prefs["codegen.cpp.include_dirs"]]
    if "gsl" in device.libraries and not compiles_with_gsl(folders):
        raise ToolchainError(
            f"the script has a method of the GNU Scientific Library, and {compiler_command()[0]} does not find "
            f"{_GSL}; install libgsl-dev, name its folder by prefs.GSL.directory, or choose another method"
        )


def compiles_with_gsl(folders: Iterable[str]) -> bool:
    """Tell whether the compiler finds the library's headers; ``folders`` are places to look besides its own."""
    command = [*compiler_command(), *(f"-I{folder}" for folder in folders), "-include", _GSL, "-fsyntax-only"]
    return not run_command([*command, "-x", "c++", os.devnull]).returncode


def refuse_gsl(method) -> None:
    """Refuse such an integrator on a device that has none."""
    if isinstance(method, str) and method.startswith("gsl_"):
        raise DeviceError(
            f"method={method!r} is of the GNU Scientific Library, which has no code for CUDA; choose another method, "
            "such as rk4, or run the script with sn.device('cpp')"
        )
