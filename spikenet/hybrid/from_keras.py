"""The parts of a network that was trained with a population of neurons in it."""

from dataclasses import replace

import keras

from spikenet.decode import Readout
from spikenet.encode import Drive
from spikenet.engines.simulate import Simulation
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.layers.population import Population
from spikenet.layers.vote import Vote


def parts_of(model: keras.Model) -> tuple[keras.Model, keras.Model, Readout, Simulation, Drive]:
    """Take a model ``[..., Dense, Population, Dense]`` apart; see `Hybrid.from_keras`."""
    if not isinstance(model, keras.Model):
        raise InvalidTypeError(f"the model is {type(model).__name__}, wanted a Keras model")
    places = [place for place, layer in enumerate(model.layers) if isinstance(layer, Population)]
    behind = [one for one in model.layers[places[0] + 1 :] if not isinstance(one, Vote)] if places else []
    if len(places) != 1 or len(behind) != 1 or not isinstance(behind[0], keras.layers.Dense):
        found = ", ".join(type(layer).__name__ for layer in model.layers)
        raise InvalidValueError(f"the model is {found}; wanted one Population, and one Dense layer behind it")
    population = model.layers[places[0]]
    now = population.simulation
    neuron = now.neuron if now.variable is None else with_output_first(now.neuron, now.variable)
    front = keras.Model(model.inputs[0] if len(model.inputs) == 1 else model.inputs, population.input)
    z = keras.Input(population.input.shape[1:])
    stand_in = keras.Model(z, population(z))
    tail = Readout(*behind[0].get_weights())
    simulation = replace(now.simulation, neuron=neuron, seed=population.seed)
    return front, stand_in, tail, simulation, now.drive


def with_output_first(neuron, output: str):
    """The same neuron, with this output before the others."""
    return replace(neuron, outputs=(output, *(name for name in neuron.outputs if name != output)))
