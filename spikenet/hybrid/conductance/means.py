"""Whether what lies between spiking neurons keeps means: what it makes of spikes is else not what it makes of rates."""

import keras
import numpy as np

from spikenet.errors import InvalidValueError
from spikenet.hybrid.conductance.graph import Graph

_PAIRS = 32  # a maximum of two values passes for a sum in half of them: it is let through once in 4e9
_VALUES = 1 << 24  # at most in one layer, so that there are fewer pairs of large images, of which each holds many tries
_ALIKE = {"float64": 1e-9, "float32": 1e-4}  # relative; of types with fewer digits, 3e-2


def check_means(graph: Graph) -> None:
    """Errors: InvalidValueError for a layer between neurons that makes of a mean something else than the mean.

    Each layer behind neurons and before others is given spikes and the means of two such patterns: sums, averages,
    shifts and whatever else is affine makes of the means the mean. A maximum, a product or a limit does not.
    """
    inner, timed, last = graph.before_neurons(), graph.behind_neurons(), graph.last_uses()
    pairs = max(2, min(_PAIRS, _VALUES // (3 * max(step.units for step in graph.steps))))
    rng = np.random.default_rng(0)
    values = {graph.start: np.repeat(_image(graph, rng), 3 * pairs, axis=0)}
    for step in graph.steps:
        if not inner & set(step.gives):
            continue
        if step.neural:
            shape = (2, pairs, *step.shape)
            spikes = rng.uniform(-1, 1, shape) if step.dendrite else rng.integers(0, 2, shape)
            sent = np.concatenate([*spikes, spikes.mean(axis=0)])
            found = [keras.ops.convert_to_tensor(sent, step.layer.variable_dtype)]
        else:
            found = step(values)
            if timed & set(step.gives) and not all(_keeps_means(one, pairs) for one in found):
                raise InvalidValueError(
                    f"{step.name} ({type(step.layer).__name__}) lies between spiking neurons and makes of spikes "
                    "something else than of their rates (a maximum, a product, a limit); take averages, such as "
                    "AveragePooling2D for MaxPooling2D, or run the network with sn.SteadyState()"
                )
        values |= dict(zip(step.gives, found, strict=True))
        for key in step.takes:
            if last.get(key) is step:
                values.pop(key, None)


def _image(graph: Graph, rng: np.random.Generator) -> np.ndarray:
    """An image that the model may be shown, (1, ...)."""
    wanted = graph.model.inputs[0]
    dtype = np.dtype(keras.backend.standardize_dtype(wanted.dtype))
    shape = (1, *wanted.shape[1:])
    return (rng.integers(0, 2, shape) if dtype.kind in "iu" else rng.uniform(0, 1, shape)).astype(dtype)


def _keeps_means(value, pairs: int) -> bool:
    """Of patterns, as many others, and the means of both, one behind the other."""
    alike = _ALIKE.get(keras.backend.standardize_dtype(value.dtype), 3e-2)
    found = keras.ops.convert_to_numpy(value).astype(float).reshape(3, pairs, -1)
    return np.allclose(found[2], found[:2].mean(axis=0), rtol=alike, atol=alike * (1 + np.abs(found).max()))
