"""The network of Diehl and Cook (2015) as plain Brian2 objects: one program that shows image after image.

Each pixel sends Poisson spikes while an image is shown, and none while the network rests. The spikes reach all
excitatory neurons through conductances that learn; each excitatory neuron drives an inhibitory one, which inhibits all
other excitatory neurons. An image that evokes too few spikes is shown again, with a higher intensity. The program
decides that itself, so that a block of many images needs no help from Python.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import brian2 as b2
import numpy as np

from spikenet.neurons import LIF
from spikenet.synapses import Conductance, DiehlCookTriplet, adaptive_threshold, normalise

SOURCE = "Diehl and Cook (2015), Frontiers in Computational Neuroscience 9:99"
DT = 0.5e-3  # s
SHOW, REST = 0.35, 0.15  # s
_LEAKY = replace(LIF, method="exponential_euler")(resistance="1 Gohm")  # a conductance of 1 nS is as large as the leak
EXCITATORY = _LEAKY(tau_mem="100 ms", v_rest="-65 mV", v_reset="-65 mV", v_threshold="-72 mV", tau_ref="5 ms")
INHIBITORY = _LEAKY(tau_mem="10 ms", v_rest="-60 mV", v_reset="-45 mV", v_threshold="-40 mV", tau_ref="2 ms")


@dataclass(frozen=True)
class DigitSettings:
    """The numbers of a network. Those that the paper does not give are those of the program published with it.

    ``total`` is the sum of the weights onto an excitatory neuron, ``theta_plus`` the rise of its threshold after a
    spike and ``theta`` its start (both in volt), ``inhibition`` a conductance in nS, ``intensity`` 1 for an eighth of a
    pixel's value in Hz, and ``least`` the number of spikes below which an image is shown again.
    """

    neurons: int = 400
    pixels: int = 784
    eta_plus: float = 0.01
    eta_minus: float = 1e-4
    total: float = 78.0
    theta_plus: float = 0.05e-3
    tau_theta: float = 1e4
    theta: float = 20e-3
    inhibition: float = 17.0
    intensity: float = 2.0
    least: int = 5


class DigitNetwork:
    """The objects of the network, to be made and run in a block of `sn.device`; ``block`` images are shown in a run."""

    def __init__(self, settings: DigitSettings, block: int):
        self.settings, self.block = settings, block
        b2.defaultclock.dt = DT * b2.second
        every = {"dt": (SHOW + REST) * b2.second, "when": "start"}
        learning, inhibition, drive = _synapses(settings)
        self.images = b2.TimedArray(np.zeros((block + 1, settings.pixels)) * b2.Hz, dt=1 * b2.second, name="images")
        self.control = _control(settings, every)
        self.pixels = _pixels(settings, self.control, self.images)
        self.excitatory = _excitatory(settings, (learning, inhibition)).neuron_group(
            settings.neurons, name="excitatory", dt=None
        )
        self.inhibitory = replace(
            INHIBITORY.with_synapses(drive), method=_LEAKY.method, initial={"v": -60e-3}
        ).neuron_group(settings.neurons, name="inhibitory", dt=None)
        self.excitatory.run_regularly("count = 0", order=2, name="forget", **every)
        start = "(rand() + 0.01)*0.3"
        self.learning = learning.connect(self.pixels, self.excitatory, weights=start, name="learning")
        normalise(self.learning, settings.total, every=every["dt"])
        self.drive = drive.connect(self.excitatory, self.inhibitory, "one_to_one", name="drive")
        self.inhibition = inhibition.connect(self.inhibitory, self.excitatory, "i != j", name="inhibition")
        self.counter = b2.Synapses(self.excitatory, self.control, on_pre="n_spikes_post += 1", name="counter")
        self.counter.connect()
        # Before the control moves on: the first sample is of the block before.
        self.counts = b2.StateMonitor(self.excitatory, "count", record=True, order=0, name="counts", **every)
        self.shown = b2.StateMonitor(self.control, ["image", "n_spikes"], record=True, order=0, name="shown", **every)
        self.network = b2.Network(*(one for one in vars(self).values() if isinstance(one, b2.core.base.BrianObject)))

    @property
    def seconds(self) -> float:
        """The time of a block of images."""
        return self.block * (SHOW + REST)

    def states(self) -> dict[str, b2.core.variables.VariableView]:
        """Return the variables that go on from one block to the next, by name."""
        traces = {one.name: one for one in self.learning.contained_objects if isinstance(one, b2.Synapses)}
        named = {
            self.control: ("intensity", "n_spikes"),
            self.pixels: ("wait",),
            self.excitatory: ("v", "g_exc", "g_inh", "theta", "count"),
            self.inhibitory: ("v", "g_exc"),
            self.learning: ("w",),
            traces["learning_pre_traces"]: ("spike_trace",),
            traces["learning_post_traces"]: ("fast", "slow"),
        }
        return {f"{group.name}.{name}": group.state(name) for group, names in named.items() for name in names}

    def was_enough(self, states: Mapping[str, np.ndarray]) -> bool:
        """Tell whether the last image of the block before evoked enough spikes, so that the next one is shown."""
        return bool(states.get("control.n_spikes", [self.settings.least])[0] >= self.settings.least)

    def arguments(self, images: np.ndarray, states: Mapping[str, np.ndarray], learn: bool) -> dict:
        """Return the arguments of a run: images (block + 1, pixel) from 0 to 255, of which the first was shown last.

        Without ``learn``, weights and thresholds stay.
        """
        views = self.states()
        given = {views[name]: b2.Quantity(values, dim=views[name].dim) for name, values in states.items()}
        given |= {self.images: images / 8 * b2.Hz, self.control.image: 0.0}
        if not learn:
            given |= {self.learning.eta_plus: 0.0, self.learning.eta_minus: 0.0}
            given |= {self.excitatory.theta_plus: 0 * b2.volt, self.excitatory.tau_theta: 1e12 * b2.second}
        return given

    def results(self) -> tuple[np.ndarray, np.ndarray]:
        """Return which images of the block evoked enough spikes, (image,), and their spikes, (image, neuron)."""
        image = np.append(self.shown.image[0, 1:], self.control.image[:]).astype(int)
        total = np.append(self.shown.n_spikes[0, 1:], self.control.n_spikes[:])
        counts = np.concatenate([self.counts.count[:, 1:], self.excitatory.count[:][:, None]], axis=1).T
        enough = total >= self.settings.least
        return image[enough], counts[enough].astype(np.int32)


def _synapses(settings: DigitSettings) -> tuple:
    excitation = Conductance(weight="1 nS", tau_syn="1 ms").named("exc")
    rule = DiehlCookTriplet(eta_plus=settings.eta_plus, eta_minus=settings.eta_minus)
    inhibition = Conductance(weight=f"{settings.inhibition} nS", tau_syn="2 ms", e_syn="-100 mV").named("inh")
    return excitation.with_plasticity(rule), inhibition, excitation(weight="10.4 nS")


def _excitatory(settings: DigitSettings, synapses: tuple):
    neuron = adaptive_threshold(EXCITATORY.with_synapses(*synapses), settings.theta_plus, settings.tau_theta)
    initial = {**neuron.initial, "v": -65e-3, "theta": settings.theta}
    return replace(
        neuron,
        equations=f"{neuron.equations}\ncount : 1",
        method=_LEAKY.method,
        reset=f"{neuron.reset}\ncount += 1",
        initial=initial,
    )


def _control(settings: DigitSettings, every: dict) -> b2.NeuronGroup:
    """Return what chooses the image that is shown, and its intensity."""
    control = b2.NeuronGroup(1, "image : 1\nintensity : 1\nn_spikes : 1", name="control")
    control.run_regularly(
        f"""
        moved = int(n_spikes >= {settings.least})
        image += moved
        intensity = moved*{settings.intensity} + (1 - moved)*(intensity + 1)
        n_spikes = 0
        """,
        order=1,
        name="choose",
        **every,
    )
    control.n_spikes = settings.least  # so that the first image is taken
    return control


def _pixels(settings: DigitSettings, control: b2.NeuronGroup, images: b2.TimedArray) -> b2.NeuronGroup:
    """Return Poisson neurons, which draw a number at each spike: the integral of the rate up to the next one."""
    pixels = b2.NeuronGroup(
        settings.pixels,
        "dwait/dt = -rate : 1\nrate : Hz\nimage_now : 1 (linked)\nintensity_now : 1 (linked)",
        threshold="wait <= 0",
        reset="wait -= log(1 - rand())",
        method="euler",
        name="pixels",
        namespace={"images": images},
    )
    pixels.wait = "-log(1 - rand())"
    for name in ("image", "intensity"):
        linked = b2.linked_var(control, name, index=np.zeros(settings.pixels, int))
        setattr(pixels, f"{name}_now", linked)
    shown = f"int(t % ({SHOW + REST}*second) < {SHOW - DT / 2}*second)"
    pixels.run_regularly(
        f"rate = images(image_now*second, i)*intensity_now*{shown}",
        dt=50 * b2.ms,
        when="start",
        order=3,
        name="show",
    )
    return pixels
