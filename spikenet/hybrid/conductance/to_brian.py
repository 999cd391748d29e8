"""From a trained Keras network of conductance layers to Brian2 neurons."""

from spikenet.engines.base import Engine
from spikenet.engines.schedule import Schedule
from spikenet.engines.simulate import Simulation
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.hybrid.conductance.brian_network import BrianNetwork
from spikenet.hybrid.conductance.checks import check_network, check_order
from spikenet.hybrid.conductance.graph import Graph, graph_of
from spikenet.hybrid.conductance.means import check_means
from spikenet.hybrid.conductance.membranes import Membranes, check_neuron, resting_time
from spikenet.hybrid.conductance.modes import Settled, Spiking, Together
from spikenet.hybrid.conductance.somata import with_somata
from spikenet.neurons import CWA, NeuronModel, SpikingCWA, StochasticCWA
from spikenet.neurons.soma import soma_of
from spikenet.units import to_seconds

NEURONS = {"graded": CWA, "spiking": SpikingCWA, "stochastic": StochasticCWA}
DYNAMICS = ("settled", "together")
_LONG = 40  # resting time constants after which exp(-40) is left, 4e-18
_STEPS = 20  # of one resting time constant in which layers that move together are fast enough


def to_brian(  # noqa: PLR0913 (a contract with the user; all but two are named)
    model,
    mode: str = "graded",
    *,
    dynamics: str = "settled",
    neuron: NeuronModel | None = None,
    engine: str | Engine = "cpp",
    duration=None,
    dt=None,
    bins: int = 50,
    inputs: str = "regular",
    readout: str = "count",
    seed: int = 0,
) -> BrianNetwork:
    """A trained network with Brian2 neurons in the place of its conductance layers; all else stays in Keras.

    ``graded``: neurons hand on p. ``settled`` layers come to rest one after the other: constant conductances make one
    step of exponential Euler exact, however long, and ``duration`` is by default 40 resting time constants.
    ``together``: all layers move at once, for 1 resting time constant in 20 steps, or ``duration`` in steps of
    ``dt``; in each step a layer sees the others as the step begins. Networks with LateralInhibition are recurrent:
    they move together, and only ``as_network``.

    ``spiking`` (integrate-and-fire) and ``stochastic``: neurons send a spike or none in each of ``bins`` of 1/f_max,
    and answer within the bin in which spikes arrive. Pixels send ``regular`` or ``bernoulli`` spikes, or their values
    (``analog``). The read-out takes spikes a bin (``count``) or the mean of p (``potential``). Where potentials are
    added up or scaled before they are released, as in residual blocks and with BatchNormalization, membranes are
    dendrites, and the releases somata: see `spikenet.neurons.soma`.

    Conductances are summed in Keras, in the layers' own precision: those that sum in bfloat16 answer the last digit
    of a p with a thousandth of a conductance. For small distances, give such layers ``dtype_policy = "float32"``.

    ``neuron`` is sn.CWA, sn.neurons.SpikingCWA or sn.neurons.StochasticCWA unless given; its ``e_rest`` is each
    layer's own.
    ``sn.neurons.SpikingCWA.with_initial(release=0.5)`` starts halfway to a spike and so answers within fewer bins.

    Errors: InvalidTypeError, InvalidValueError, for networks that no such neurons can stand for too.
    """
    _known("mode", mode, NEURONS)
    _known("dynamics", dynamics, DYNAMICS)
    spiking = mode != "graded"
    neuron = NEURONS[mode] if neuron is None else neuron
    check_neuron(neuron, spiking=spiking)
    graph = _checked(model, spiking, dynamics)
    if spiking:
        if duration is not None or dt is not None or dynamics != "settled":
            raise InvalidTypeError(
                "spiking networks run for bins of 1/f_max; duration, dt and dynamics are graded ones'"
            )
        schedule, moving = _spiking(neuron, bins), Spiking(bins, inputs, readout)
        _check_readout(graph, moving)
    else:
        if (bins, inputs, readout) != (50, "regular", "count"):
            raise InvalidTypeError("graded networks send no spikes; bins, inputs and readout are spiking ones'")
        schedule, moving = _graded(neuron, dynamics, duration, dt), Settled() if dynamics == "settled" else None
    soma = soma_of(neuron) if spiking else None
    simulation = Simulation(neuron, schedule, engine=engine, seed=seed)
    membranes = Membranes(simulation, "p" if spiking else "z", soma)
    job = membranes.job((moving or Together(1)).record)
    return BrianNetwork(graph, membranes, moving or Together(job.steps.samples))


def _known(name: str, value: str, table) -> None:
    if not isinstance(value, str) or value not in table:
        raise InvalidValueError(f"unknown {name} {value!r}; there are {', '.join(table)}")


def _checked(model, spiking: bool, dynamics: str) -> Graph:
    """The model's graph, if such neurons can stand in it."""
    graph = graph_of(model)
    if spiking:
        graph = with_somata(graph)
    else:
        check_network(graph)
    if spiking or dynamics == "settled":
        check_order(graph)
    if spiking:
        check_means(graph)
    return graph


def _check_readout(graph: Graph, dynamics: Spiking) -> None:
    if dynamics.readout == "potential" and any(step.soma for step in graph.steps):
        raise InvalidValueError(
            "readout is 'potential', and a soma that is given spikes has no p whose mean would be its rate; take "
            "readout='count'"
        )


def _spiking(neuron: NeuronModel, bins: int) -> Schedule:
    """One step a bin, in s."""
    if type(bins) is not int or bins < 1:
        raise InvalidValueError(f"bins is {bins!r}, wanted a whole number from 1")
    step = 1 / neuron.parameters["f_max"].value
    return Schedule(bins * step, dt=step, sample_dt=step)


def _graded(neuron: NeuronModel, dynamics: str, duration, dt) -> Schedule:
    """Durations and steps in s."""
    rest = resting_time(neuron)
    if dynamics == "settled":
        duration = to_seconds(_LONG * rest if duration is None else duration, "duration")
        dt = duration if dt is None else to_seconds(dt, "dt")
        return Schedule(duration, dt=dt, sample_dt=dt)
    dt = to_seconds(rest / _STEPS if dt is None else dt, "dt")
    if dt > rest:
        raise InvalidValueError(
            f"dt is {dt:g} s, too large for layers that move together: in a step each sees the others as they were; "
            f"wanted the resting time constant, {rest:g} s, or less"
        )
    return Schedule(_STEPS * dt if duration is None else duration, dt=dt, sample_dt=dt)
