"""One run for every model of the table: the same number of steps, all that can be kept, drives from rest to firing."""

from dataclasses import dataclass, field

import numpy as np
import pytest

from spikenet.engines.simulate import simulate
from spikenet.neurons import (
    CWA,
    EIF,
    FHN,
    GIF,
    IF,
    LIF,
    MODELS,
    QIF,
    AdEx,
    HindmarshRose,
    HodgkinHuxley,
    Izhikevich,
    MorrisLecar,
    NeuronModel,
    SoftResetIF,
    SpikingCWA,
    SpikingSoma,
    StochasticCWA,
    StochasticSoma,
    WilsonCowan,
)
from spikenet.recording import Recording

SETTLE, RECORD, SAMPLE = 200, 1000, 10  # steps
# From a resting to a firing neuron. FHN keeps off abs(a + I) = 1, where its oscillation dies and rounding grows.
RANGES = {
    FHN.name: (-0.8, 0.8),
    LIF.name: (0.0, 0.6e-9),
    IF.name: (0.0, 0.6e-9),
    SoftResetIF.name: (0.0, 0.9),
    Izhikevich.name: (-5.0, 20.0),
    HodgkinHuxley.name: (0.0, 0.25),
    AdEx.name: (0.0, 2e-9),
    EIF.name: (0.0, 0.1),
    QIF.name: (-1.0, 4.0),
    GIF.name: (0.0, 3e-9),
    MorrisLecar.name: (0.0, 2.0),
    HindmarshRose.name: (-1.0, 4.0),
    WilsonCowan.name: {"p": (0.0, 4.0), "q": (0.0, 1.0)},
    **dict.fromkeys([CWA.name, SpikingCWA.name, StochasticCWA.name], {"g_exc": (0.0, 80e-9), "g_inh": (0.0, 40e-9)}),
    **dict.fromkeys([SpikingSoma.name, StochasticSoma.name], (-0.5, 1.5)),
}
SPREADS = {FHN.name: 1.0, CWA.name: 0.03, WilsonCowan.name: 0.1}  # of the output of one that never spikes


@dataclass(frozen=True)
class Run:
    """A model with its standard durations; called with a drive and an engine, it simulates."""

    model: NeuronModel
    record: tuple[str, ...] = field(init=False)

    def __post_init__(self):
        spikes = ("count", "first_spike", "spikes") if self.model.spiking else ()
        object.__setattr__(self, "record", ("mean", "trace", "final", *spikes))

    def drive(self, samples: int, units: int) -> dict[str, np.ndarray]:
        """(sample, unit) for every port, each neuron its own, in no order."""
        ranges, rng = RANGES[self.model.name], np.random.default_rng(5)
        if not isinstance(ranges, dict):
            ranges = {self.model.ports[0]: ranges}
        grids = {port: np.linspace(*ends, samples * units) for port, ends in ranges.items()}
        return {port: rng.permutation(grid).reshape(samples, units) for port, grid in grids.items()}

    def __call__(self, drive, engine="cpp", record=None, **settings) -> Recording:
        dt = self.model.dt
        return simulate(
            self.model,
            drive,
            settle=SETTLE * dt,
            duration=RECORD * dt,
            sample_dt=SAMPLE * dt,
            record=record or self.record,
            engine=engine,
            **settings,
        )


# Six seconds to compile each. IF and LIF have spikes as Izhikevich has, StochasticCWA two ports, spikes and chance,
# StochasticSoma a state that is reset, and chance.
SHOWN_BY_OTHERS = {
    *(model.name for model in (CWA, Izhikevich, SoftResetIF, SpikingCWA, SpikingSoma)),
    *(model.name for model in (AdEx, EIF, QIF, GIF, MorrisLecar, HindmarshRose, WilsonCowan)),
}


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=pytest.mark.slow if name in SHOWN_BY_OTHERS else ()) for name in sorted(MODELS)],
)
def run(request) -> Run:
    return Run(MODELS[request.param])


@pytest.fixture(scope="module")
def fhn_run() -> Run:
    return Run(FHN)
