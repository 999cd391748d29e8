"""Training with spikes in the loop: Brian2's spikes forward, the gradient of the Keras layers backward."""

import math

import keras
import numpy as np
import tensorflow as tf

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.hybrid.conductance.checks import check_model_images, check_weights
from spikenet.hybrid.network.brian_network import BrianNetwork
from spikenet.hybrid.network.forward import ForwardPass
from spikenet.hybrid.network.graph import Graph, Step, StepKind
from spikenet.hybrid.network.modes import Spiking, sent_spikes
from spikenet.layers.conductance import Release
from spikenet.progress import Progress, silent


class InTheLoop(keras.Model):
    """The network's Keras model, with what its neurons send in the place of what its layers would. By `in_the_loop`.

    It shares its weights with the Keras model: training the one trains the other. Layers run as in a trained network:
    nothing is augmented or dropped, and batch statistics stay.

    Chance, of pixels or of neurons, goes on from batch to batch in training: it depends on the network's seed and on
    the number of images that were trained on, which is a variable of this model, so that checkpoints hold it. Outside
    of training each batch starts at image 0.
    """

    def __init__(self, network: BrianNetwork):
        super().__init__(name=f"{network.model.name}_in_the_loop")
        self.inner = network.model
        self._network = network
        self._releases = _releases(network.graph)
        self._trained = self.add_weight(name="trained", shape=(), dtype="int64", initializer="zeros", trainable=False)
        self.build((None, *network.model.input_shape[1:]))

    def build(self, input_shape) -> None:
        self.built = True  # the inner model is

    def get_config(self) -> dict:
        raise InvalidTypeError(f"{self.name} is no model to save; save its ``inner``, which has the same weights")

    def call(self, images, training: bool = False):
        graph = self._network.graph
        first = tf.constant(0, tf.int64)
        if training:
            first = tf.identity(self._trained.value)
            self._trained.assign_add(tf.shape(images, tf.int64)[0])
        rates = dict(zip(self._releases, self._spike_rates(images, first), strict=True))
        values = {graph.start: images}
        for step in graph.steps:
            found = step(values)
            if step in rates:  # the neurons' value, the derivative of Release and of the layer before it
                found = [found[0] + tf.stop_gradient(tf.reshape(rates[step], tf.shape(found[0])) - found[0])]
            values |= dict(zip(step.gives, found, strict=True))
        return values[graph.end]

    def _spike_rates(self, images, first) -> list[tf.Tensor]:
        """Return the spikes a step of every neuron, (sample, unit) by layer, with the weights as they are.

        ``first`` is the index of the first image among all.
        """
        network, steps = self._network, self._network.simulation.steps.samples
        releasing = _releasing(network.graph)

        def simulate(images: np.ndarray, first: np.ndarray) -> list[np.ndarray]:
            check_weights(network.graph)
            images = check_model_images(network.graph, images)
            rates: dict[str, list[np.ndarray]] = {step.name: [] for step in releasing}

            def count(step: Step, recording) -> None:
                if step.kind is StepKind.ACTIVATION:
                    rates[step.name].append(step.neurons.values(sent_spikes(recording).mean(axis=1)))
                elif step.releases:
                    spikes, (samples, units) = recording.spikes, recording.shape
                    counts = np.bincount(spikes.sample * units + spikes.unit, minlength=samples * units)
                    rates[step.name].append(counts.reshape(samples, units).astype(np.float32) / steps)

            forward = ForwardPass(network.graph, network.simulation, network.mode, on_recording=count)
            for _ in forward.pieces(images, Progress("", silent), int(first)):
                pass
            return [np.concatenate(parts) for parts in rates.values()]

        rates = tf.numpy_function(simulate, [images, first], [tf.float32] * len(releasing))
        for rate, step in zip(rates, releasing, strict=True):
            rate.set_shape((None, math.prod(step.shape)))
        return rates


def in_the_loop(network: BrianNetwork) -> InTheLoop:
    """Return a Keras model that trains with the spikes of a network in the loop, by `Trainer` for example.

    Forward, its outputs are those of the Keras model behind spikes a step. Backward, gradients are those of the Keras
    layers at these values. Weights are shared: the network learns what the model learns. Thresholds and biases of
    spiking activations stay; calibrate again after training, with `BrianNetwork.calibrated`.

    Parameters
    ----------
    network : BrianNetwork
        Of `to_brian` with ``sn.Spiking(readout="count")``.

    Returns
    -------
    keras.Model

    Raises
    ------
    InvalidTypeError
        For what is no such network.
    InvalidValueError
        For a network that does not count spikes, or whose neurons are followed by anything but a Release.

    Examples
    --------
    >>> import keras, numpy as np, spikenet as sn
    >>> layers = [keras.Input((4,)), sn.layers.CWADense(8), sn.layers.Release(), keras.layers.Dense(3)]
    >>> network = sn.to_brian(keras.Sequential(layers), sn.Spiking(steps=20), engine="runtime")
    >>> model = sn.in_the_loop(network)
    >>> model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    >>> history = model.fit(np.ones((2, 4)), np.array([0, 1]), verbose=0)
    """
    if not isinstance(network, BrianNetwork):
        raise InvalidTypeError(f"the network is {type(network).__name__}, wanted what sn.to_brian makes")
    mode = network.mode
    if not isinstance(mode, Spiking) or mode.readout != "count":
        raise InvalidValueError(
            "in the loop are networks whose read-out counts spikes; make it with sn.to_brian(model, sn.Spiking())"
        )
    return InTheLoop(network)


def _releasing(graph: Graph) -> list[Step]:
    return [step for step in graph.simulated_steps if step.releases]


def _releases(graph: Graph) -> list[Step]:
    """Return the Release behind each layer that sends spikes, or that is a soma; and activations with neurons."""
    found = []
    for step in _releasing(graph):
        if step.kind is StepKind.ACTIVATION:
            found.append(step)
            continue
        soma = step.kind is StepKind.SOMA
        behind = [step] if soma else [one for one in graph.steps if step.gives[0] in one.takes]
        if len(behind) != 1 or not isinstance(behind[0].layer, Release):
            kinds = ", ".join(type(one.layer).__name__ for one in behind) or "nothing"
            raise InvalidValueError(f"behind {step.name} comes {kinds}, wanted one Release, whose derivative is taken")
        found.append(behind[0])
    return found
