"""The hybrid network: Keras up to the hidden layer, neurons in its place, a linear read-out behind them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import keras
import numpy as np
import tensorflow as tf

from spikenet.decode import DECODERS, Readout
from spikenet.encode import Drive
from spikenet.engines.base import Engine
from spikenet.engines.simulate import Simulation, find_engine
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.hybrid.calibration import Calibration
from spikenet.hybrid.linear_readout import readout_of
from spikenet.hybrid.neuron_network import NeuronNetwork
from spikenet.hybrid.selection import as_names, choose_units, keep_units
from spikenet.hybrid.verification import Comparison, Verification
from spikenet.layers.population import Population
from spikenet.neurons.model import NeuronModel
from spikenet.progress import Progress
from spikenet.recording import Recording
from spikenet.renames import with_renames
from spikenet.validate import check_images

_BATCH = 1000  # images that Keras takes at a time


@with_renames
@dataclass(frozen=True, eq=False)
class Hybrid(NeuronNetwork):
    """A Keras model whose hidden layer is a population of neurons, made by `embed` or `Hybrid.from_keras`.

    Frozen: `dataclasses.replace` makes another one.

    Attributes
    ----------
    front : keras.Model
        From images to pre-activations, (image, unit).
    activation : keras.Model
        The layer that the neurons replace: from pre-activations to the values in Keras, (image, unit).
    tail : Readout
        The last layer of the Keras model, linear.
    layer : str
        Name of the hidden layer.
    simulation : Simulation
        The neurons, their times, the engine and the seed.
    drive : Drive
        From pre-activations to the drive of the neurons.
    calibration : Calibration, optional
        An affine map of what the neurons answer, before the read-out.

    Examples
    --------
    >>> import keras, numpy as np, spikenet as sn
    >>> layers = [keras.Input((4,)), keras.layers.Dense(8, "tanh", name="hidden"), keras.layers.Dense(3)]
    >>> times = {"settle": "5 ms", "duration": "10 ms", "engine": "runtime"}
    >>> hybrid = sn.embed(keras.Sequential(layers), "hidden", sn.FHN, sn.tanh_drive(gamma=-0.5), **times)
    >>> hybrid.logits_over_time(np.zeros((2, 4))).shape
    (2, 100, 3)
    """

    front: keras.Model
    activation: keras.Model
    tail: Readout
    layer: str
    simulation: Simulation
    drive: Drive
    calibration: Calibration | None = None

    @classmethod
    def from_keras(cls, model: keras.Model) -> "Hybrid":
        """Return the network of a trained model, to be decoded over time.

        Parameters
        ----------
        model : keras.Model
            Its layers end with Dense, `Population`, Dense; a `Vote` and a softmax at its end are left out. Layers that
            scale and shift each unit, such as Rescaling and BatchNormalization, may be before the last Dense; the
            read-out has them in its weights.

        Raises
        ------
        InvalidTypeError, InvalidValueError
            For other models.
        """
        if not isinstance(model, keras.Model):
            raise InvalidTypeError(f"the model is {type(model).__name__}, wanted a Keras model")
        places = [place for place, layer in enumerate(model.layers) if isinstance(layer, Population)]
        found = ", ".join(type(layer).__name__ for layer in model.layers)
        if len(places) != 1:
            raise InvalidValueError(f"the model is {found}; wanted one Population, and one Dense layer behind it")
        population = model.layers[places[0]]
        if population.driven.unfolds:
            raise InvalidValueError(
                f"{population.name} has inputs that change in time, or units that drive each other; the neurons of a "
                "Hybrid have constant ones: evaluate the Keras model itself"
            )
        tail = readout_of(model.layers[places[0] + 1 :], population.input.shape[-1], found)
        trained = population.driven
        neuron = trained.neuron
        if trained.variable is not None:  # to the front, as the first output is what is recorded
            neuron = replace(neuron, outputs=tuple(dict.fromkeys((trained.variable, *neuron.outputs))))
        simulation = replace(trained.simulation, neuron=neuron, seed=population.seed)
        front = keras.Model(model.inputs[0] if len(model.inputs) == 1 else model.inputs, population.input)
        z = keras.Input(population.input.shape[1:])
        activation = keras.Model(z, population(z))
        return cls(front, activation, tail, population.name, simulation, trained.drive)

    @property
    def layers(self) -> tuple[str]:
        """Name of the hidden layer."""
        return (self.layer,)

    @property
    def decoders(self) -> tuple[str, ...]:
        """Names of the decoders: of spikes, if the neurons send some, and of their output over time."""
        return ("count", "latency", "dwell", "mean") if self.neuron.spiking else ("dwell", "mean")

    @property
    def neuron(self) -> NeuronModel:
        """The neuron of the population."""
        return self.simulation.neuron

    @property
    def engine(self) -> Engine:
        """The engine of the simulation."""
        return self.simulation.engine

    @property
    def sample_dt(self) -> float:
        """Time between two samples of a trace, and between two logits, in s."""
        return self.simulation.steps.sample_dt

    @property
    def measure(self) -> str:
        """Answer of a neuron where one number is wanted: the "count" of its spikes, or the "mean" of its output."""
        return "count" if self.neuron.spiking else "mean"

    @property
    def readout(self) -> Readout:
        """The read-out as the neurons see it: that of the Keras model, with the calibration before it."""
        if self.calibration is None:
            return self.tail
        shifted = self.tail.bias + self.calibration.shift * self.tail.weights.sum(axis=0)
        return Readout(self.calibration.scale * self.tail.weights, shifted)

    def with_engine(self, engine: str | Engine) -> "Hybrid":
        """Return the same network, simulated by another engine."""
        return replace(self, simulation=replace(self.simulation, engine=find_engine(engine)))

    def pre_activations(self, images) -> np.ndarray:
        """Return the inputs of the hidden activation, (image, unit).

        Raises
        ------
        InvalidValueError, InvalidTypeError
            For images that the network cannot take.
        """
        return self._pre_activations(check_images(images))

    def drives(self, images) -> np.ndarray:
        """Return the drives of the neurons, (image, unit) in SI units. Errors as in `pre_activations`."""
        return self.drive(self.pre_activations(images))

    def _pre_activations(self, images: np.ndarray) -> np.ndarray:
        # Called directly: predict() would compile the front again for every network.
        batches = (images[start : start + _BATCH] for start in range(0, len(images), _BATCH))
        try:
            z = [keras.ops.convert_to_numpy(self.front(batch, training=False)) for batch in batches]
        except (ValueError, TypeError, tf.errors.OpError) as error:
            wanted = ", ".join(map(str, self.front.input_shape[1:]))
            raise InvalidValueError(
                f"the network cannot take images {images.dtype} {images.shape}; wanted (image, {wanted})"
            ) from error
        return np.concatenate(z).astype(float) if z else np.empty((0, self.tail.n_units))

    def _check_images(self, images) -> np.ndarray:
        return check_images(images)

    def _count_classes(self) -> int:
        return self.tail.n_classes

    def _run(self, images: np.ndarray, record, progress, variable=None) -> Recording:
        drives = self.drive(self._pre_activations(images))
        return self.simulation.run(drives, record=record, variable=variable, progress=progress)

    def _decode(self, images: np.ndarray, decode: str, progress) -> np.ndarray:
        needs = DECODERS[decode].needs
        return DECODERS[decode](self._run(images, needs, progress).values[needs], self.readout)

    def _logits(self, images: np.ndarray, progress) -> np.ndarray:
        """Return the read-out of `measure`, which needs no trace."""
        return self.readout(self._run(images, self.measure, progress).values[self.measure])

    def _stream(self, images: np.ndarray, progress) -> Iterator[tuple[slice, np.ndarray]]:
        job, drives = self.simulation.plan(self.drive(self._pre_activations(images)), ("trace",))
        readout, shown = self.readout, Progress(f"{len(images)} images", progress)

        def pieces():
            with shown:
                for here, logits in self.engine.read_out(job, drives, readout.weights, shown):
                    yield here, logits + readout.bias.astype(logits.dtype)

        return pieces()

    def _record(self, images, layers, units, record, variable, progress) -> dict[str, Recording]:
        record = as_names("record", record)
        chosen = choose_units({self.layer: self.tail.n_units}, layers, units, self.layers)
        recording = self._run(images, record, progress, variable)
        return {self.layer: keep_units(recording, record, chosen[self.layer])}

    def _verify(self, images: np.ndarray, progress) -> Verification:
        z = self._pre_activations(images)
        wanted = np.asarray(self.activation(z))
        recording = self.simulation.run(self.drive(z), record=self.measure, progress=progress)
        answer = recording.values[self.measure]
        calibration = self.calibration or Calibration(1.0, 1.0, 0.0, float("nan"))
        comparison = Comparison(self.sample_dt)
        spikes = int(answer.sum()) if self.neuron.spiking else None
        comparison.add_layer(self.layer, calibration.scale * answer + calibration.shift, wanted, spikes)
        comparison.add_logits(self.readout(answer)[:, None], self.tail(wanted))
        return comparison.result()
