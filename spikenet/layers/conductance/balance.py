"""Initial conductances with which each neuron is excited as much as it is inhibited."""

import keras
import numpy as np

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.layers.conductance.lateral import LateralInhibition
from spikenet.layers.conductance.layer import ValenceLayer
from spikenet.layers.keras_internals import call_count
from spikenet.validate import check_images

_MOST = 0.9  # of a neuron's mean drive to make up for its rest


def balance_conductances(model: keras.Model, inputs) -> None:
    """Scale the conductances of every neuron so that, on average over ``inputs``, it is excited as much as inhibited.

    With the mean conductances E (excitatory) and I (inhibitory) of a neuron, the result is::

        g_rest e_rest + E = I

    E + I stays the same, and so does the fraction of E or I that each input contributes. E and I differ by at most nine
    tenths of their sum. A neuron that has no excitation or no inhibition is not changed.

    With random conductances, most neurons of a deep network are always active or always silent, as averages of averages
    hardly differ. Balanced, a neuron is excited more than inhibited by about half of the images. Layers are balanced in
    their order in the model, since each changes the inputs of later ones. In a `LateralInhibition`, the layer is
    balanced without its interneurons.

    Parameters
    ----------
    model : keras.Model
        A built model of one input. Its `CWADense` and `CWAConv2D` layers are changed in place.
    inputs : array_like
        Some hundred training images, (image, ...), as the model takes them.

    Raises
    ------
    InvalidTypeError
        If ``model`` is not a built Keras model of one input, or ``inputs`` are no numbers.
    InvalidValueError
        If the model has no layer to balance, or one that is called twice or is in a model within the model; if
        ``inputs`` is empty, not finite or has a shape that the model does not take.

    References
    ----------
    van Vreeswijk and Sompolinsky (1996), Science 274:1724: balanced cortical neurons are sensitive to strong input.
    Mishkin and Matas (2016), "All you need is a good init", ICLR: initialisation from data, layer after layer.
    """
    layers = _valence_layers(model)
    shown = _checked(model, inputs)
    before = keras.Model(model.inputs, [layer.input for layer in layers])
    for number, layer in enumerate(layers):
        given = keras.tree.flatten(before.predict_on_batch(shown))[number]  # one alone comes without its list
        own = _own(layer)
        exc, inh = (np.asarray(drive, float).reshape(-1, drive.shape[-1]).mean(axis=0) for drive in own.drives(given))
        own.scale(*_factors(exc, inh, own.membrane.g_rest * own.membrane.e_rest))


def _factors(exc: np.ndarray, inh: np.ndarray, rest: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the factors of both mean conductances (unit,) that make rest + exc = inh."""
    both, reached = exc + inh, (exc > 0) & (inh > 0)
    apart = np.clip(-rest, -_MOST * both, _MOST * both)
    wanted = ((both + apart) / 2, (both - apart) / 2)
    pairs = zip(wanted, (exc, inh), strict=True)
    return tuple(np.where(reached, side / np.where(reached, own, 1), 1) for side, own in pairs)


def _valence_layers(model: keras.Model) -> list:
    if not isinstance(model, keras.Model) or len(getattr(model, "inputs", None) or ()) != 1:
        raise InvalidTypeError(f"the model is {model!r}; wanted a built Keras model of one input")
    found = [layer for layer in model.layers if _conducts(layer)]
    if not found:
        raise InvalidValueError(f"{model.name} has no CWADense or CWAConv2D; there is nothing to balance")
    for layer in found:
        if isinstance(layer, keras.Model) or call_count(layer) != 1:
            raise InvalidValueError(
                f"{layer.name} is a model within {model.name}, or in several places of it, and cannot be balanced; "
                "give each layer a place of its own"
            )
    return found


def _conducts(layer) -> bool:
    if isinstance(layer, keras.Model):
        return any(_conducts(one) for one in layer.layers)
    return isinstance(_own(layer), ValenceLayer)


def _own(layer):
    """Return the layer that has the neurons' own conductances."""
    return layer.layer if isinstance(layer, LateralInhibition) else layer


def _checked(model: keras.Model, inputs) -> np.ndarray:
    shown, wanted = check_images(inputs, "inputs"), tuple(model.inputs[0].shape)
    fits = shown.ndim == len(wanted) and all(
        own in (None, given) for own, given in zip(wanted, shown.shape, strict=True)
    )
    if not fits or not len(shown):
        raise InvalidValueError(f"inputs have the shape {shown.shape}; {model.name} wants some of {wanted}")
    return shown
