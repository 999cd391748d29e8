"""Whatever is wrong with the arguments of ``simulate`` is an error of its own before anything is compiled."""

import math
from dataclasses import replace

import numpy as np
import pytest
from brian2 import ms, mV, nA

from spikenet.engines.runtime import Runtime
from spikenet.engines.simulate import simulate, stream
from spikenet.engines.standalone.cpp.engine import Cpp
from spikenet.errors import InvalidTypeError, InvalidValueError, SpikenetError, UnitError
from spikenet.neurons import CWA, FHN, LIF, NeuronModel, SpikingCWA

GOOD = np.zeros((2, 3))
Value, Type, Unit = InvalidValueError, InvalidTypeError, UnitError


def with_drive(drive, model=FHN):
    return lambda: simulate(model, drive, duration="1 ms")


def with_(model=FHN, drive=GOOD, **settings):
    return lambda: simulate(model, drive, **{"duration": "1 ms"} | settings)


def drives_at(value: float) -> np.ndarray:
    drive = np.zeros((2, 3))
    drive[1, 2] = value
    return drive


two_ports = NeuronModel(
    name="two_ports",
    equations="dv/dt = (g_exc*(1 - v) - g_inh*v)/tau : 1\ng_exc : 1\ng_inh : 1",
    ports=("g_exc", "g_inh"),
    outputs=("v",),
    parameters={"tau": "1 ms"},
)

# name: (call, error, words that say what came, what was wanted, what to do)
CASES = {
    # the drive
    "drive 0-d": (with_drive(1.0), Value, "shape (); wanted (sample, unit)"),
    "drive 1-d": (with_drive(np.zeros(3)), Value, "shape (3,); wanted (sample, unit)"),
    "drive 4-d": (with_drive(np.zeros((1, 1, 1, 1))), Value, "shape (1, 1, 1, 1); wanted"),
    "drive empty list": (with_drive([]), Value, "shape (0,)"),
    "drive no samples": (with_drive(np.zeros((0, 3))), Value, "shape (0, 3); wanted at least one of each"),
    "drive no units": (with_drive(np.zeros((3, 0))), Value, "shape (3, 0)"),
    "drive no times": (with_drive(np.zeros((2, 0, 3))), Value, "shape (2, 0, 3)"),
    "drive ragged": (with_drive([[1.0, 2.0], [3.0]]), Type, "the drive of i_in is [[1.0, 2.0], [3.0]], wanted real"),
    "drive nan": (with_drive(drives_at(math.nan)), Value, "i_in not finite: nan at (1, 2) (1 of 6)"),
    "drive inf": (with_drive(drives_at(-math.inf)), Value, "-inf at (1, 2)"),
    "drive None": (with_drive(None), Type, "is None, wanted real numbers"),
    "drive text": (with_drive("abc"), Unit, "cannot read 'abc' write a number and a unit"),
    "drive number text": (with_drive("3"), Value, "shape ()"),
    "drive texts": (with_drive([["1", "2"]]), Type, "[['1', '2']]"),
    "drive bytes": (with_drive(b"abc"), Type, "b'abc'"),
    "drive bool": (with_drive(GOOD > 0), Type, "an array of bool in the shape (2, 3), wanted real numbers"),
    "drive complex": (with_drive(GOOD + 1j), Type, "an array of complex128"),
    "drive object": (with_drive(np.array([[None, 1.0]])), Type, "an array of object in the shape (1, 2)"),
    "drive dates": (with_drive(np.zeros((1, 1), "datetime64[s]")), Type, "an array of datetime64[s]"),
    "drive records": (with_drive(np.zeros((1, 1), [("a", float)])), Type, "in the shape (1, 1)"),
    "drive masked": (with_drive(np.ma.masked_array(GOOD, GOOD == 0)), Type, "a masked array of float64"),
    "drive generator": (with_drive(row for row in GOOD), Type, "generator"),
    "drive set": (with_drive({1.0, 2.0}), Type, "{1.0, 2.0}"),
    "drive with a unit": (with_drive(GOOD * nA), Unit, "has the unit amp, wanted no unit"),
    "drive in volt": (with_drive(GOOD * mV, LIF), Unit, "i_in has the unit volt, wanted the unit amp"),
    "drive list in volt": (with_drive([[1 * nA, 2 * mV]], LIF), Unit, "unit volt, wanted the unit amp"),
    "drive time": (with_drive(np.zeros((2, 7, 3))), Value, "7 values in time for 100 steps divides"),
    "drive too long": (with_drive(np.zeros((2, 200, 3))), Value, "200 values in time for 100 steps"),
    "drive huge": (with_drive([[1e300]]), Value, "dt is 10 us, too large for fhn"),
    # ports
    "no port": (with_drive({}), Value, "names no port; fhn has i_in"),
    "unknown port": (with_drive({"g": GOOD}), Value, "names g; fhn has i_in"),
    "port in capitals": (with_drive({"I_in": GOOD}), Value, "names I_in; fhn has i_in"),
    "port that is no name": (with_drive({0: GOOD}), Value, "names 0; fhn has i_in"),
    "port without drive": (with_drive({"i_in": None}), Type, "i_in is None"),
    "two ports, one array": (with_drive(GOOD, two_ports), Value, "g_exc, g_inh mapping from port to array"),
    "two ports, two shapes": (
        with_drive({"g_exc": GOOD, "g_inh": np.zeros((2, 4))}, two_ports),
        Value,
        "different samples or units: g_exc (2, 3), g_inh (2, 4)",
    ),
    # durations
    "duration negative": (with_(duration="-1 ms"), Value, "duration is -1 ms, wanted zero or more"),
    "settle negative": (with_(settle=-0.001), Value, "settle is -1 ms, wanted zero or more"),
    "duration zero": (with_(duration=0), Value, "duration is 0 s, wanted at least one step"),
    "duration in volt": (with_(duration=1 * mV), Unit, "duration has the unit volt, wanted the unit second"),
    "settle in volt": (with_(settle="1 mV"), Unit, "settle has the unit volt, wanted the unit second"),
    "duration without unit in a text": (with_(duration="1"), Unit, "duration has no unit, wanted the unit second"),
    "duration unknown unit": (with_(duration="1 parsec"), Unit, "unknown unit 'parsec'; known are"),
    "duration no quantity": (with_(duration="soon"), Unit, "cannot read 'soon' such as '20 ms'"),
    "duration None": (with_(duration=None), Type, "duration is None, wanted real numbers with the unit second"),
    "duration two": (with_(duration=[1e-3, 2e-3]), Value, "duration has the shape (2,), wanted one number"),
    "duration True": (with_(duration=True), Type, "duration is True"),
    "duration infinite": (with_(duration=math.inf), Value, "duration is not finite: inf"),
    "duration complex": (with_(duration=1j), Type, "duration is 1j"),
    "duration too long to count": (with_(duration=1e300), Value, "duration is 1e+300 s, too many steps of 10 us"),
    "settle not whole": (with_(settle="0.123 ms"), Value, "settle is 123 us, 12.3 steps of 10 us; such as 120 us"),
    "duration not whole": (with_(duration="1.005 ms"), Value, "duration is 1.005 ms, 100.5 steps of 10 us"),
    "dt zero": (with_(dt=0), Value, "dt is 0 s, wanted more"),
    "dt negative": (with_(dt=-1e-5), Value, "dt is -10 us, wanted zero or more"),
    "dt nan": (with_(dt=math.nan), Value, "dt is not finite: nan"),
    "dt does not divide": (with_(dt="0.03 ms"), Value, "duration is 1 ms, 33.3333 steps of 30 us; such as 990 us"),
    "dt beyond duration": (with_(dt="2 ms"), Value, "duration is 1 ms, 0.5 steps of 2 ms"),
    "dt unstable": (with_(dt=0.1 * ms), Value, "dt is 100 us, too large for fhn: rk4 is unstable beyond 46.4 us"),
    "dt unstable for the drive": (with_drive(GOOD + 40.0), Value, "dt is 10 us, too large unstable beyond 87.1 ns"),
    "sample_dt zero": (with_(sample_dt=0), Value, "sample_dt is 0 s, wanted at least dt"),
    "sample_dt not whole": (with_(sample_dt="15 us"), Value, "sample_dt is 15 us, 1.5 steps of 10 us"),
    "sample_dt does not divide": (with_(sample_dt="0.3 ms"), Value, "duration is 1 ms, no whole number of samples"),
    "sample_dt against settle": (with_(settle="50 us", sample_dt="100 us"), Value, "settle is 50 us, no whole number"),
    # what to record
    "record unknown": (with_(record=("mean", "power")), Value, "record has power; choose from mean, trace, final"),
    "record in capitals": (with_(record="Mean"), Value, "record has Mean; choose from"),
    "record nothing": (with_(record=()), Value, "record has nothing; choose from"),
    "record None": (with_(record=None), Type, "record is None, wanted names out of mean"),
    "record a number": (with_(record=3), Type, "record is 3, wanted names"),
    "record nested": (with_(record=[["mean"]]), Type, "record is [['mean']], wanted names"),
    "count without spikes": (with_(record="count"), Value, "record has count, but fhn has no threshold"),
    "spikes without spikes": (with_(record=("mean", "spikes")), Value, "record has spikes, but fhn has no threshold"),
    "output unknown": (with_(variable="z"), Value, "fhn has no output 'z'; it has x, y"),
    "output in capitals": (with_(variable="X"), Value, "fhn has no output 'X'; it has x, y"),
    "output empty": (with_(variable=""), Value, "fhn has no output ''"),
    # the engine
    "engine unknown": (with_(engine="gpu"), Value, "unknown engine 'gpu'; there are runtime, cpp, response"),
    "engine in capitals": (with_(engine="CPP"), Value, "unknown engine 'CPP'"),
    "engine a class": (with_(engine=Cpp), Type, "the engine is <class an engine such as sn.engines.Cpp(threads=1)"),
    "engine None": (with_(engine=None), Type, "the engine is None; wanted one of runtime, cpp"),
    "engine an object": (with_(engine=object()), Type, "the engine is <object"),
    "precision half": (lambda: Cpp("half"), Value, "unknown precision 'half'; there are float64, float32"),
    "precision a type": (lambda: Cpp(np.float32), Value, "unknown precision <class 'numpy.float32'>"),
    "threads 0": (lambda: Cpp(threads=0), Value, "threads is 0, wanted a whole number from 1"),
    "threads 1.5": (lambda: Cpp(threads=1.5), Value, "threads is 1.5, wanted a whole number"),
    "threads True": (lambda: Cpp(threads=True), Value, "threads is True, wanted a whole number"),
    "chunk -1": (lambda: Cpp(chunk=-1), Value, "chunk is -1, wanted a whole number from 1"),
    # chance and progress
    "seed negative": (with_(seed=-1), Value, "seed is -1, wanted a whole number from 0"),
    "seed broken": (with_(seed=1.5), Value, "seed is 1.5, wanted a whole number"),
    "seed None": (with_(seed=None), Value, "seed is None, wanted a whole number"),
    "seed True": (with_(seed=True), Value, "seed is True, wanted a whole number"),
    "seed too large": (with_(seed=2**32), Value, "seed is 4294967296, wanted a whole number from 0 to 4294967295"),
    "seed a text": (with_(seed="1"), Value, "seed is '1'"),
    "progress no function": (with_(progress="loud"), Type, "progress is 'loud', wanted a function"),
    # the model
    "model a name": (with_("fhn"), Type, "the neuron is str, wanted a NeuronModel such as sn.FHN"),
    "model None": (with_(None), Type, "the neuron is NoneType, wanted a NeuronModel"),
    "model a class": (with_(NeuronModel), Type, "the neuron is type, wanted a NeuronModel"),
    # signs, and spikes in a step
    "negative conductance": (
        with_drive({"g_exc": drives_at(-1e-9)}, CWA),
        Value,
        "g_exc is negative: -1 nS at (1, 2) (1 of 6); cwa takes zero or more at g_exc, g_inh",
    ),
    "two spikes in a step": (
        with_(SpikingCWA, {"g_exc": GOOD}, duration="4 ms", dt="2 ms"),
        Value,
        "dt is 2 ms, too large for spiking_cwa: 1000 times a second, one spike; wanted 1 ms or less",
    ),
    "initial for other units": (with_(FHN.with_initial(x=np.zeros(4))), Value, "for 4 units, but the drive has 3"),
    "initial for no units": (lambda: FHN.with_initial(x=[]), Value, "the initial x has the shape (0,)"),
    "epsilon zero": (with_(FHN(epsilon=0)), Value, "fhn no valid time scale epsilon=0"),
    "epsilon negative": (with_(FHN(epsilon=-0.1)), Value, "fhn no valid time scale epsilon=-0.1"),
    "tau zero": (with_(FHN(tau="0 ms")), Value, "fhn no valid time scale tau=0"),
    "tau too fast": (with_(FHN(tau="1 us")), Value, "dt is 10 us, too large for fhn"),
    "euler unstable": (with_(replace(FHN, method="euler"), dt="40 us"), Value, "euler is unstable beyond 33.3 us"),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_a_bad_argument_is_a_clear_error_before_any_compiling(name, no_compile):
    call, error, words = CASES[name]
    with pytest.raises(SpikenetError) as caught:
        call()
    message = str(caught.value)
    assert caught.type is error
    position = 0
    for word in words.split():  # in this order, whatever stands between them
        assert word in message[position:], f"{word!r} is not in {message!r}"
        position = message.index(word, position) + len(word)
    assert "\n" not in message and len(message) < 400


def test_there_are_at_least_forty_cases():
    assert len(CASES) >= 40


def test_a_stream_checks_its_arguments_at_once(no_compile):
    """And not when the first piece is asked for."""
    with pytest.raises(InvalidValueError, match="unknown engine"):
        stream(FHN, GOOD, duration="1 ms", engine="gpu")
    with pytest.raises(InvalidValueError, match="no threshold"):
        stream(FHN, GOOD, duration="1 ms", record="spikes")


@pytest.mark.parametrize(
    ("model", "drive"),
    [
        (FHN, GOOD.astype(int)),
        (FHN, GOOD.astype(np.float16)),
        (FHN, GOOD.tolist()),
        (FHN, {"i_in": GOOD}),
        (LIF, GOOD),
        (LIF, GOOD * nA),
        (LIF, [[0 * nA] * 3] * 2),
    ],
)
def test_what_is_a_drive_after_all_is_taken(model, drive, no_compile):
    recording = simulate(model, drive, duration="1 ms", engine=Runtime(), record="final")
    assert recording.final.shape == (2, 3)
