"""A network of layers as plain arrays: every conductance from every unit to every unit of the next layer."""

import keras
import numpy as np

from spikenet.errors import InvalidValueError
from spikenet.hybrid.conductance.checks import WIRED, check_images, check_network, check_released
from spikenet.hybrid.conductance.circuit import Circuit, Lateral, Population, build_circuit
from spikenet.hybrid.conductance.graph import Graph, Step
from spikenet.hybrid.conductance.membranes import Membranes, in_siemens, neuron_of
from spikenet.hybrid.conductance.modes import Mode, SteadyState
from spikenet.layers.conductance import ConductanceLayer, LateralInhibition
from spikenet.neurons import NeuronModel

_MOST = 20_000_000  # conductances of one layer: 160 MB an array
_ALIKE = 1e-4  # relative, of float32 sums


def circuit_of(graph: Graph, membranes: Membranes, mode: Mode, image) -> Circuit:
    """The network for one image, as `build_circuit` makes it.

    Errors: InvalidValueError where layers do not follow each other one by one, where what lies between them does not
    add up conductances, or where these are too many.
    """
    if isinstance(mode, SteadyState):
        raise InvalidValueError(
            "as one network all layers move at once; make it with sn.to_brian(model, sn.Transient())"
        )
    check_network(graph, WIRED)
    values = {graph.start: check_images(graph, np.asarray(image)[None])}
    populations, before = [], None
    for step in graph.steps:
        if not step.conducting:
            if all(key in values for key in step.takes):
                values |= dict(zip(step.gives, step(values), strict=True))
            continue
        # What a layer is given depends on the image for the first one, and on the layer before for the others.
        start, shape = (step.takes[0], None) if before is None else (before.gives[0], before.shape)
        if before is None:
            p = keras.ops.convert_to_numpy(values[start])
            check_released(step, p)
            shape = p.shape[1:]
        g_exc, g_inh = (
            in_siemens(membranes.neuron, step.layer, one) for one in _conductances(graph, step, start, shape)
        )
        neuron, lateral = neuron_of(membranes.neuron, step.layer), _lateral(membranes.neuron, step.layer)
        populations.append(Population(step.name, neuron, g_exc, g_inh, lateral))
        before = step
    p = p.reshape(1, -1)
    spikes = mode.encode(p, membranes.seed, 0)
    job = membranes.job(mode.record)
    inputs = p[0] if spikes is None else spikes[0]
    return build_circuit(populations, inputs, job.steps.total, job.steps.dt, membranes.seed)


def _lateral(neuron: NeuronModel, layer: ConductanceLayer) -> Lateral | None:
    """The interneurons of a layer, if it has any: half of its neurons excite them, the others inhibit them."""
    if not isinstance(layer, LateralInhibition):
        return None
    g_from, g_onto = (in_siemens(neuron, layer, one) for one in layer.lateral_conductances())
    excites = np.arange(len(g_from))[:, None] < len(g_from) // 2
    return Lateral(g_from * excites, g_from * ~excites, g_onto)


def _conductances(graph: Graph, site: Step, start: int, shape) -> tuple[np.ndarray, np.ndarray]:
    """What each unit of ``start`` alone opens when it releases with certainty, (input, unit) twice."""
    inputs = int(np.prod(shape))
    if inputs * site.units > _MOST:
        raise InvalidValueError(
            f"{site.name} has {inputs} x {site.units} conductances, more than {_MOST:,}; run it layer after layer"
        )
    units = np.eye(inputs, dtype=np.float64)
    some = np.random.default_rng(0).uniform(0, 1, (2, inputs))
    found = _opened(graph, site, start, np.concatenate([units, some]).reshape(-1, *shape))
    for one in found:
        expected = some @ one[:inputs]
        if not np.allclose(one[inputs:], expected, rtol=_ALIKE, atol=_ALIKE * (1 + expected.max())):
            raise InvalidValueError(
                f"what {site.name} is given is no sum over the units before it (pooling of maxima, a bias); "
                "as one network, layers are joined by conductances alone: run it layer after layer"
            )
    return found[0][:inputs], found[1][:inputs]


def _opened(graph: Graph, site: Step, start: int, p: np.ndarray) -> list[np.ndarray]:
    """The conductances of a layer, (sample, unit), when the value ``start`` is p and nothing else is known."""
    values = {start: p.astype(site.layer.variable_dtype)}
    for step in graph.steps:
        if not step.conducting and step.takes and all(key in values for key in step.takes):
            values |= dict(zip(step.gives, step(values), strict=True))
    if site.takes[0] not in values:
        raise InvalidValueError(
            f"{site.name} is given more than what the layer before it releases; as one network, layers follow each "
            "other one by one: run networks with short cuts layer after layer"
        )
    layer = site.layer.layer if isinstance(site.layer, LateralInhibition) else site.layer
    drives = layer.drives(values[site.takes[0]])
    return [keras.ops.convert_to_numpy(one).reshape(len(p), -1) for one in drives]
