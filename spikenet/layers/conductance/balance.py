"""First conductances of a network at which each neuron is excited as much as it is inhibited."""

import keras
import numpy as np

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.layers.conductance.lateral import LateralInhibition
from spikenet.layers.conductance.layer import ValenceLayer
from spikenet.layers.keras_internals import call_count

_MOST = 0.9  # of a neuron's mean drive to make up for its rest


def balance_conductances(model: keras.Model, inputs) -> None:
    """Scale the conductances of every neuron so that, on average over ``inputs``, it is excited as much as inhibited.

    ``inputs`` are some hundred training images, as the model takes them. What a neuron's own resting conductance pulls
    is counted in: with mean drives E and I, g_rest e_rest + E = I, as far as nine tenths of E + I go. That sum stays,
    and each input's share of E or I. Drawn at random, conductances leave most neurons of a deep network always on or
    always silent, whatever is shown: averages of averages hardly differ. Balanced, about half of the images excite a
    neuron more than they inhibit it. Layers come in their order in the model, as each changes what later ones are
    given; in a `LateralInhibition` the layer alone is balanced, without its interneurons. A neuron that only one side
    or none reaches stays as it is.

    Balance is what lets cortical neurons be strongly driven and still sensitive: van Vreeswijk and Sompolinsky,
    Science 274, 1724 (1996). Starting layer after layer from data: Mishkin and Matas, "All you need is a good init",
    ICLR 2016.

    Errors: InvalidTypeError for what is no Keras model of one input, InvalidValueError for one without `CWADense` or
    `CWAConv2D`, or with one in two places or in a model of its own, and for inputs that it cannot take, or that are
    none or not finite.
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
    """What mean drives (unit,) are multiplied by for rest + exc = inh."""
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
    """What has the neurons' own conductances."""
    return layer.layer if isinstance(layer, LateralInhibition) else layer


def _checked(model: keras.Model, inputs) -> np.ndarray:
    shown, wanted = np.asarray(inputs), tuple(model.inputs[0].shape)
    fits = shown.ndim == len(wanted) and all(
        own in (None, given) for own, given in zip(wanted, shown.shape, strict=True)
    )
    if not fits or not len(shown):
        raise InvalidValueError(f"inputs have the shape {shown.shape}; {model.name} wants some of {wanted}")
    if shown.dtype.kind not in "biuf" or not np.isfinite(shown).all():
        raise InvalidValueError("inputs hold what is not a finite number; clean them first")
    return shown
