"""Which neurons a synapse model connects, with which weights and delays: read and checked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import brian2
import numpy as np

from spikenet.brian2_internals import RuntimeDevice
from spikenet.errors import InvalidTypeError, InvalidValueError, UnitError
from spikenet.units import DIMENSIONLESS, SECOND, dimensions_of, n_steps, show, to_si, unit_text
from spikenet.validate import check_share


@dataclass(frozen=True)
class Wiring:
    """The arguments of `SynapseModel.connect`, as they came."""

    pattern: object
    p: float
    weights: object
    delay: object
    namespace: dict


@dataclass(frozen=True)
class Plan:
    """What to make: arguments of ``connect``, the weights, and delays in seconds; texts are expressions."""

    connect_arguments: dict
    weights: float | str | np.ndarray
    delay: float | str | np.ndarray

    @property
    def delays_differ(self) -> bool:
        """True if each synapse has a delay of its own."""
        return not isinstance(self.delay, float)


def planned(model, wiring: Wiring, pre, post) -> Plan:
    """Return a checked plan for two groups."""
    shape = (len(pre), len(post))
    pairs = _pairs(wiring.pattern, shape)
    weights = wiring.weights if wiring.weights is not None else model.initial_weight
    if not isinstance(weights, str) or is_quantity(weights):
        pairs, weights = _weights(model, weights, pairs, shape, wiring)
        check_range(model, weights)
    p = check_share(wiring.p, "p")
    if pairs is not None and wiring.p != 1:
        raise InvalidValueError(f"p is {p:g}, and indices or a matrix say which synapses there are; leave p out")
    delay = _delay(wiring.delay, pairs, shape, float(pre.clock.dt))
    if pairs is not None:
        arguments = {"i": pairs[0], "j": pairs[1]}
    elif wiring.pattern == "one_to_one":
        arguments = {"j": "i"} if p == 1 else {"condition": "i == j", "p": p}
    else:
        arguments = {"condition": None if wiring.pattern == "all_to_all" else wiring.pattern, "p": p}
    return Plan(arguments, weights, delay)


def check_range(model, weights, name: str = "weights") -> None:
    """Check that weights are within the bounds of a model."""
    low, high = model.weight_range
    array = np.asarray(weights)
    outside = array[(array < low) | (array > high)]
    if outside.size:
        why = "a conductance is never negative" if model.nonnegative and outside.flat[0] < 0 else "clip them"
        bounds = f"from {low:g} to {high:g}" if np.isfinite(high) else f"from {low:g} on"
        raise InvalidValueError(
            f"{model.name}: {outside.size} of {array.size} {name} are outside, such as {outside.flat[0]:g}; wanted "
            f"w {bounds}: {why}"
        )


def check_expression_weights(model, synapses: brian2.Synapses, name: str) -> None:
    """Check what an expression gave, where it has been worked out already."""
    if isinstance(brian2.get_device(), RuntimeDevice):
        check_range(model, synapses.state(name, use_units=False)[:], "weights of the expression")


@contextmanager
def expressions_read(model, text) -> Iterator[None]:
    """Say of an expression that Brian2 cannot use it, and what Brian2 says."""
    try:
        yield
    except (KeyError, SyntaxError, TypeError, ValueError, brian2.DimensionMismatchError) as error:
        if not isinstance(text, str):
            raise
        kind = UnitError if isinstance(error, brian2.DimensionMismatchError) else InvalidValueError
        said = str(error) if kind is UnitError else error.args[0]
        raise kind(
            f"{model.name}: cannot use the expression {text!r}: {said}; it may use i, j, variables of neurons such "
            "as v_pre and v_post, functions, units and names around the call"
        ) from None


def is_quantity(text: str) -> bool:
    """Return True if a text is a number with or without a unit, and not an expression."""
    try:
        dimensions_of(text)
    except UnitError:
        return False
    return True


def _pairs(pattern, shape: tuple[int, int]) -> tuple[np.ndarray, np.ndarray] | None:
    """Return arrays of indices, or None for a pattern in words."""
    if isinstance(pattern, str):
        if pattern == "one_to_one" and shape[0] != shape[1]:
            raise InvalidValueError(
                f"there are {shape[0]} presynaptic and {shape[1]} postsynaptic neurons; wanted as many of both, one to "
                "one"
            )
        if not pattern.strip():
            raise InvalidValueError("the pattern is an empty text; wanted 'all_to_all' or a condition such as 'i != j'")
        if pattern.isidentifier() and pattern not in ("all_to_all", "one_to_one", "True"):
            raise InvalidValueError(
                f"unknown pattern {pattern!r}; wanted all_to_all, one_to_one, a condition such as 'i != j', or (i, j)"
            )
        return None
    if not isinstance(pattern, tuple | list) or len(pattern) != 2:
        raise InvalidTypeError(
            f"the pattern is a {type(pattern).__name__}, wanted a text such as 'i != j', or two arrays of indices "
            "(i, j); a matrix goes to weights="
        )
    found = []
    for name, one, n in zip(("i", "j"), pattern, shape, strict=True):
        array = np.asarray(one)
        if array.ndim != 1 or (array.size and array.dtype.kind not in "iu"):
            raise InvalidValueError(
                f"the indices {name} are {array.dtype} in the shape {array.shape}; wanted whole numbers (synapse,)"
            )
        if array.size and not 0 <= array.min() <= array.max() < n:
            raise InvalidValueError(
                f"the indices {name} go from {array.min()} to {array.max()}; wanted 0 to {n - 1}, for {n} neurons"
            )
        found.append(array.astype(int))
    if len(found[0]) != len(found[1]):
        raise InvalidValueError(f"there are {len(found[0])} indices i and {len(found[1])} j; wanted as many of both")
    return tuple(found)


def _weights(model, weights, pairs, shape: tuple[int, int], wiring: Wiring):
    """Return indices and the weights ``w`` of each synapse; the indices are those of a matrix if it brings them."""
    if hasattr(weights, "tocoo"):
        stored = weights.tocoo()
        _check_shape("weight matrix", stored.shape, shape)
        if pairs is not None or wiring.pattern != "all_to_all":
            raise InvalidValueError("a sparse matrix says itself which synapses there are; leave pattern out")
        return (stored.row.astype(int), stored.col.astype(int)), _without_unit(model, stored.data)
    numbers = _without_unit(model, weights)
    if numbers.ndim == 0:
        return pairs, float(numbers)
    if numbers.ndim == 2:
        _check_shape("weight matrix", numbers.shape, shape)
        if pairs is None and wiring.pattern == "one_to_one":
            pairs = (np.arange(shape[0]),) * 2
        elif pairs is None and wiring.pattern == "all_to_all":
            pairs = tuple(index.ravel() for index in np.indices(shape))
        elif pairs is None:
            raise InvalidValueError(
                f"which synapses there are with {wiring.pattern!r} is not known before Brian2 has made them; give "
                "weights=None, and set synapses.w = matrix[synapses.i, synapses.j]"
            )
        return pairs, numbers[pairs]
    if pairs is None and wiring.pattern == "one_to_one":
        pairs = (np.arange(shape[0]),) * 2
    if pairs is None or numbers.shape != pairs[0].shape:
        n = f"({len(pairs[0])},), one for each pair of indices, or" if pairs is not None else "one number, or a matrix"
        raise InvalidValueError(f"the weights have the shape {numbers.shape}; wanted {n} {shape} (pre, post)")
    return pairs, numbers


def _check_shape(what: str, found: tuple[int, ...], wanted: tuple[int, int]) -> None:
    if found != wanted:
        hint = "; give its transpose" if found == wanted[::-1] else ""
        raise InvalidValueError(f"the {what} has the shape {found}, wanted {wanted}: (pre, post){hint}")


def _without_unit(model, weights) -> np.ndarray:
    """Return weights ``w``: numbers as they are, quantities in units of the parameter ``weight``."""
    found = dimensions_of(weights)
    if found in (None, DIMENSIONLESS):
        return to_si(weights, DIMENSIONLESS, "weights")
    unit = model.parameters.get("weight")
    if unit is None or found != unit.dimensions:
        wanted = "no unit" if unit is None else f"no unit, or {unit_text(unit.dimensions)} as weight has"
        raise UnitError(f"{model.name}: the weights have the unit {unit_text(found)}, wanted {wanted}")
    if not unit.value:
        raise InvalidValueError(f"{model.name}: weight is {unit}, and weights cannot be multiples of it; give weight=")
    return to_si(weights, found, "weights") / unit.value


def _delay(delay, pairs, shape: tuple[int, int], dt: float) -> float | str | np.ndarray:
    """Return delays in seconds, whole steps; a text that is no quantity is an expression."""
    if isinstance(delay, str) and not is_quantity(delay):
        return delay
    seconds = to_si(delay, SECOND, "delay")
    if (seconds < 0).any():
        raise InvalidValueError(f"a delay is {show(float(seconds.min()), SECOND)}; wanted zero or more")
    if seconds.ndim == 2:
        _check_shape("matrix of delays", seconds.shape, shape)
        if pairs is None:
            raise InvalidValueError("a matrix of delays needs a matrix of weights, or indices (i, j); give weights=")
        seconds = seconds[pairs]
    elif seconds.ndim and (pairs is None or seconds.shape != pairs[0].shape):
        wanted = f"({len(pairs[0])},)" if pairs is not None else "one number"
        raise InvalidValueError(f"the delays have the shape {seconds.shape}; wanted {wanted}, or a matrix (pre, post)")
    for one in np.unique(seconds):
        n_steps(float(one), dt, "the delay")
    return float(seconds) if not seconds.ndim else seconds
