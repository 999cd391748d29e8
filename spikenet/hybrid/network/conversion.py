"""A trained Keras network becomes one of Brian2 neurons, in the place of conductance layers or of activations."""

from collections.abc import Callable

from spikenet.engines.base import Engine
from spikenet.engines.simulate import Simulation
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.hybrid.activations.spiking_graph import (
    activation_neuron,
    check_activations_can_spike,
    with_spiking_activations,
)
from spikenet.hybrid.conductance.checks import check_network, check_neuron, check_order, check_weights
from spikenet.hybrid.conductance.somata import with_somata
from spikenet.hybrid.network.brian_network import BrianNetwork
from spikenet.hybrid.network.graph import Graph, StepKind, graph_of
from spikenet.hybrid.network.means import check_means
from spikenet.hybrid.network.modes import MODES, STEADY_STATE, Mode, Transient
from spikenet.neurons import NeuronModel
from spikenet.renames import OLD_MODES, renamed_arguments


@renamed_arguments(
    dynamics="sn.SteadyState() or sn.Transient()",
    bins="sn.Spiking(steps=...)",
    inputs="sn.Spiking(input=...)",
    readout="sn.Spiking(readout=...)",
    duration="sn.SteadyState(duration=...) or sn.Transient(duration=...)",
    dt="sn.SteadyState(dt=...) or sn.Transient(dt=...)",
)
def to_brian(  # noqa: PLR0913 (a contract with the user; all but two are named)
    model,
    mode: Mode = STEADY_STATE,
    *,
    neuron: NeuronModel | None = None,
    engine: str | Engine = "cpp",
    seed: int = 0,
    calibrate=None,
    progress: Callable[[float], None] | None = None,
) -> BrianNetwork:
    """Put Brian2 neurons in the place of conductance layers, or of activations; all else stays in Keras.

    Any feed-forward network of Dense, convolutional, pooling, normalization and merging layers can have neurons that
    spike in the place of its activations (relu, relu6, leaky_relu, PReLU, hard_sigmoid). Max pooling is exact.

    Parameters
    ----------
    model : keras.Model
        A functional or Sequential model with layers such as ``sn.layers.CWADense``, and images (image, ...) as input.
    mode : SteadyState, Transient or Spiking
        How the neurons run. `SteadyState` brings each layer to rest, one after the other; `Transient` runs all layers
        at once; with `Spiking` they send spikes.
    neuron : NeuronModel, optional
        The neuron: ``sn.CWA`` (conductance-weighted averaging) if left out, and ``sn.neurons.SpikingCWA`` with
        `Spiking`; ``sn.neurons.SoftResetIF`` in networks without conductance layers.
        ``sn.neurons.StochasticCWA`` spikes by chance; ``sn.neurons.SpikingCWA.with_initial(release=0.5)`` starts
        halfway to a spike, and so answers within fewer steps. Its ``e_rest`` is set by each layer.
    engine : str or Engine
        A name in `spikenet.engines.ENGINES`, or an engine such as ``sn.engines.Cpp(threads=1)``.
    seed : int
        For neurons and pixels that spike by chance.
    calibrate : array, (image, ...), optional
        Training images, some hundreds, by which activations are turned into spikes: each channel's threshold, and a
        correction of its bias. Needed for networks without conductance layers; those of conductance layers start each
        channel so that it sends the spikes that it would miss.
    progress : callable, optional
        Called with the part of the calibration that is done, from 0 to 1.

    Returns
    -------
    BrianNetwork
        With the verbs ``predict``, ``evaluate``, ``verify``, ``record``, ``logits`` and ``logits_over_time``.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        For arguments that cannot be used, and for networks that such neurons cannot stand for.

    Notes
    -----
    With `Spiking`, membranes whose potentials are added or scaled before they are released, as in residual blocks and
    with BatchNormalization, become dendrites, and the releases behind them somata: see
    `spikenet.neurons.conductance.soma`.

    Networks with LateralInhibition are recurrent: they run with `Transient`, and only by ``as_network``.

    Conductances are summed in Keras, in the precision of the layers. Layers that sum in bfloat16 change p by about
    0.001; where distances matter, give them ``dtype_policy = "float32"``.

    A softmax at the end of the model is left out: the network gives logits.

    Examples
    --------
    >>> import keras, numpy as np, spikenet as sn
    >>> layers = [keras.Input((4,)), sn.layers.CWADense(8), sn.layers.Release(), keras.layers.Dense(3)]
    >>> network = sn.to_brian(keras.Sequential(layers), sn.Spiking(steps=20), engine="runtime")
    >>> network.logits(np.ones((2, 4))).shape
    (2, 3)

    An ordinary network, calibrated on its training images:

    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, "relu"), keras.layers.Dense(3)])
    >>> images = np.random.default_rng(0).random((20, 4))
    >>> network = sn.to_brian(model, sn.Spiking(steps=32), calibrate=images, engine="runtime")
    >>> network.logits(images).shape
    (20, 3)
    """
    if isinstance(mode, str) and mode in OLD_MODES:
        raise InvalidTypeError(f"to_brian: the mode {mode!r} is {OLD_MODES[mode]} now")
    if not isinstance(mode, MODES):
        raise InvalidTypeError(f"the mode is {mode!r}, wanted sn.SteadyState(), sn.Transient() or sn.Spiking()")
    graph = graph_of(model)
    ordinary = not graph.conductance_steps
    if ordinary or calibrate is not None:
        check_activations_can_spike(graph, mode, calibrate)
        own = activation_neuron(neuron if ordinary else None)
        graph = with_spiking_activations(graph_of(model, flat=True), own, mode, engine)
    if not ordinary:
        if mode.spiking and mode.wait:
            raise InvalidValueError(f"wait is {mode.wait}, and conductance layers answer at once; leave it out")
        neuron = mode.neuron if neuron is None else neuron
        check_neuron(neuron, spiking=mode.spiking)
        graph = _with_conductances(graph, mode)
    else:
        neuron = next(step.neurons.neuron for step in graph.simulated_steps)
        check_weights(graph)
    if mode.spiking:
        check_means(graph)
    simulation = Simulation(neuron, mode.schedule(neuron), engine=engine, seed=seed)
    simulation.job(mode.record, "p" if mode.spiking and not ordinary else None)  # raises for what cannot be run
    network = BrianNetwork(graph, simulation, mode)
    return network if calibrate is None else network.calibrated(calibrate, progress=progress)


def _with_conductances(graph: Graph, mode: Mode) -> Graph:
    """Return the graph with its dendrites and somata, checked. Raises InvalidValueError."""
    if mode.spiking:
        graph = with_somata(graph)
    else:
        check_network(graph)
    if not isinstance(mode, Transient):
        check_order(graph)
    if mode.spiking and mode.readout == "potential" and any(step.kind is StepKind.SOMA for step in graph.steps):
        raise InvalidValueError(
            "readout is 'potential', and a soma that is given spikes has no p whose mean would be its rate; take "
            "readout='count'"
        )
    return graph
