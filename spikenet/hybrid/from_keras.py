"""A network that was trained with a population of neurons in it, as a `Hybrid`: decoded over time, in little memory."""

from dataclasses import replace

import keras

from spikenet.decode import Readout
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.hybrid.hybrid_network import Hybrid
from spikenet.layers.population import Population
from spikenet.layers.vote import Vote


def as_hybrid(model: keras.Model) -> Hybrid:
    """The network of a model ``[..., Dense, Population, Dense]``; a `Vote` and softmax at the end are left out.

    Errors: InvalidTypeError, InvalidValueError for a model of another make.
    """
    if not isinstance(model, keras.Model):
        raise InvalidTypeError(f"the model is {type(model).__name__}, wanted a Keras model")
    places = [place for place, layer in enumerate(model.layers) if isinstance(layer, Population)]
    behind = [one for one in model.layers[places[0] + 1 :] if not isinstance(one, Vote)] if places else []
    if len(places) != 1 or len(behind) != 1 or not isinstance(behind[0], keras.layers.Dense):
        found = ", ".join(type(layer).__name__ for layer in model.layers)
        raise InvalidValueError(f"the model is {found}; wanted one Population, and one Dense layer behind it")
    population = model.layers[places[0]]
    now = population.simulation
    neuron = now.neuron if now.of is None else with_output_first(now.neuron, now.of)
    front = keras.Model(model.inputs[0] if len(model.inputs) == 1 else model.inputs, population.input)
    z = keras.Input(population.input.shape[1:])
    stand_in = keras.Model(z, population(z))
    tail = Readout(*behind[0].get_weights())
    return Hybrid(front, stand_in, tail, neuron, now.drive, now.timing, now.engine, seed=population.seed)


def with_output_first(neuron, output: str):
    """The same neuron, with this output before the others."""
    return replace(neuron, outputs=(output, *(name for name in neuron.outputs if name != output)))
