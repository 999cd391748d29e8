"""Values that a compiled program is given when it starts, in place of those of the script.

Brian2 itself writes a file named after the variable and its content: a CUDA program looks for it in lower case and goes
on with the old values if there is a capital, and each new array leaves one more file. Here files have numbers.
"""

import contextlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from brian2 import Clock, Quantity, TimedArray, get_unit, is_dimensionless

from spikenet.brian2_internals import VariableView
from spikenet.errors import InvalidTypeError, InvalidValueError, UnitError
from spikenet.scripts.brian2_script_internals import full_name, owner_of
from spikenet.units import DIMENSIONLESS, dimensions_of, to_si


def write_arguments(device, folder: Path, arguments: Mapping) -> list[str]:
    """Write files for arrays into a folder; return the arguments of the program.

    ``arguments`` maps ``group.variable``, its name as text, or a TimedArray to values. Raises InvalidTypeError,
    InvalidValueError and UnitError before anything is written.
    """
    checked = [_checked(device, key, value) for key, value in arguments.items()]
    words = []
    for number, (name, array) in enumerate(checked):
        if array.ndim == 0:
            words.append(f"{name}={array.item()!r}")
        else:
            file = folder.absolute() / f"argument_{number}.dat"
            array.tofile(file)
            words.append(f"{name}={file}")
    return words


def check_mapping(arguments) -> Mapping:
    """Return arguments, an empty mapping for None. Raises InvalidTypeError."""
    if not isinstance(arguments, Mapping | None):
        raise InvalidTypeError(f"run arguments are {arguments!r}, wanted a mapping such as {{group.variable: values}}")
    return {} if arguments is None else arguments


def variables_of(device, arguments: Mapping) -> list:
    """Return the variables that arguments are for."""
    return [_variable(device, key) for key in arguments if not isinstance(key, TimedArray)]


def _checked(device, key, value) -> tuple[str, np.ndarray]:
    """Return the program's name of a variable, and its values in the type and number that it expects."""
    if isinstance(key, TimedArray):
        return f"{key.name}.values", _array(f"{key.name}.values", value, key.dim, key.values.dtype, key.values.shape)
    variable = _variable(device, key)
    name = full_name(variable)
    if _is_fixed(variable):
        raise InvalidValueError(f"{name} is read only; give values for a parameter, a state or a weight")
    # How many synapses there are is known to the program only; it complains if the number is wrong.
    shape = None if variable.dynamic else (int(variable.size),)
    return name, _array(name, value, variable.dim, variable.dtype, shape)


def _variable(device, key):
    if isinstance(key, VariableView):
        return key.variable
    if not isinstance(key, str):
        raise InvalidTypeError(
            f"a run argument is for {key!r}, wanted group.variable, its name such as 'neurons.v', or a TimedArray"
        )
    known = {full_name(variable): variable for variable in device.arrays}
    if key not in known:
        may_be_given = sorted(name for name, one in known.items() if not _is_fixed(one) and "._" not in name)
        parameter = key.rpartition(".")[2]
        raise InvalidValueError(
            f"a run argument is for {key!r}; there are {', '.join(may_be_given) or 'none'}. Constants of a script "
            f"are compiled in; to give another, make it a parameter: '{parameter} : 1 (constant)', with its unit"
        )
    return known[key]


def _is_fixed(variable) -> bool:
    """Tell whether the program takes no value: read-only variables, and steps of clocks, which are compiled in."""
    return variable.read_only or isinstance(owner_of(variable), Clock)


def _array(name: str, value, dimensions, dtype, shape: tuple[int, ...] | None) -> np.ndarray:
    if np.dtype(dtype).kind == "b":
        array = np.asarray(value)
        if array.dtype.kind != "b":
            raise InvalidTypeError(f"{name} is {array.dtype}, wanted truth values")
    else:
        if value is None:
            raise InvalidTypeError(f"{name} is None, wanted values; leave it out for those of the script")
        _refuse_numbers_without_unit(name, value, dimensions)
        array = to_si(value, dimensions_of(Quantity(1, dim=dimensions)) or DIMENSIONLESS, name)
        if (array.astype(dtype) != array).any() and np.dtype(dtype).kind in "iu":
            raise InvalidTypeError(f"{name} is no whole number, wanted {np.dtype(dtype)}")
    if array.ndim and shape is not None and array.shape != shape:
        raise InvalidValueError(f"{name} has the shape {array.shape}, wanted {shape} or a single value")
    return array.astype(dtype)


def _refuse_numbers_without_unit(name: str, value, dimensions) -> None:
    """Refuse plain numbers for a variable with a unit, as Brian2 does, which takes 0 for 0 of any unit."""
    with contextlib.suppress(TypeError):  # said better by `to_si`
        given, wanted = Quantity(value), Quantity(1, dim=dimensions)
        if is_dimensionless(given) and not is_dimensionless(wanted) and np.any(given != 0):
            raise UnitError(f"{name} is {value!r}, wanted a quantity in {get_unit(dimensions)!r}, with its unit")
