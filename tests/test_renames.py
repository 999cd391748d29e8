"""A former name raises an error that tells the new one."""

import copy
import pickle

import numpy as np
import pytest

import spikenet as sn
from spikenet.errors import InvalidTypeError
from spikenet.recording import Spikes
from spikenet.renames import RENAMED, RENAMED_WITHIN

DRIVE = np.zeros((1, 1))


@pytest.mark.parametrize("name", RENAMED)
def test_an_old_flat_name_is_an_error_that_names_the_new_one(name):
    assert not hasattr(sn, name)
    with pytest.raises(AttributeError, match=f"sn.{name} is sn.{RENAMED[name]} now"):
        getattr(sn, name)
    found = sn
    for part in RENAMED[name].split("."):
        found = getattr(found, part)
    assert found is not None


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: sn.simulate(sn.FHN, DRIVE, record="1 ms"), "simulate: record= is duration= now; record= says what"),
        (lambda: sn.simulate(sn.FHN, DRIVE, record="1 ms", keep="mean"), "record= is duration= now, keep= is record="),
        (lambda: sn.simulate(sn.FHN, DRIVE, duration="1 ms", output="x"), "simulate: output= is variable= now$"),
        (lambda: sn.stream(sn.FHN, DRIVE, duration="1 ms", keep="trace"), "stream: keep= is record= now$"),
        (lambda: sn.response_curve(sn.FHN, low=0, high=1, record="1 ms"), "response_curve: record= is duration= now"),
        (lambda: sn.embed(None, "hidden", sn.FHN, None, record="1 ms"), "embed: record= is duration= now"),
        (lambda: sn.Population(sn.FHN, drive=sn.tanh_drive(1), record="1 ms"), "Population: record= is duration= now"),
        (
            lambda: sn.Population(sn.FHN, drive=sn.tanh_drive(1), duration="1 ms", of="y"),
            "Population: of= is variable= now$",
        ),
        (lambda: sn.to_brian(None, "graded"), r"the mode 'graded' is sn.SteadyState\(\) or sn.Transient\(\) now"),
        (lambda: sn.to_brian(None, mode="spiking"), r"to_brian: the mode 'spiking' is sn.Spiking\(\) now"),
        (lambda: sn.to_brian(None, "stochastic"), r"is sn.Spiking\(\) with neuron=sn.neurons.StochasticCWA now"),
        (lambda: sn.to_brian(None, "spiking", bins=50), r"to_brian: bins= is sn.Spiking\(steps=...\) now$"),
        (lambda: sn.to_brian(None, inputs="analog"), r"inputs= is sn.Spiking\(input=...\) now$"),
        (lambda: sn.to_brian(None, readout="count"), r"readout= is sn.Spiking\(readout=...\) now$"),
        (lambda: sn.to_brian(None, dynamics="together"), r"dynamics= is sn.SteadyState\(\) or sn.Transient\(\) now$"),
        (lambda: sn.Hybrid.record(None, None, keep="mean"), "record: keep= is record= now$"),
        (
            lambda: sn.to_brian(None, duration=1, dt=1),
            r"duration= is sn.SteadyState\(duration=...\) or sn.Transient\(duration=...\) now, dt= is .* now$",
        ),
    ],
)
def test_an_old_argument_is_an_error_that_names_the_new_one(call, words):
    with pytest.raises(InvalidTypeError, match=words):
        call()


OLD_PLACES = {"decode": lambda: sn.decode, "hybrid": lambda: sn.hybrid}
CLASSES = {
    "Spikes": lambda: Spikes, "Recording": lambda: sn.Recording, "Hybrid": lambda: sn.Hybrid,
    "BrianNetwork": lambda: sn.hybrid.BrianNetwork, "Readout": lambda: sn.decode.Readout,
}  # fmt: skip


@pytest.mark.parametrize(("where", "old"), [(where, old) for where, names in RENAMED_WITHIN.items() for old in names])
def test_an_old_attribute_is_an_error_that_names_the_new_one(where, old):
    new = RENAMED_WITHIN[where][old]
    place = OLD_PLACES[where]() if where in OLD_PLACES else object.__new__(CLASSES[where]())
    with pytest.raises(AttributeError, match=f"{where}.{old} is {where}.{new} now"):
        getattr(place, old)
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        place.nonsense  # noqa: B018
    owner = place if where in OLD_PLACES else CLASSES[where]()
    first = new.split(".")[0]
    assert hasattr(owner, first) or first in owner.__dataclass_fields__


def test_objects_with_former_names_are_copied_and_pickled():
    spikes = Spikes(np.array([0]), np.array([1]), np.array([0.5]))
    for again in (copy.deepcopy(spikes), pickle.loads(pickle.dumps(spikes))):
        assert again.times_of(0, 1) == [0.5]
    assert not hasattr(spikes, "of")
