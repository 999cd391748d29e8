"""The connectivity of a network: the conductance from every unit to every unit of the next layer, as arrays."""

import keras
import numpy as np

from spikenet.engines.simulate import Simulation
from spikenet.errors import InvalidValueError
from spikenet.hybrid.conductance.checks import ONLY_RELEASES, check_model_images, check_network, check_probabilities
from spikenet.hybrid.conductance.circuit import Circuit, CircuitLayer, Interneurons, build_circuit
from spikenet.hybrid.network.forward import in_siemens, neuron_of
from spikenet.hybrid.network.graph import Graph, Step
from spikenet.hybrid.network.modes import Mode, SteadyState
from spikenet.layers.conductance import ConductanceLayer, LateralInhibition
from spikenet.neurons import NeuronModel

_MOST = 20_000_000  # conductances of one layer: 160 MB an array
_TOLERANCE = 1e-4  # relative, of float32 sums


def circuit_of(graph: Graph, simulation: Simulation, mode: Mode, image) -> Circuit:
    """Return the network for one image as a circuit of Brian2 objects.

    Raises
    ------
    InvalidValueError
        Where layers do not follow each other one by one, where what lies between them does not add up conductances, or
        where there are too many.
    """
    if isinstance(mode, SteadyState):
        raise InvalidValueError(
            "as one network all layers run at once; make it with sn.to_brian(model, sn.Transient())"
        )
    check_network(graph, ONLY_RELEASES)
    values = {graph.start: check_model_images(graph, np.asarray(image)[None])}
    layers, before = [], None
    for step in graph.steps:
        if not step.has_conductances:
            if all(key in values for key in step.takes):
                values |= dict(zip(step.gives, step(values), strict=True))
            continue
        # What a layer is given depends on the image for the first one, and on the layer before for the others.
        start, shape = (step.takes[0], None) if before is None else (before.gives[0], before.shape)
        if before is None:
            p = keras.ops.convert_to_numpy(values[start])
            check_probabilities(step, p)
            shape = p.shape[1:]
        neuron = neuron_of(simulation.neuron, step)
        g_exc, g_inh = (in_siemens(neuron, step.layer, one) for one in _conductances(graph, step, start, shape))
        layers.append(CircuitLayer(step.name, neuron, g_exc, g_inh, _interneurons(neuron, step.layer)))
        before = step
    p = p.reshape(1, -1)
    spikes = mode.encode(p, simulation.seed, 0)
    steps = simulation.steps
    return build_circuit(layers, (p if spikes is None else spikes)[0], steps.total, steps.dt, simulation.seed)


def _interneurons(neuron: NeuronModel, layer: ConductanceLayer) -> Interneurons | None:
    """Return the interneurons of a layer, if it has any: half of its neurons excite them, the others inhibit them."""
    if not isinstance(layer, LateralInhibition):
        return None
    g_from, g_onto = (in_siemens(neuron, layer, one) for one in layer.lateral_conductances())
    excites = np.arange(len(g_from))[:, None] < len(g_from) // 2
    return Interneurons(g_from * excites, g_from * ~excites, g_onto)


def _conductances(graph: Graph, layer_step: Step, start: int, shape) -> tuple[np.ndarray, np.ndarray]:
    """Return what each unit of ``start`` alone opens when it releases with certainty, (input, unit) twice."""
    inputs = int(np.prod(shape))
    if inputs * layer_step.units > _MOST:
        raise InvalidValueError(
            f"{layer_step.name} has {inputs} x {layer_step.units} conductances, more than {_MOST:,}; run it layer "
            "after layer"
        )
    units = np.eye(inputs, dtype=np.float64)
    some = np.random.default_rng(0).uniform(0, 1, (2, inputs))
    found = _conductances_for(graph, layer_step, start, np.concatenate([units, some]).reshape(-1, *shape))
    for one in found:
        expected = some @ one[:inputs]
        if not np.allclose(one[inputs:], expected, rtol=_TOLERANCE, atol=_TOLERANCE * (1 + expected.max())):
            raise InvalidValueError(
                f"what {layer_step.name} is given is no sum over the units before it (pooling of maxima, a bias); "
                "as one network, layers are joined by conductances alone: run it layer after layer"
            )
    return found[0][:inputs], found[1][:inputs]


def _conductances_for(graph: Graph, layer_step: Step, start: int, p: np.ndarray) -> list[np.ndarray]:
    """Return the conductances of a layer, (sample, unit), where the value ``start`` is p and no other is known."""
    values = {start: p.astype(layer_step.layer.variable_dtype)}
    for step in graph.steps:
        if not step.has_conductances and step.takes and all(key in values for key in step.takes):
            values |= dict(zip(step.gives, step(values), strict=True))
    if layer_step.takes[0] not in values:
        raise InvalidValueError(
            f"{layer_step.name} is given more than what the layer before it releases; as one network, layers follow "
            "each other one by one: run networks with short cuts layer after layer"
        )
    layer = layer_step.layer.layer if isinstance(layer_step.layer, LateralInhibition) else layer_step.layer
    drives = layer.drives(values[layer_step.takes[0]])
    return [keras.ops.convert_to_numpy(one).reshape(len(p), -1) for one in drives]
