"""From a trained Keras network of conductance layers to Brian2 neurons."""

from spikenet.engines.base import Engine
from spikenet.engines.simulate import Simulation
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.hybrid.conductance.brian_network import BrianNetwork
from spikenet.hybrid.conductance.checks import check_network, check_neuron, check_order
from spikenet.hybrid.conductance.graph import StepKind, graph_of
from spikenet.hybrid.conductance.means import check_means
from spikenet.hybrid.conductance.modes import MODES, STEADY_STATE, Mode, Transient
from spikenet.hybrid.conductance.somata import with_somata
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
def to_brian(
    model,
    mode: Mode = STEADY_STATE,
    *,
    neuron: NeuronModel | None = None,
    engine: str | Engine = "cpp",
    seed: int = 0,
) -> BrianNetwork:
    """Put Brian2 neurons in the place of the conductance layers of a trained network; all else stays in Keras.

    Parameters
    ----------
    model : keras.Model
        A functional or Sequential model with layers such as ``sn.layers.CWADense``, and images (image, ...) as input.
    mode : SteadyState, Transient or Spiking
        How the neurons run. `SteadyState` brings each layer to rest, one after the other; `Transient` runs all layers
        at once; with `Spiking` they send spikes.
    neuron : NeuronModel, optional
        The neuron: ``sn.CWA`` (conductance-weighted averaging) if left out, and ``sn.neurons.SpikingCWA`` with
        `Spiking`. ``sn.neurons.StochasticCWA`` spikes by chance; ``sn.neurons.SpikingCWA.with_initial(release=0.5)``
        starts halfway to a spike, and so answers within fewer steps. Its ``e_rest`` is set by each layer.
    engine : str or Engine
        A name in `spikenet.engines.ENGINES`, or an engine such as ``sn.engines.Cpp(threads=1)``.
    seed : int
        For neurons and pixels that spike by chance.

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

    Examples
    --------
    >>> import keras, numpy as np, spikenet as sn
    >>> layers = [keras.Input((4,)), sn.layers.CWADense(8), sn.layers.Release(), keras.layers.Dense(3)]
    >>> network = sn.to_brian(keras.Sequential(layers), sn.Spiking(steps=20), engine="runtime")
    >>> network.logits(np.ones((2, 4))).shape
    (2, 3)
    """
    if isinstance(mode, str) and mode in OLD_MODES:
        raise InvalidTypeError(f"to_brian: the mode {mode!r} is {OLD_MODES[mode]} now")
    if not isinstance(mode, MODES):
        raise InvalidTypeError(f"the mode is {mode!r}, wanted sn.SteadyState(), sn.Transient() or sn.Spiking()")
    neuron = mode.neuron if neuron is None else neuron
    check_neuron(neuron, spiking=mode.spiking)
    graph = graph_of(model)
    if mode.spiking:
        graph = with_somata(graph)
    else:
        check_network(graph)
    if not isinstance(mode, Transient):
        check_order(graph)
    if mode.spiking:
        check_means(graph)
        if mode.readout == "potential" and any(step.kind is StepKind.SOMA for step in graph.steps):
            raise InvalidValueError(
                "readout is 'potential', and a soma that is given spikes has no p whose mean would be its rate; take "
                "readout='count'"
            )
    simulation = Simulation(neuron, mode.schedule(neuron), engine=engine, seed=seed)
    simulation.job(mode.record, "p" if mode.spiking else "z")  # raises for settings that no simulation can have
    return BrianNetwork(graph, simulation, mode)
