"""Checks before anything runs: networks and neurons that can be simulated, and images that a network can be shown."""

from collections.abc import Mapping
from enum import IntEnum

import keras
import numpy as np

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.hybrid.activations.keras_layers import WITH_WEIGHTS
from spikenet.hybrid.network.graph import Graph, Step, StepKind, WithoutActivation, identity, layers_in
from spikenet.layers.conductance import LateralInhibition, Release
from spikenet.neurons import NeuronModel
from spikenet.validate import check_images

PORTS = ("g_exc", "g_inh")
_PARAMETERS = ("capacitance", "g_rest", "e_rest", "e_exc", "e_inh")


class ValueKind(IntEnum):
    """Kind of a value between two layers. An output is like the input that is last in this order."""

    IMAGE = 0
    PROBABILITY = 1  # of a release
    ACTIVITY = 2  # of spiking activations, which may be above 1
    POTENTIAL = 3  # straight from neurons
    COMBINED = 4  # potentials that some layer has changed or added up
    AFFINE = 5  # made by weights of either sign


_NEGATIVE = {
    ValueKind.POTENTIAL: "membrane potentials",
    ValueKind.COMBINED: "potentials that were changed or added up",
    ValueKind.AFFINE: "what affine layers made",
}
# Why nothing but a release may follow a conductance layer in one Brian2 network.
ONLY_RELEASES = "as one network, neurons pass on what they release and nothing else; run it layer after layer"


def check_order(graph: Graph) -> None:
    """Raise InvalidValueError for layers whose neurons act on each other: they cannot run layer after layer."""
    for step in graph.conductance_steps:
        if isinstance(step.layer, LateralInhibition):
            raise InvalidValueError(
                f"{step.name} is LateralInhibition, whose neurons inhibit each other, and layer after layer nothing "
                "runs back; run to_brian(model, sn.Transient()).as_network(image), or its inner layer alone"
            )


def check_network(graph: Graph, only_releases: str | None = None) -> Mapping[int, ValueKind]:
    """Return the kind of every value, by its key.

    ``only_releases`` is the reason why nothing but a release may follow a conductance layer, None if more may.

    Raises
    ------
    InvalidValueError
        For layers that no conductance neurons can stand for.
    """
    if not graph.conductance_steps:
        found = ", ".join(dict.fromkeys(type(step.layer).__name__ for step in graph.steps))
        raise InvalidValueError(
            f"the model has no conductance layer, only {found}; wanted layers such as sn.layers.CWADense and "
            "sn.layers.CWAConv2D"
        )
    kinds = {graph.start: ValueKind.IMAGE}
    for step in graph.steps:
        given = max((kinds[key] for key in step.takes), default=ValueKind.IMAGE)
        for key in step.gives:
            kinds[key] = _output_kind(step, given, only_releases)
    check_weights(graph)
    return kinds


def _output_kind(step: Step, given: ValueKind, only_releases: str | None) -> ValueKind:
    if step.kind is StepKind.ACTIVATION:
        return ValueKind.PROBABILITY if step.neurons.ceiling <= 1 else ValueKind.ACTIVITY
    if step.has_conductances:
        if given is ValueKind.ACTIVITY:
            raise InvalidValueError(
                f"{step.name} is given activations that may be above 1, as release probabilities; wanted "
                "ReLU(max_value=1) before it"
            )
        if given not in (ValueKind.IMAGE, ValueKind.PROBABILITY):
            raise InvalidValueError(
                f"{step.name} is given {_NEGATIVE[given]}, which may be negative, as release probabilities; wanted "
                "sn.layers.Release or a ReLU between two conductance layers"
            )
        return ValueKind.POTENTIAL
    if step.layer is identity:
        return given
    if is_release(step.layer):
        if given is ValueKind.AFFINE:
            raise InvalidValueError(
                f"{step.name} releases what affine layers (Dense or convolutions with weights of either sign) made, "
                "and these are no conductance neurons; wanted CWA or AbsNorm layers before it, and affine ones at the "
                "end only"
            )
        return given if given is ValueKind.IMAGE else ValueKind.PROBABILITY
    if only_releases and given in (ValueKind.POTENTIAL, ValueKind.COMBINED):
        raise InvalidValueError(
            f"{step.name} ({type(step.layer).__name__}) takes membrane potentials, and {only_releases}; wanted a "
            "Release right behind each conductance layer"
        )
    if is_affine(step.layer):
        return ValueKind.AFFINE
    return ValueKind.COMBINED if given is ValueKind.POTENTIAL else given


def check_weights(graph: Graph) -> None:
    """Raise InvalidValueError for conductances below zero, and for weights that are no finite numbers."""
    for weight in graph.model.weights:
        value = keras.ops.convert_to_numpy(weight)
        if value.dtype.kind == "f" and not np.isfinite(value).all():
            raise InvalidValueError(f"{weight.path} holds a NaN or an infinity; train the model again, or load it")
    for step in graph.conductance_steps:
        conductances = [step.layer.conductances()]
        if isinstance(step.layer, LateralInhibition):
            conductances += step.layer.lateral_conductances()
        if not all(np.isfinite(one).all() for one in conductances):
            raise InvalidValueError(f"{step.name} has a conductance that is no finite number; train the model again")
        least = min(float(np.min(one)) for one in conductances)
        if least < 0:
            raise InvalidValueError(
                f"{step.name} has a conductance of {least:g}, wanted zero or more; offsets below -1 are no "
                "conductances: clip them"
            )


def is_affine(layer) -> bool:
    """Return whether weights of either sign are in the layer, or in the model that it is."""
    if isinstance(layer, WithoutActivation):
        return True
    return any(
        isinstance(one, WITH_WEIGHTS) for one in (layers_in(layer) if isinstance(layer, keras.Model) else [layer])
    )


def is_release(layer) -> bool:
    """Return whether negative values become 0 and probabilities stay as they are, spikes included."""
    if isinstance(layer, keras.layers.ReLU):
        return not (layer.negative_slope or layer.threshold) and layer.max_value in (None, 1)
    activation = isinstance(layer, keras.layers.Activation) and layer.activation is keras.activations.relu
    return isinstance(layer, Release) or activation


def check_neuron(neuron: NeuronModel, *, spiking: bool) -> None:
    """Raise InvalidTypeError or InvalidValueError for other than a conductance neuron that spikes, or does not."""
    if not isinstance(neuron, NeuronModel):
        raise InvalidTypeError(f"the neuron is {type(neuron).__name__}, wanted a NeuronModel such as sn.CWA")
    missing = [name for name in _PARAMETERS if name not in neuron.parameters]
    missing += [name for name in PORTS if name not in neuron.ports]
    if spiking and "f_max" not in neuron.parameters:
        missing.append("f_max")
    if missing or neuron.spiking is not spiking:
        wanted = "sn.neurons.SpikingCWA or sn.neurons.StochasticCWA" if spiking else "sn.CWA"
        why = f"has no {', '.join(missing)}" if missing else f"{'never' if spiking else 'sends'} spikes"
        raise InvalidValueError(f"the neuron {neuron.name} {why}; wanted one such as {wanted} for this mode")

    for name in ("capacitance", "tau_syn", "f_max"):
        if name in neuron.parameters and not neuron.parameters[name].single(name) > 0:
            raise InvalidValueError(
                f"the neuron {neuron.name} has {name}={neuron.parameters[name]}, wanted more than 0"
            )
    g_rest, e_exc, e_inh = (neuron.parameters[name].single(name) for name in ("g_rest", "e_exc", "e_inh"))
    if not (g_rest > 0 and e_exc > e_inh):
        raise InvalidValueError(
            f"the neuron {neuron.name} has g_rest={g_rest:g} S, e_exc={e_exc:g} V and e_inh={e_inh:g} V; wanted a "
            "conductance above 0, and e_exc above e_inh"
        )


def check_model_images(graph: Graph, images) -> np.ndarray:
    """Return images as the model's input takes them.

    With conductance layers these are whole numbers from 0 to 255 for integers, numbers from 0 to 1 for floats; with
    others all numbers that the type can hold.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        For others, and if there is none.
    """
    wanted = graph.model.inputs[0]
    dtype, shape = keras.backend.standardize_dtype(wanted.dtype), tuple(wanted.shape[1:])
    images = check_images(images)
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
    least, top = (0, 255 if whole else 1) if graph.conductance_steps else (-np.inf, np.inf)
    if whole:
        least, top = max(least, np.iinfo(dtype).min), min(top, np.iinfo(dtype).max)
    if not (images.min() >= least and images.max() <= top):
        raise InvalidValueError(
            f"images go from {images.min():g} to {images.max():g}, wanted {least} to {top}, as the model takes {dtype}"
        )
    return images.astype(dtype, copy=False)


def check_pixels(pixels: np.ndarray, input: str) -> None:
    """Raise InvalidValueError for pixels that cannot be rates of spikes."""
    if not (pixels.min() >= 0 and pixels.max() <= 1):
        raise InvalidValueError(
            f"pixels go from {pixels.min():g} to {pixels.max():g}, wanted rates from 0 to 1 for input={input!r}: begin "
            "the model with a Rescaling, or take input='analog'"
        )


def check_probabilities(step: Step, p: np.ndarray, most: float = 1.0) -> None:
    """Raise InvalidValueError for other than release probabilities; sums of several have another ``most``."""
    if not (p.min() >= 0 and p.max() <= most):
        raise InvalidValueError(
            f"{step.name} is given values from {p.min():g} to {p.max():g}, wanted release probabilities from 0 to 1: "
            "scale and clip what comes before it"
        )
