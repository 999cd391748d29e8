"""Neurons in the place of a hidden layer: a trained Keras model and a neuron model become a hybrid network."""

from dataclasses import replace

import keras
import numpy as np

from spikenet.decode import Readout
from spikenet.encode import Drive
from spikenet.engines.base import Engine
from spikenet.engines.job import check_units
from spikenet.engines.simulate import Schedule, Simulation
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.hybrid.calibration import Curve
from spikenet.hybrid.calibration import calibrate as fit
from spikenet.hybrid.hybrid_network import Hybrid
from spikenet.layers.simulation import check_drive
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

    Plain, as in Bogatenko et al. (2023), section 3: pre-activations go through ``drive``, the output of the neurons
    takes the place of the activation. With ``calibrate`` (images, training ones): the response curve is measured by
    simulation, and the drive's gain and an affine map before the read-out are fitted so that the neurons stand in
    for the activation on these images; ``progress`` is told how far that is. Durations as in `simulate`; the default
    ones are the paper's for tau = 1 ms.

    Errors: InvalidValueError, InvalidTypeError before anything is simulated.
    """
    if not isinstance(model, keras.Model):
        raise InvalidTypeError(f"the model is {type(model).__name__}, wanted a Keras model")
    check_drive(drive, neuron)
    front, activation, tail = _taken_apart(model, layer)
    simulation = Simulation(neuron, Schedule(duration, settle, dt, sample_dt), engine=engine, seed=seed)
    hybrid = Hybrid(front, activation, tail, simulation, drive)
    simulation.job((hybrid.measure,))
    check_units(neuron, tail.n_units)
    return hybrid if calibrate is None else _calibrated(hybrid, calibrate, progress)


def _calibrated(hybrid: Hybrid, images, progress) -> Hybrid:
    """The same network with its gain and affine map fitted on these images."""
    z = np.sort(hybrid.pre_activations(images), axis=None)
    if not z.size:
        raise InvalidValueError("calibrate has no images; give some of those that the model was trained on")
    z = z[:: max(1, len(z) // _MOST_Z)]
    wanted = np.asarray(hybrid.activation(z[:, None]), dtype=float).ravel()
    drives = np.linspace(*_range(hybrid.drive, z), _CURVE_POINTS)
    directly = replace(hybrid.simulation, engine=hybrid.engine.simulator)  # a curve is a table: it needs no finer one
    recording = directly.run(drives[:, None], record=hybrid.measure, progress=progress)
    curve = Curve(drives, recording.values[hybrid.measure][:, 0], hybrid.measure)
    calibration = fit(curve, hybrid.drive, z, wanted)
    return replace(hybrid, drive=hybrid.drive.with_gain(calibration.gain), calibration=calibration)


def _range(drive: Drive, z: np.ndarray) -> tuple[float, float]:
    """The drive's own bounds; where it has none, what it makes of the pre-activations."""
    fed = drive(z)
    return tuple(
        bound if np.isfinite(bound) else float(reached)
        for bound, reached in zip(drive.range, (fed.min(), fed.max()), strict=True)
    )


def _taken_apart(model: keras.Model, name: str) -> tuple[keras.Model, keras.Model, Readout]:
    """The model up to a layer's pre-activation, that layer's activation, and the linear read-out behind it."""
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
