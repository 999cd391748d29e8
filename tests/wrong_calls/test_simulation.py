"""Wrong calls of `simulate`, `stream`, `response_curve`, `device`, `Simulation`, `Schedule` and the engines."""

import numpy as np
import pytest
from brian2 import ms, mV

import spikenet as sn
from tests.wrong_calls.calls import check_refused

DRIVE = np.zeros((2, 3))


def run(neuron=sn.FHN, drive=DRIVE, **settings):
    return sn.simulate(neuron, drive, **{"duration": "1 ms", "engine": "runtime"} | settings)


CALLS = {
    "a neuron by name": lambda: run("fhn"),
    "no neuron": lambda: run(None),
    "a class of neurons": lambda: run(sn.NeuronModel),
    "text as drive": lambda: run(drive="high"),
    "no drive": lambda: run(drive=None),
    "a drive without axes": lambda: run(drive=0.5),
    "a drive of four axes": lambda: run(drive=np.zeros((1, 1, 1, 1))),
    "an empty drive": lambda: run(drive=np.zeros((0, 3))),
    "a drive of objects": lambda: run(drive=np.array([[None]])),
    "a ragged drive": lambda: run(drive=[[1, 2], [3]]),
    "a complex drive": lambda: run(drive=np.ones((1, 1)) * 1j),
    "a drive that is not finite": lambda: run(drive=[[np.nan]]),
    "a drive with another unit": lambda: run(drive=np.ones((1, 1)) * mV),
    "a drive of an unknown port": lambda: run(drive={"nonsense": DRIVE}),
    "a drive of no port": lambda: run(drive={}),
    "a drive of too few time steps": lambda: run(drive=np.zeros((1, 7, 2)), duration="100 ms"),
    "a duration that is negative": lambda: run(duration="-1 ms"),
    "a duration of nothing": lambda: run(duration=0),
    "a duration without a unit that there is": lambda: run(duration="1 parsec"),
    "a duration in volt": lambda: run(duration=1 * mV),
    "a duration that is no number": lambda: run(duration="long"),
    "a duration that is not finite": lambda: run(duration=float("inf")),
    "no duration": lambda: run(duration=None),
    "a list of durations": lambda: run(duration=[1 * ms, 2 * ms]),
    "a settling that is negative": lambda: run(settle="-1 ms"),
    "a dt of nothing": lambda: run(dt=0),
    "a dt that is negative": lambda: run(dt="-0.1 ms"),
    "a dt longer than the duration": lambda: run(dt="10 ms"),
    "a duration of no whole steps": lambda: run(dt="0.3 ms"),
    "a sample_dt of no whole steps": lambda: run(dt="0.1 ms", sample_dt="0.25 ms"),
    "a sample_dt of nothing": lambda: run(sample_dt=0),
    "an unknown record": lambda: run(record="everything"),
    "a record that is a number": lambda: run(record=3),
    "no record": lambda: run(record=()),
    "spikes of a neuron that has none": lambda: run(record="spikes"),
    "an unknown variable": lambda: run(variable="nonsense"),
    "a variable that is a number": lambda: run(variable=3),
    "an unknown engine": lambda: run(engine="abacus"),
    "an engine that is none": lambda: run(engine=3),
    "an engine that is a class": lambda: run(engine=sn.engines.Cpp),
    "a negative seed": lambda: run(seed=-1),
    "a seed that is too large": lambda: run(seed=2**32),
    "a seed that is no whole number": lambda: run(seed=0.5),
    "a seed that is true": lambda: run(seed=True),
    "progress that cannot be called": lambda: run(progress="loud"),
    "a former argument": lambda: run(keep="mean"),
    "a response to a drive that changes": lambda: run(drive=np.zeros((1, 10, 2)), engine="response"),
    "a stream of an unknown record": lambda: next(sn.stream(sn.FHN, DRIVE, duration="1 ms", record="all")),
    "a stream of nothing": lambda: next(sn.stream(None, DRIVE, duration="1 ms")),
    "a response curve the wrong way round": lambda: sn.response_curve(sn.FHN, low=1, high=0, duration="1 ms"),
    "a response curve of one point": lambda: sn.response_curve(sn.FHN, low=0, high=1, points=1, duration="1 ms"),
    "a response curve of text": lambda: sn.response_curve(sn.FHN, low="a", high=1, duration="1 ms"),
    "a response curve without end": lambda: sn.response_curve(sn.FHN, low=0, high=np.inf, duration="1 ms"),
    "a schedule of text": lambda: sn.Schedule("soon"),
    "a schedule of a negative duration": lambda: sn.Schedule(-1),
    "a schedule of nothing": lambda: sn.Schedule(None),
    "a simulation without times": lambda: sn.Simulation(sn.FHN),
    "a simulation of no neuron": lambda: sn.Simulation(3, duration="1 ms"),
    "a simulation with times twice": lambda: sn.Simulation(sn.FHN, sn.Schedule("1 ms"), duration="1 ms"),
    "a simulation with a schedule that is none": lambda: sn.Simulation(sn.FHN, "1 ms"),
    "a simulation with an unknown time": lambda: sn.Simulation(sn.FHN, duration="1 ms", pause="1 ms"),
    "a simulation by an unknown engine": lambda: sn.Simulation(sn.FHN, duration="1 ms", engine="abacus"),
    "an unknown precision": lambda: sn.engines.Cpp("float16"),
    "no threads": lambda: sn.engines.Cpp(threads=0),
    "half a thread": lambda: sn.engines.Cpp(threads=0.5),
    "an empty chunk": lambda: sn.engines.Cpp(chunk=0),
    "a chunk of text": lambda: sn.engines.Cuda(chunk="all"),
    "no memory": lambda: sn.engines.Cuda(memory=0),
    "memory of text": lambda: sn.engines.Cuda(memory="much"),
    "an unknown precision on a card": lambda: sn.engines.Cuda("double"),
    "a compute capability of text": lambda: sn.engines.Cuda(compute_capability="new"),
    "a negative compute capability": lambda: sn.engines.Cuda(compute_capability=-1),
    "a table of one point": lambda: sn.engines.Response(points=1),
    "a table of half a point": lambda: sn.engines.Response(points=2.5),
    "a tolerance of text": lambda: sn.engines.Response(tolerance="a"),
    "a tolerance of nothing": lambda: sn.engines.Response(tolerance=0),
    "a negative tolerance": lambda: sn.engines.Response(tolerance=-1),
    "a tolerance that is no number": lambda: sn.engines.Response(tolerance=float("nan")),
    "a table of an unknown engine": lambda: sn.engines.Response("abacus"),
    "a table of a table": lambda: sn.engines.Response("response"),
    "a table of no engine": lambda: sn.engines.Response(3),
    "an unknown device": lambda: sn.device("abacus").__enter__(),
    "a device that is a number": lambda: sn.device(3).__enter__(),
    "a device with a negative seed": lambda: sn.device("cpp", seed=-1).__enter__(),
    "a device with a seed that is too large": lambda: sn.device("cpp", seed=2**32).__enter__(),
    "a device with an unknown precision": lambda: sn.device("cpp", precision="half").__enter__(),
    "a device with a number as folder": lambda: sn.device("cpp", directory=3).__enter__(),
    "a device with a capability of text": lambda: sn.device("cuda", compute_capability="new").__enter__(),
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_wrong_simulation_is_refused(call):
    check_refused(call)
