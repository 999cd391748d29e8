"""The hybrid network: Keras up to the hidden layer, neurons in its place, a linear read-out behind them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import keras
import numpy as np
import tensorflow as tf

from spikenet.decode import DECODERS, Readout, dwell, low_pass
from spikenet.encode import Drive
from spikenet.engines.base import Engine
from spikenet.engines.simulate import Simulation, find_engine
from spikenet.errors import InvalidValueError
from spikenet.hybrid.calibration import Calibration
from spikenet.hybrid.evaluation import Evaluation, check_labels, evaluation_of, numbers
from spikenet.hybrid.from_keras import parts_of
from spikenet.neurons.model import NeuronModel
from spikenet.progress import Progress
from spikenet.recording import Recording

_BATCH = 1000  # images that Keras takes at a time


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
    simulation: Simulation
    drive: Drive
    calibration: Calibration | None = None

    @classmethod
    def from_keras(cls, model: keras.Model) -> "Hybrid":
        """Return the network of a trained model ``[..., Dense, Population, Dense]``, to be decoded over time.

        A `Vote` and a softmax at its end are left out.

        Raises
        ------
        InvalidTypeError, InvalidValueError
            For a model of another make.
        """
        return cls(*parts_of(model))

    @property
    def neuron(self) -> NeuronModel:
        return self.simulation.neuron

    @property
    def engine(self) -> Engine:
        return self.simulation.engine

    def with_engine(self, engine: str | Engine) -> "Hybrid":
        """Return the same network, simulated by another engine."""
        return replace(self, simulation=replace(self.simulation, engine=find_engine(engine)))

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

    @property
    def sample_dt(self) -> float:
        """Seconds between two samples of a trace."""
        return self.simulation.steps.sample_dt

    def pre_activations(self, images) -> np.ndarray:
        """What the hidden layer is given, (sample, unit). Errors: InvalidValueError for images that it cannot take."""
        images = numbers(images)
        # Called directly: predict() would compile the front anew for every network.
        batches = (images[start : start + _BATCH] for start in range(0, len(images), _BATCH))
        try:
            z = [keras.ops.convert_to_numpy(self.front(batch, training=False)) for batch in batches]
        except (ValueError, TypeError, tf.errors.OpError) as error:
            wanted = ", ".join(map(str, self.front.input_shape[1:]))
            raise InvalidValueError(
                f"the network cannot take images {images.dtype} {images.shape}; wanted (image, {wanted})"
            ) from error
        return np.concatenate(z).astype(float) if z else np.empty((0, self.tail.n_units))

    def drives(self, images) -> np.ndarray:
        """What the neurons are fed, (sample, unit) in SI units."""
        return self.drive(self.pre_activations(images))

    def record(self, images, record=("mean",), progress=None) -> Recording:
        """Show images to the neurons and record them. For many images and traces, `logits` needs less memory."""
        return self.simulation.run(self.drives(images), record=record, progress=progress)

    def logits(self, images, progress=None) -> Iterator[tuple[slice, np.ndarray]]:
        """The network's output over time, (sample, time, class), a piece of the images after the other."""
        job, drives = self.simulation.plan(self.drives(images), ("trace",))
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
        recording = self.record(images, (decoder.needs,), progress)
        return decoder(recording.values[decoder.needs], self.readout)

    def evaluate(self, images, labels, decode: str | None = None, *, smooth=0.0, progress=None) -> Evaluation:
        """The share of images that get their label, of all and of each class. Arguments as `predict`."""
        images = numbers(images)
        labels = check_labels(labels, len(images), self.tail.n_classes)
        classes = self.predict(images, decode, smooth=smooth, progress=progress)
        return evaluation_of(classes, labels, self.tail.n_classes)

    def verify(self, images, progress=None) -> Verification:
        """How far the neurons are from the Keras model's hidden units and logits, and how often they agree."""
        z = self.pre_activations(images)
        wanted = np.asarray(self.activation(z))
        answer = self.simulation.run(self.drive(z), record=self.measure, progress=progress).values[self.measure]
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

    def _won(self, logits: np.ndarray, smooth) -> np.ndarray:
        return dwell(low_pass(logits, self.sample_dt, smooth) if smooth else logits)
