"""Neurons in the place of a hidden layer: a trained Keras model and a neuron model become a hybrid network."""

from dataclasses import replace

import keras
import numpy as np

from spikenet.decode import Readout
from spikenet.encode import Drive, check_drive_unit
from spikenet.engines.base import Engine
from spikenet.engines.job import check_units
from spikenet.engines.simulate import Schedule, Simulation
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.hybrid.calibration import Curve, fit_calibration, warn_if_far
from spikenet.hybrid.hybrid_network import Hybrid
from spikenet.neurons.model import NeuronModel
from spikenet.renames import renamed_arguments

_CURVE_POINTS = 2001
_MOST_Z = 200_000  # pre-activations that weigh a fit


@renamed_arguments(record="duration")
def embed(  # noqa: PLR0913 (a contract with the user; all but three are named)
    model: keras.Model,
    layer: str,
    neuron: NeuronModel,
    drive: Drive,
    *,
    engine: str | Engine = "response",
    calibrate=None,
    settle="1000 ms",
    duration="100 ms",
    dt=None,
    sample_dt=None,
    seed: int = 0,
    progress=None,
) -> Hybrid:
    """Put neurons in the place of the activation of a Dense layer that is followed by the Dense read-out.

    Pre-activations become the drive of the neurons, and the output of the neurons takes the place of the activation,
    as in Bogatenko et al. (2023), section 3.

    Parameters
    ----------
    model : keras.Model
        A trained model whose last two layers are Dense: the hidden layer and the read-out.
    layer : str
        Name of the hidden layer.
    neuron : NeuronModel
        A model such as ``sn.FHN`` (FitzHugh-Nagumo).
    drive : Drive
        From pre-activations to the drive, such as ``sn.tanh_drive(gamma=-0.5)``.
    engine : str or Engine
        A name in `spikenet.engines.ENGINES`, or an engine such as ``sn.engines.Cpp(threads=1)``.
    calibrate : array, (image, ...), optional
        Training images. The response curve of the neuron is measured by simulation, and the gain of the drive and an
        affine map before the read-out are fitted so that the neurons stand in for the activation on these images.
    settle, duration : quantity, str or float
        Time before the recording, and time that is recorded. The paper's, for a time constant of 1 ms, if left out.
    dt, sample_dt : quantity, str or float, optional
        Step of the integration, and time between two samples; the neuron's own if left out.
    seed : int
        For neurons with noise.
    progress : callable, optional
        Called with the part of the calibration that is done, from 0 to 1.

    Returns
    -------
    Hybrid

    Raises
    ------
    InvalidValueError, InvalidTypeError, UnitError
        For arguments that cannot be used, before anything is simulated.

    Examples
    --------
    >>> import keras, numpy as np, spikenet as sn
    >>> layers = [keras.Input((4,)), keras.layers.Dense(8, "tanh", name="hidden"), keras.layers.Dense(3)]
    >>> times = {"settle": "5 ms", "duration": "10 ms", "engine": "runtime"}
    >>> hybrid = sn.embed(keras.Sequential(layers), "hidden", sn.FHN, sn.tanh_drive(gamma=-0.5), **times)
    >>> hybrid.predict(np.zeros((2, 4))).shape
    (2,)
    """
    if not isinstance(model, keras.Model):
        raise InvalidTypeError(f"the model is {type(model).__name__}, wanted a Keras model")
    simulation = Simulation(neuron, Schedule(duration, settle, dt, sample_dt), engine=engine, seed=seed)
    check_drive_unit(drive, neuron.name, neuron.ports[0], neuron.variables[neuron.ports[0]])
    front, activation, tail = _take_apart(model, layer)
    hybrid = Hybrid(front, activation, tail, layer, simulation, drive)
    simulation.job((hybrid.measure,))
    check_units(neuron, tail.n_units)
    return hybrid if calibrate is None else _calibrate(hybrid, calibrate, progress)


def _calibrate(hybrid: Hybrid, images, progress) -> Hybrid:
    """Return the same network with its gain and affine map fitted on these images."""
    z = hybrid.pre_activations(images)
    if not z.size:
        raise InvalidValueError("calibrate has no images; give some of those that the model was trained on")
    if not np.ptp(z, axis=0).any():
        raise InvalidValueError(
            f"the {len(z)} images of calibrate give every unit of {hybrid.layer} the same pre-activation, and there is "
            "nothing to fit; give different images, some of those that the model was trained on"
        )
    z = np.sort(z, axis=None)
    z = z[:: max(1, len(z) // _MOST_Z)]
    wanted = np.asarray(hybrid.activation(z[:, None]), dtype=float).ravel()
    reached = hybrid.drive(z)
    bounds = [
        bound if np.isfinite(bound) else float(extreme)
        for bound, extreme in zip(hybrid.drive.range, (reached.min(), reached.max()), strict=True)
    ]
    drives = np.linspace(*bounds, _CURVE_POINTS)
    # The curve is a response table itself, and so is not read off a coarser one.
    simulation = replace(hybrid.simulation, engine=hybrid.engine.simulator)
    recording = simulation.run(drives[:, None], record=hybrid.measure, progress=progress)
    curve = Curve(drives, recording.values[hybrid.measure][:, 0], hybrid.measure)
    calibration = fit_calibration(curve, hybrid.drive, z, wanted)
    warn_if_far(calibration, wanted, hybrid.layer)
    return replace(hybrid, drive=hybrid.drive.with_gain(calibration.gain), calibration=calibration)


def _take_apart(model: keras.Model, name: str) -> tuple[keras.Model, keras.Model, Readout]:
    """Return the model up to a layer's pre-activation, that layer's activation, and the linear read-out behind it."""
    names = [layer.name for layer in model.layers]
    if name not in names:
        raise InvalidValueError(f"the model has no layer {name!r}; it has {', '.join(names)}")
    place = names.index(name)
    hidden, rest = model.layers[place], model.layers[place + 1 :]
    if not isinstance(hidden, keras.layers.Dense):
        raise InvalidTypeError(
            f"the layer {name!r} is {type(hidden).__name__}, wanted a Dense layer with its activation"
        )
    if len(rest) != 1 or not isinstance(rest[0], keras.layers.Dense):
        found = ", ".join(type(layer).__name__ for layer in rest) or "nothing"
        raise InvalidValueError(f"after {name!r} comes {found}; wanted one Dense layer, the read-out")
    if not (hidden.built and rest[0].built):
        raise InvalidValueError(
            f"the model has no weights yet for {name!r}; build it, with keras.Input as its first part"
        )
    weights, *biases = hidden.get_weights()
    linear = keras.layers.Dense(weights.shape[1], use_bias=bool(biases))
    inputs = model.inputs[0] if len(model.inputs) == 1 else model.inputs
    front = keras.Model(inputs, linear(hidden.input))
    linear.set_weights([weights, *biases])
    z = keras.Input((weights.shape[1],))
    activation = keras.Model(z, keras.layers.Activation(hidden.activation)(z))
    return front, activation, Readout(*rest[0].get_weights())
