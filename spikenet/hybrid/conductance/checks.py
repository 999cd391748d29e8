"""Which networks neurons can take over, and which images a network can be shown: all that is refused beforehand."""

from collections.abc import Mapping
from enum import IntEnum

import keras
import numpy as np

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.hybrid.conductance.graph import Graph, Step, layers_in, same
from spikenet.layers.conductance import LateralInhibition, Release

_AFFINE = (
    keras.layers.Dense,
    keras.layers.EinsumDense,
    keras.layers.Conv1D,
    keras.layers.Conv2D,
    keras.layers.Conv3D,
    keras.layers.DepthwiseConv2D,
    keras.layers.SeparableConv2D,
    keras.layers.Conv2DTranspose,
)


class Kind(IntEnum):
    """What a value is; of several, a layer's output is like the last in this order."""

    IMAGE = 0
    RELEASED = 1
    POTENTIAL = 2  # straight from neurons
    MIXED = 3  # potentials that some layer has changed or added up
    AFFINE = 4


# Why potentials must be released straight away, where they must.
WIRED = "as one network, neurons hand on what they release and nothing else; run it layer after layer"


def check_order(graph: Graph) -> None:
    """Errors: InvalidValueError for layers whose neurons act on each other, where each layer is run by itself."""
    for step in graph.sites:
        if isinstance(step.layer, LateralInhibition):
            raise InvalidValueError(
                f"{step.name} is LateralInhibition, whose neurons inhibit each other, and layer after layer nothing "
                "runs back; run to_brian(model, sn.Transient()).as_network(image), or its inner layer alone"
            )


def check_network(graph: Graph, straight: str | None = None) -> Mapping[int, Kind]:
    """What every value is, by its key.

    ``straight`` is why nothing but a release may follow a conductance layer, None if more may. Errors:
    InvalidValueError for layers that no conductance neurons can stand in for.
    """
    if not graph.sites:
        found = ", ".join(dict.fromkeys(type(step.layer).__name__ for step in graph.steps))
        raise InvalidValueError(
            f"the model has no conductance layer, only {found}; wanted layers such as sn.layers.CWADense and "
            "sn.layers.CWAConv2D"
        )
    kinds = {graph.start: Kind.IMAGE}
    for step in graph.steps:
        came = max((kinds[key] for key in step.takes), default=Kind.IMAGE)
        for key in step.gives:
            kinds[key] = _kind(step, came, straight)
    check_weights(graph)
    return kinds


def _kind(step: Step, came: Kind, straight: str | None) -> Kind:
    """What the step makes of it."""
    if step.conducting:
        _check_conducting(step, came)
        return Kind.POTENTIAL
    if step.layer is same:
        return came
    if releases(step.layer):
        return _released(step, came)
    if straight and came in (Kind.POTENTIAL, Kind.MIXED):
        raise InvalidValueError(
            f"{step.name} ({type(step.layer).__name__}) takes membrane potentials, and {straight}; wanted a Release "
            "right behind each conductance layer"
        )
    if is_affine(step.layer):
        return Kind.AFFINE
    return Kind.MIXED if came is Kind.POTENTIAL else came


def _released(step: Step, came: Kind) -> Kind:
    if came is Kind.AFFINE:
        raise InvalidValueError(
            f"{step.name} releases what affine layers (Dense or convolutions with weights of either sign) made, and "
            "these are no conductance neurons; wanted CWA or AbsNorm layers before it, and affine ones at the end only"
        )
    return came if came is Kind.IMAGE else Kind.RELEASED


def _check_conducting(step: Step, came: Kind) -> None:
    if came not in (Kind.IMAGE, Kind.RELEASED):
        raise InvalidValueError(
            f"{step.name} is given {came.name.lower()} values, which may be negative, as release probabilities; wanted "
            "sn.layers.Release or a ReLU between two conductance layers"
        )


def check_weights(graph: Graph) -> None:
    """Errors: InvalidValueError for conductances below zero, and for weights that are no finite numbers."""
    for weight in graph.model.weights:
        value = keras.ops.convert_to_numpy(weight)
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            raise InvalidValueError(f"{weight.path} holds a NaN or an infinity; train the model anew, or load it")
    for step in graph.sites:
        opened = [step.layer.conductances()]
        if isinstance(step.layer, LateralInhibition):
            opened += step.layer.lateral_conductances()
        if not all(np.isfinite(one).all() for one in opened):
            raise InvalidValueError(f"{step.name} has a conductance that is no finite number; train the model anew")
        least = min(float(np.min(one)) for one in opened)
        if least < 0:
            raise InvalidValueError(
                f"{step.name} has a conductance of {least:g}, wanted zero or more; offsets below -1 are no "
                "conductances: clip them"
            )


def is_affine(layer) -> bool:
    """Whether weights of either sign are in it, or in the model that it is."""
    return any(isinstance(one, _AFFINE) for one in (layers_in(layer) if isinstance(layer, keras.Model) else [layer]))


def releases(layer) -> bool:
    """Whether negative values become 0 and probabilities stay as they are, spikes included."""
    if isinstance(layer, keras.layers.ReLU):
        return not (layer.negative_slope or layer.threshold) and layer.max_value in (None, 1)
    activation = isinstance(layer, keras.layers.Activation) and layer.activation is keras.activations.relu
    return isinstance(layer, Release) or activation


def check_images(graph: Graph, images) -> np.ndarray:
    """Images as the model's input wants them: whole numbers to 255 for ``uint8``, numbers from 0 to 1 for floats.

    Errors: InvalidTypeError, InvalidValueError.
    """
    wanted = graph.model.inputs[0]
    dtype = keras.backend.standardize_dtype(wanted.dtype)
    try:
        images = np.asarray(images)
    except ValueError as error:  # lists of different lengths
        raise InvalidTypeError(f"the images are no array ({error}); wanted ('image', *{wanted.shape[1:]})") from None
    shape = tuple(wanted.shape[1:])
    matches = images.ndim == len(shape) + 1 and all(
        size in (None, own) for size, own in zip(shape, images.shape[1:], strict=True)
    )
    if not matches or not len(images):
        raise InvalidValueError(f"images have the shape {images.shape}, wanted {('image', *shape)}, at least one")
    whole = np.issubdtype(np.dtype(dtype), np.integer)
    if images.dtype.kind not in ("iu" if whole else "iuf"):
        raise InvalidTypeError(
            f"images are {images.dtype}, and the model takes {dtype}; wanted "
            + ("whole numbers from 0 to 255" if whole else "numbers from 0 to 1")
        )
    top = 255 if whole else 1
    if not (images.min() >= 0 and images.max() <= top):
        raise InvalidValueError(
            f"images go from {images.min():g} to {images.max():g}, wanted 0 to {top}, as the model takes {dtype}"
        )
    return images.astype(dtype, copy=False)


def check_released(step: Step, p: np.ndarray, most: float = 1.0) -> None:
    """Errors: InvalidValueError for what is no release probability; several that are added up have another ``most``."""
    if not (p.min() >= 0 and p.max() <= most):
        raise InvalidValueError(
            f"{step.name} is given values from {p.min():g} to {p.max():g}, wanted release probabilities from 0 to 1: "
            "scale and clip what comes before it"
        )
