"""A table as an engine: it looks up, and refuses what is outside."""

import numpy as np
import pytest

import spikenet as sn
from spikenet.engines.base import Engine
from spikenet.engines.lookup.response import Response
from spikenet.engines.simulate import Schedule, simulate
from spikenet.errors import InvalidValueError
from spikenet.progress import Progress
from tests.planning import plan

MODEL = sn.FHN(epsilon=0.3)
TIMES = {"settle": "5 ms", "duration": "10 ms"}
KEEP = ("mean", "trace", "final")  # with these times the project of test_response.py
DRIVE = np.array([[-0.5, -0.1], [0.2, 0.5]])


@pytest.fixture(scope="module")
def tabulated():
    job, drives = plan(MODEL, DRIVE, Schedule(**TIMES), record=KEEP)
    return Response(sn.engines.Cpp(threads=1), points=101).prepared(job, drives, Progress("", lambda _: None))


def test_a_prepared_table_is_an_engine_that_simulates_nothing(tabulated, monkeypatch):
    direct = simulate(MODEL, DRIVE, record=KEEP, **TIMES)
    monkeypatch.setattr(sn.engines.Cpp, "run", None)  # whoever simulates fails
    assert isinstance(tabulated, Engine)
    for share in (1.0, 0.1):  # a much narrower range too
        found = simulate(MODEL, share * DRIVE, record=KEEP, engine=tabulated, **TIMES)
        assert "error" not in found.provenance
        if share == 1.0:
            np.testing.assert_allclose(found.mean, direct.mean, atol=1e-3)
            np.testing.assert_allclose(found.trace, direct.trace, atol=0.02)


def test_drives_outside_the_table_are_refused(tabulated):
    with pytest.raises(InvalidValueError, match="are outside the response table's"):
        simulate(MODEL, 2 * DRIVE, engine=tabulated, **TIMES)


def test_it_is_prepared_for_what_it_holds_only(tabulated):
    job, drives = plan(MODEL, DRIVE, Schedule(**TIMES))
    assert tabulated.prepared(job, drives, Progress("")) is tabulated
    _, wide = plan(MODEL, 2 * DRIVE, Schedule(**TIMES))
    with pytest.raises(InvalidValueError, match="outside"):
        tabulated.prepared(job, wide, Progress(""))
