"""A check of the layers between spiking neurons: of a mean of spikes they have to make the mean of their outputs.

Otherwise what they make of spikes is not what they make of rates.
"""

import keras
import numpy as np

from spikenet.errors import InvalidValueError
from spikenet.hybrid.activations.keras_layers import remedy_for
from spikenet.hybrid.network.graph import Graph, StepKind

_PAIRS = 32  # a maximum of two values looks like a sum in half of them, so it is missed once in 4e9 networks
_VALUES = 1 << 24  # at most in one layer: fewer pairs of large images, as one pair tests many values
_TOLERANCE = {"float64": 1e-9, "float32": 1e-4}  # relative; 3e-2 for types with fewer digits

_AVERAGES = "take averages, such as AveragePooling2D for MaxPooling2D, or run the network with sn.SteadyState()"


def check_means(graph: Graph) -> None:
    """Raise InvalidValueError for a layer between neurons that does not keep means.

    Each such layer is given pairs of spike patterns, and the mean of each pair. Sums, averages, shifts and whatever
    else is affine give the mean of their outputs for the latter; a maximum, a product or a limit does not.
    """
    before, after, last = graph.before_neurons(), graph.after_neurons(), graph.last_uses()
    pairs = max(2, min(_PAIRS, _VALUES // (3 * max(step.units for step in graph.steps))))
    rng = np.random.default_rng(0)
    values = {graph.start: np.repeat(_image(graph, rng), 3 * pairs, axis=0)}
    for step in graph.steps:
        if not before & set(step.gives):
            continue
        if step.changes or step.kind is StepKind.MAXIMUM:  # maxima of spikes are exact, see `ForwardPass`
            shape = (2, pairs, *step.shape)
            potentials = step.kind is StepKind.DENDRITE
            passed_on = rng.uniform(-1, 1, shape) if potentials else rng.integers(0, 2, shape)
            if step.kind is StepKind.ACTIVATION:  # what a spike stands for differs from neuron to neuron
                passed_on = passed_on * rng.uniform(0.5, 2, step.shape)
            passed_on = np.concatenate([*passed_on, passed_on.mean(axis=0)])
            found = [keras.ops.convert_to_tensor(passed_on, getattr(step.layer, "variable_dtype", "float32"))]
        else:
            found = step(values)
            if after & set(step.gives) and not all(_keeps_means(one, pairs) for one in found):
                remedy = _AVERAGES if graph.conductance_steps else remedy_for(step.layer)
                raise InvalidValueError(
                    f"{step.name} ({type(step.layer).__name__}) lies between spiking neurons and makes of spikes "
                    f"something else than of their rates; {remedy}"
                )
        values |= dict(zip(step.gives, found, strict=True))
        for key in step.takes:
            if last.get(key) is step:
                values.pop(key, None)


def _image(graph: Graph, rng: np.random.Generator) -> np.ndarray:
    """Return a random image that the model takes, (1, ...)."""
    wanted = graph.model.inputs[0]
    dtype = np.dtype(keras.backend.standardize_dtype(wanted.dtype))
    shape = (1, *wanted.shape[1:])
    return (rng.integers(0, 2, shape) if dtype.kind in "iu" else rng.uniform(0, 1, shape)).astype(dtype)


def _keeps_means(value, pairs: int) -> bool:
    """Compare outputs for the first patterns, for the second ones and for their means, one behind the other."""
    tolerance = _TOLERANCE.get(keras.backend.standardize_dtype(value.dtype), 3e-2)
    found = keras.ops.convert_to_numpy(value).astype(float).reshape(3, pairs, -1)
    scale = 1 + np.abs(found).max()
    return np.isfinite(scale) and np.allclose(found[2], found[:2].mean(axis=0), rtol=tolerance, atol=tolerance * scale)
