"""Neurons in the place of a hidden layer: a trained Keras model and a neuron model become a hybrid network."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import keras
import numpy as np

from spikenet.calibration import Calibration, calibrate as fit
from spikenet.decode import DECODERS, Readout, dwell, low_pass
from spikenet.encode import Drive
from spikenet.engine.engine import Engine, engine_of
from spikenet.engine.job import Timing, plan
from spikenet.engine.progress import Progress
from spikenet.engine.response import respond
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.neurons.model import NeuronModel
from spikenet.recording import Recording

_BATCH = 1000  # images that Keras takes at a time
_CURVE_POINTS = 2001
_MOST_Z = 200_000  # pre-activations that weigh a fit


@dataclass(frozen=True)
class Evaluation:
    """How many images got their label: ``accuracy`` of all, ``per_class`` (class,) of each; shares from 0 to 1."""

    accuracy: float
    per_class: np.ndarray
    classes: np.ndarray = field(repr=False)


@dataclass(frozen=True)
class Verification:
    """Distance from the Keras model: largest and rms, of each hidden unit (after the affine map) and of the logits."""

    unit_max: np.ndarray
    unit_rms: np.ndarray
    logit_max: float
    logit_rms: float
    same_class: float

    def __str__(self) -> str:
        worst = int(self.unit_max.argmax())
        return (
            f"hidden units: {self.unit_rms.mean():.2g} rms, at most {self.unit_max[worst]:.2g} (unit {worst}); "
            f"logits: {self.logit_rms:.2g} rms, at most {self.logit_max:.2g}; same class for {self.same_class:.2%}"
        )


@dataclass(frozen=True, eq=False)
class Hybrid:
    """A Keras model whose hidden layer is a population of neurons. Made by `embed`.

    ``front`` gives pre-activations, ``readout`` takes what the neurons did. Frozen: change it by making another.
    """

    front: keras.Model
    activation: keras.Model
    tail: Readout
    neuron: NeuronModel
    drive: Drive
    timing: Timing
    engine: Engine
    calibration: Calibration | None = None
    seed: int = 0

    @property
    def measure(self) -> str:
        """What a neuron's answer is when one number is wanted: its spikes, or the mean of its output."""
        return "count" if self.neuron.spiking else "mean"

    @property
    def readout(self) -> Readout:
        """The read-out as the neurons see it: the Keras layer's, with the calibration's affine map before it."""
        if self.calibration is None:
            return self.tail
        shifted = self.tail.bias + self.calibration.shift * self.tail.weights.sum(axis=0)
        return Readout(self.calibration.scale * self.tail.weights, shifted)

    def pre_activations(self, images) -> np.ndarray:
        """What the hidden layer is given, (sample, unit)."""
        return np.asarray(self.front.predict(images, batch_size=_BATCH, verbose=0), dtype=float)

    def record(self, images, keep=("mean",)) -> Recording:
        """Show images to the neurons and record them. For many images and traces, `logits` needs less memory."""
        job, drives = self._plan(images, keep)
        with Progress(f"{len(images)} images") as progress:
            return self.engine.run(job, drives, progress)

    def logits(self, images, progress=None) -> Iterator[tuple[slice, np.ndarray]]:
        """The network's output over time, (sample, time, class), a piece of the images after the other."""
        job, drives = self._plan(images, ("trace",))
        readout = self.readout
        with Progress(f"{len(images)} images", progress) as shown:
            for here, logits in self.engine.read_out(job, drives, readout.weights, shown):
                yield here, logits + readout.bias.astype(logits.dtype)

    def predict(self, images, decode: str | None = None, *, smooth=0.0, progress=None) -> np.ndarray:
        """The class of each image, (sample,) int.

        ``decode`` is a name of DECODERS; None takes the count of spikes, or the dwell time of neurons that have none.
        ``smooth`` is the time constant of a low-pass filter before ``dwell``. Errors: InvalidValueError.
        """
        decode = decode or ("count" if self.neuron.spiking else "dwell")
        if decode not in DECODERS:
            raise InvalidValueError(f"unknown decoder {decode!r}; there are {', '.join(DECODERS)}")
        decoder = DECODERS[decode]
        if decoder.needs == "trace":
            pieces = (self._won(logits, smooth) for _, logits in self.logits(images, progress))
            return np.concatenate(list(pieces))
        job, drives = self._plan(images, (decoder.needs,))
        with Progress(f"{len(images)} images", progress) as shown:
            recording = self.engine.run(job, drives, shown)
        return decoder(recording.values[decoder.needs], self.readout)

    def evaluate(self, images, labels, decode: str | None = None, *, smooth=0.0, progress=None) -> Evaluation:
        """The share of images that get their label, of all and of each class. Arguments as `predict`."""
        labels = np.asarray(labels)
        if labels.shape != (len(images),):
            raise InvalidValueError(f"labels have the shape {labels.shape}, wanted ({len(images)},), one an image")
        classes = self.predict(images, decode, smooth=smooth, progress=progress)
        right = classes == labels
        per_class = [np.mean(right[labels == k]) if np.any(labels == k) else np.nan for k in range(self.tail.n_classes)]
        return Evaluation(float(right.mean()), np.array(per_class), classes)

    def verify(self, images) -> Verification:
        """How far the neurons are from the Keras model's hidden units and logits, and how often they agree."""
        z = self.pre_activations(images)
        wanted = np.asarray(self.activation(z))
        answer = self.record(images, keep=(self.measure,)).values[self.measure]
        calibration = self.calibration or Calibration(1.0, 1.0, 0.0, float("nan"))
        units = np.abs(calibration.scale * answer + calibration.shift - wanted)
        ours, theirs = self.readout(answer), self.tail(wanted)
        logits = np.abs(ours - theirs)
        return Verification(
            unit_max=units.max(axis=0),
            unit_rms=np.sqrt((units**2).mean(axis=0)),
            logit_max=float(logits.max()),
            logit_rms=float(np.sqrt((logits**2).mean())),
            same_class=float(np.mean(ours.argmax(axis=1) == theirs.argmax(axis=1))),
        )

    def _plan(self, images, keep):
        return plan(self.neuron, self.drive(self.pre_activations(images)), self.timing, keep=keep, seed=self.seed)

    def _won(self, logits: np.ndarray, smooth) -> np.ndarray:
        sample_dt = self.timing.sample_dt or self.neuron.sample_dt
        return dwell(low_pass(logits, sample_dt, smooth) if smooth else logits)


def embed(  # noqa: PLR0913 (a contract with the user; all but three are named)
    model: keras.Model,
    layer: str,
    neuron: NeuronModel,
    drive: Drive,
    *,
    engine: str | Engine = "response",
    calibrate=None,
    settle="1000 ms",
    record="100 ms",
    dt=None,
    sample_dt=None,
    seed: int = 0,
) -> Hybrid:
    """Put neurons in the place of the activation of a Dense layer that is followed by the Dense read-out.

    Plain, as in Bogatenko et al. (2023), section 3: pre-activations go through ``drive``, the output of the neurons
    takes the place of the activation. With ``calibrate`` (images, training ones): the response curve is measured by
    simulation, and the drive's gain and an affine map before the read-out are fitted so that the neurons stand in
    for the activation on these images. Durations as in `simulate`; the default ones are the paper's for tau = 1 ms.

    Errors: InvalidValueError, InvalidTypeError before anything is simulated.
    """
    if not isinstance(model, keras.Model):
        raise InvalidTypeError(f"the model is {type(model).__name__}, wanted a Keras model")
    front, activation, tail = _taken_apart(model, layer)
    hybrid = Hybrid(
        front, activation, tail, neuron, drive, Timing(settle, record, dt, sample_dt), engine_of(engine), seed=seed
    )
    plan(neuron, np.zeros((1, tail.n_units)), hybrid.timing, keep=(hybrid.measure,), seed=seed)
    return hybrid if calibrate is None else _calibrated(hybrid, calibrate)


def _calibrated(hybrid: Hybrid, images) -> Hybrid:
    """The same network with its gain and affine map fitted on these images."""
    z = hybrid.pre_activations(images).ravel()
    z = np.sort(z)[:: max(1, len(z) // _MOST_Z)]
    wanted = np.asarray(hybrid.activation(z[:, None])).ravel().astype(float)
    low, high = hybrid.drive.range
    if not (np.isfinite(low) and np.isfinite(high)):
        fed = hybrid.drive(z)
        low, high = max(low, fed.min()), min(high, fed.max())
    timing = hybrid.timing
    curve = respond(
        hybrid.neuron, low=low, high=high, points=_CURVE_POINTS, settle=timing.settle, record=timing.record, dt=timing.dt,
        sample_dt=timing.sample_dt, keep=(hybrid.measure,), engine=getattr(hybrid.engine, "engine", hybrid.engine),
    )  # fmt: skip
    calibration = fit(curve, hybrid.measure, hybrid.drive, z, wanted)
    return replace(hybrid, drive=hybrid.drive.with_gain(calibration.gain), calibration=calibration)


def _taken_apart(model: keras.Model, name: str) -> tuple[keras.Model, keras.Model, Readout]:
    """The model up to a layer's pre-activation, that layer's activation, and the linear read-out behind it."""
    names = [layer.name for layer in model.layers]
    if name not in names:
        raise InvalidValueError(f"the model has no layer {name!r}; it has {', '.join(names)}")
    place = names.index(name)
    hidden, rest = model.layers[place], model.layers[place + 1 :]
    if not isinstance(hidden, keras.layers.Dense):
        raise InvalidTypeError(f"the layer {name!r} is {type(hidden).__name__}, wanted a Dense layer with its activation")
    if len(rest) != 1 or not isinstance(rest[0], keras.layers.Dense):
        found = ", ".join(type(layer).__name__ for layer in rest) or "nothing"
        raise InvalidValueError(f"after {name!r} comes {found}; wanted one Dense layer, the read-out")
    weights, *biases = hidden.get_weights()
    linear = keras.layers.Dense(weights.shape[1], use_bias=bool(biases))
    front = keras.Model(model.inputs, linear(hidden.input))
    linear.set_weights([weights, *biases])
    z = keras.Input((weights.shape[1],))
    activation = keras.Model(z, keras.layers.Activation(hidden.activation)(z))
    return front, activation, Readout(*rest[0].get_weights())


def per_class_text(evaluation: Evaluation) -> Mapping[int, str]:
    """Each class's share in per cent, for tables."""
    return {k: f"{100 * share:.1f}" for k, share in enumerate(evaluation.per_class)}
