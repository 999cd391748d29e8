"""The f-I curve of a neuron, measured by simulation, and the straight line by which it stands in for ReLU."""

import numpy as np

from spikenet.engines.base import Engine
from spikenet.engines.simulate import simulate
from spikenet.errors import InvalidValueError
from spikenet.hybrid.activations.spiking_activation import RateLine
from spikenet.neurons import NeuronModel, SoftResetIF
from spikenet.neurons.equations.drive_scale import strongest_drive

_POINTS = 400  # drives of the curve
_STEPS = 200  # for which spikes are counted
_USED = 0.4  # of the largest rate: above it refractory times bend the curve
_SHORTEST = 0.05  # of the used rates: near the onset the curve of leaky neurons is steep
_LARGEST_ERROR = 0.15  # of the used rates, rms


def rate_line(neuron: NeuronModel, step: float, engine: str | Engine) -> RateLine:
    """Return the straight line through the f-I curve of a neuron, for rates of spikes in a ``step`` (in s).

    A neuron whose reset subtracts the threshold needs none: `SoftResetIF` is linear up to a spike a step.

    Raises
    ------
    InvalidValueError
        For a neuron whose rate does not rise with its drive along a line.
    """
    if neuron.name == SoftResetIF.name:
        return RateLine()
    drives, rates = measure_curve(neuron, step, engine)
    top = min(_USED * rates.max(), 1.0)
    used = (rates >= _SHORTEST * top) & (rates <= top)
    used &= np.arange(len(rates)) <= int(np.argmax(rates > top))  # the rising part, before any block by depolarization
    if np.count_nonzero(used) < 5:
        raise InvalidValueError(
            f"{neuron.name} sends at most {rates.max():.3g} spikes in a step of {1e3 * step:g} ms under drives from "
            f"{drives[0]:.3g} to {drives[-1]:.3g} (SI units), too few for an f-I curve; take another neuron"
        )
    scale, offset = np.polyfit(rates[used], drives[used], 1)
    error = np.sqrt(np.mean((np.polyval((scale, offset), rates[used]) - drives[used]) ** 2)) / (scale * top)
    if not scale > 0 or error > _LARGEST_ERROR:
        raise InvalidValueError(
            f"the rate of {neuron.name} does not rise along a line with its drive (error {error:.0%} of the range), so "
            "its spikes cannot stand in for ReLU; take sn.neurons.SoftResetIF, sn.LIF or another neuron"
        )
    return RateLine(float(scale), float(offset), float(top))


def measure_curve(neuron: NeuronModel, step: float, engine: str | Engine) -> tuple[np.ndarray, np.ndarray]:
    """Return drives of the first port in SI units, rising, and spikes in a step of ``step`` s."""
    strongest = strongest_drive(neuron, neuron.ports[0])
    if strongest is None:
        raise InvalidValueError(
            f"the equations of {neuron.name} do not tell which drives make it spike; take sn.neurons.SoftResetIF, "
            "sn.LIF or another neuron whose threshold is one of a state"
        )
    quick = 0.01 * strongest * neuron.dt / step  # from the start to the threshold in a step
    drives = np.concatenate([[0.0], np.geomspace(1e-3 * quick, 30 * quick, _POINTS - 1)])
    drives = drives[drives < strongest]
    found = simulate(
        neuron, drives[None], duration=_STEPS * step, settle=_STEPS * step / 4, record="count", engine=engine
    )
    return drives, found.count[0] / _STEPS
