"""Spiking conductance networks that go on learning: Brian2's spikes forward, the Keras layers' gradient backward."""

import keras
import numpy as np
import tensorflow as tf

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.hybrid.conductance.brian_network import BrianNetwork
from spikenet.hybrid.conductance.checks import check_images, check_weights
from spikenet.hybrid.conductance.forward import Forward, pieces_of
from spikenet.hybrid.conductance.graph import Graph, Step
from spikenet.hybrid.conductance.modes import Spiking
from spikenet.layers.conductance import Release


class InTheLoop(keras.Model):
    """The network's Keras model with what its neurons send in the place of what its layers would. By `in_the_loop`.

    It shares its weights with the Keras model: training the one trains the other. Layers are as in a trained network:
    nothing is augmented, dropped or normalised anew.

    Chance, of pixels or of neurons, goes on from batch to batch in training: it depends on the network's seed and on
    how many images were trained on, which is a variable of this model, so that checkpoints hold it. Outside of
    training each batch is a start.
    """

    def __init__(self, network: BrianNetwork):
        super().__init__(name=f"{network.model.name}_in_the_loop")
        self.inner = network.model
        self._network = network
        self._released = _releases(network.graph)
        self._trained = self.add_weight(name="trained", shape=(), dtype="int64", initializer="zeros", trainable=False)
        self.build((None, *network.model.input_shape[1:]))

    def build(self, input_shape) -> None:
        self.built = True  # the inner model is

    def get_config(self) -> dict:
        raise InvalidTypeError(f"{self.name} is no model to save; its ``inner`` has learnt what it has: save that")

    def call(self, images, training: bool = False):
        graph = self._network.graph
        first = tf.constant(0, tf.int64)
        if training:
            first = tf.identity(self._trained.value)
            self._trained.assign_add(tf.shape(images, tf.int64)[0])
        sent = dict(zip(self._released, self._send(images, first), strict=True))
        values = {graph.start: images}
        for step in graph.steps:
            found = step(values)
            if step in sent:  # the neurons' value, the derivative of Release and of the layer before it
                found = [found[0] + tf.stop_gradient(tf.reshape(sent[step], tf.shape(found[0])) - found[0])]
            values |= dict(zip(step.gives, found, strict=True))
        return values[graph.end]

    def _send(self, images, first) -> list[tf.Tensor]:
        """Spikes a bin of every neuron, (sample, unit) a layer, with the weights as they are.

        ``first`` is the first image's place among all.
        """
        network, steps = self._network, self._network.membranes.steps
        senders = network.graph.senders

        def simulate(images: np.ndarray, first: np.ndarray) -> list[np.ndarray]:
            check_weights(network.graph)
            images = check_images(network.graph, images)
            rates: dict[str, list[np.ndarray]] = {step.name: [] for step in senders}

            def hear(step: Step, recording) -> None:
                if not step.sends:
                    return
                spikes, (samples, units) = recording.spikes, recording.shape
                counts = np.bincount(spikes.sample * units + spikes.unit, minlength=samples * units)
                rates[step.name].append(counts.reshape(samples, units).astype(np.float32) / steps)

            forward = Forward(network.graph, network.membranes, network.mode, network.mode.readout_input, hear)
            for here in pieces_of(network.graph, steps, len(images)):
                forward(images[here], int(first) + here.start)
            return [np.concatenate(parts) for parts in rates.values()]

        sent = tf.numpy_function(simulate, [images, first], [tf.float32] * len(senders))
        for one, sender in zip(sent, senders, strict=True):
            one.set_shape((None, sender.units))
        return sent


def in_the_loop(network: BrianNetwork) -> InTheLoop:
    """A Keras model to train, such as by `Trainer`: forward, the spiking network that `to_brian` made, as it stands.

    Its outputs are those of the Keras model behind spikes a bin; gradients are those of the Keras layers at these
    values. Weights are shared, so the network has learnt what the model learns.

    Errors: InvalidTypeError for what is no such network, InvalidValueError for one that does not count spikes, or
    whose neurons are followed by anything but a Release.
    """
    if not isinstance(network, BrianNetwork):
        raise InvalidTypeError(f"the network is {type(network).__name__}, wanted what sn.to_brian makes")
    mode = network.mode
    if not isinstance(mode, Spiking) or mode.readout != "count":
        raise InvalidValueError(
            "in the loop are networks whose read-out counts spikes; make it with sn.to_brian(model, sn.Spiking())"
        )
    return InTheLoop(network)


def _releases(graph: Graph) -> list[Step]:
    """The Release behind each layer that sends spikes, or that is a soma."""
    found = []
    for site in graph.senders:
        behind = [site] if site.soma else [step for step in graph.steps if site.gives[0] in step.takes]
        if len(behind) != 1 or not isinstance(behind[0].layer, Release):
            kinds = ", ".join(type(step.layer).__name__ for step in behind) or "nothing"
            raise InvalidValueError(f"behind {site.name} comes {kinds}, wanted one Release, whose derivative is taken")
        found.append(behind[0])
    return found
