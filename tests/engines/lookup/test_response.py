"""The table engine against theory and against direct simulation of the same neurons."""

import numpy as np
import pytest

import spikenet as sn
from spikenet.engines.lookup.response import Response, ResponseTable, response_curve
from spikenet.engines.simulate import Schedule, simulate
from spikenet.errors import InvalidValueError
from spikenet.progress import Progress
from tests.planning import plan

DURATIONS = {"settle": "5 ms", "duration": "10 ms"}
WHOLE = {"settle": "2 ms", "duration": "10 ms"}  # with all that is kept: the project of tests/contracts
KEEP = ("mean", "trace", "final")
SMOOTH = sn.FHN(epsilon=0.3)  # slow enough that neighbouring drives stay together
TABLE = Response(sn.engines.Cpp(threads=1), points=101, tolerance=0.01)


@pytest.fixture(scope="module")
def drive() -> np.ndarray:
    return np.random.default_rng(3).uniform(-0.8, 0.8, (6, 20))


@pytest.fixture(scope="module")
def both(drive):
    """The same neurons by table and directly."""
    settings = WHOLE | {"record": KEEP}
    return simulate(SMOOTH, drive, engine=TABLE, **settings), simulate(SMOOTH, drive, engine="cpp", **settings)


@pytest.mark.parametrize("name", ["mean", "trace", "final"])
def test_the_table_is_within_its_tolerance_of_direct_simulation(both, name):
    table, direct = (recording.values[name] for recording in both)
    # The tolerance bounds the rms over time, relative to the spread (1.3 for FHN), where the table was looked at;
    # a maximum over time is a few times an rms.
    assert table.shape == direct.shape
    assert np.abs(table - direct).max() < 0.05
    assert np.sqrt(np.mean((table - direct) ** 2)) < 0.013


def test_the_reported_error_is_measured_not_assumed(both):
    table, direct = both
    report = table.provenance["error"]
    assert report["probes"] == 120  # fewer drives than probes: all of them
    assert report["trace_max"] == pytest.approx(np.abs(table.trace - direct.trace).max(), rel=1e-3)
    assert report["mean_rms"] == pytest.approx(np.sqrt(np.mean((table.mean - direct.mean) ** 2)), rel=1e-3)


def test_reading_out_equals_traces_times_weights(both, drive):
    weights = np.random.default_rng(1).normal(size=(20, 4))
    job, drives = plan(SMOOTH, drive, Schedule(**WHOLE), record=KEEP)
    pieces = dict(
        (here.start, logits) for here, logits in TABLE.read_out(job, drives, weights, Progress("", lambda _: None))
    )
    logits = np.concatenate([pieces[start] for start in sorted(pieces)])
    direct = both[1].trace @ weights
    assert logits.shape == (6, 100, 4)
    assert np.abs(logits - direct).max() < 0.05 * np.abs(weights).sum(axis=0).max()


def test_a_few_instants_are_those_of_the_whole_trace(drive):
    job, drives = plan(SMOOTH, drive, Schedule(**DURATIONS), record=("trace",))
    instants = np.array([99, 0, 7])
    found = TABLE.trace_at(job, drives, instants, Progress("", lambda _: None))
    assert found == pytest.approx(TABLE.run(job, drives, Progress("", lambda _: None)).trace[:, instants], abs=1e-5)


def test_a_finer_tolerance_means_more_points_and_less_error(drive):
    settings = DURATIONS | {"record": ("trace",)}
    coarse, fine = (
        simulate(
            SMOOTH, drive, engine=Response(sn.engines.Cpp(threads=1), points=11, tolerance=tolerance), **settings
        ).provenance
        for tolerance in (0.2, 0.002)
    )
    assert fine["points"] > coarse["points"]
    assert fine["error"]["trace_rms"] < coarse["error"]["trace_rms"] / 4


def test_drives_of_unresolved_cells_are_simulated_themselves(drive, monkeypatch):
    monkeypatch.setattr("spikenet.engines.lookup.response._MOST_SPLITS", 0)
    crude = Response(sn.engines.Cpp(threads=1), points=3, tolerance=1e-6)
    recording = simulate(SMOOTH, drive, engine=crude, record=("trace",), **DURATIONS)
    # The very same simulation, in two bytes: half of 1/65,535 of a trace's range, 4 at most.
    assert recording.provenance["error"]["trace_max"] < 4e-5
    assert recording.provenance["points"] == 3
    assert recording.provenance["exact"] == drive.size


def test_respond_measures_minus_the_drive_where_fhn_rests():
    # |a + I| > 1: the unit rests at x = -(a + I); after 60 tau at epsilon = 0.3 transients are below 1e-6.
    table = response_curve(SMOOTH, low=1.3, high=1.9, points=7, settle="60 ms", duration="5 ms", engine="runtime")
    assert isinstance(table, ResponseTable)
    assert table.drives == pytest.approx(np.linspace(1.3, 1.9, 7))
    assert table.mean == pytest.approx(-table.drives, abs=1e-6)
    assert table.look_up("mean", np.array([[1.37, 1.88]])) == pytest.approx(-np.array([[1.37, 1.88]]), abs=1e-6)


@pytest.mark.parametrize(
    ("model", "drive", "keep", "words"),
    [
        (sn.FHN, np.zeros((2, 30, 3)), ("mean",), "changes in time"),
        (sn.FHN.with_initial(x=[0.0, 1.0, 2.0]), np.zeros((2, 3)), ("mean",), "start from different states"),
        (sn.LIF, np.zeros((2, 3)), ("spikes",), "lists of different lengths"),
        (
            sn.NeuronModel(
                "noisy", "dx/dt = -x/(1*ms) + i_in/(1*ms) + xi*(1*ms)**-0.5 : 1\ni_in : 1", ("x",), method="euler"),
            np.zeros((2, 3)),
            ("mean",),
            "noisy",
        ),
    ],
)  # fmt: skip
def test_what_a_table_cannot_hold_is_refused(model, drive, keep, words):
    with pytest.raises(InvalidValueError, match=words):
        simulate(model, drive, duration="3 ms", record=keep, engine="response")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"points": 1}, "points is 1"),
        ({"points": 2.5}, "points is 2.5"),
        ({"points": 2**40}, "points is 1099511627776, wanted a whole number from 2 to 16777216"),
        ({"tolerance": 0}, "tolerance is 0"),
        ({"engine": "response"}, "cannot be made by the response engine"),
        ({"engine": "abacus"}, "unknown engine 'abacus'"),
    ],
)
def test_bad_settings_are_refused(settings, words):
    with pytest.raises(InvalidValueError, match=words):
        Response(**settings)


@pytest.mark.parametrize(("low", "high"), [(1.0, 1.0), (2.0, 1.0), (0.0, np.inf), (np.nan, 1.0)])
def test_respond_wants_a_range(low, high):
    with pytest.raises(InvalidValueError, match="wanted low below high"):
        response_curve(sn.FHN, low=low, high=high, duration="1 ms")


def test_a_second_look_up_simulates_only_the_probes(drive, monkeypatch):
    simulate(SMOOTH, drive, engine=TABLE, record=("mean",), **DURATIONS)
    calls = []
    run = sn.engines.Cpp.run

    def counted(self, job, drives, progress):
        calls.append(drives["i_in"].size)
        return run(self, job, drives, progress)

    monkeypatch.setattr(sn.engines.Cpp, "run", counted)
    simulate(SMOOTH, 0.9 * drive, engine=TABLE, record=("mean",), **DURATIONS)  # a narrower range
    assert calls == [drive.size]


def test_a_range_much_narrower_than_a_known_one_gets_a_table_of_its_own(drive):
    model = SMOOTH.with_parameters(a=0.02)  # not in a table yet
    job, wide = plan(model, drive, Schedule(**DURATIONS))
    _, narrow = plan(model, drive / 2, Schedule(**DURATIONS))
    made = [TABLE.table(job, drives, Progress("", lambda _: None)) for drives in (wide, narrow, wide, narrow)]
    assert made[0] is made[2]
    assert made[1] is made[3]
    assert made[1].drives[-1] < 0.51 * made[0].drives[-1]


def test_a_range_a_little_beyond_a_known_one_widens_it(drive):
    model = SMOOTH.with_parameters(a=0.03)  # not in a table yet
    job, first = plan(model, drive, Schedule(**DURATIONS))
    _, beyond = plan(model, drive + 0.1, Schedule(**DURATIONS))
    made = [TABLE.table(job, drives, Progress("", lambda _: None)) for drives in (first, beyond, first)]
    assert made[1] is made[2]
    assert made[1].drives[0] < drive.min() < drive.max() + 0.1 < made[1].drives[-1]


def test_progress_rises_once_and_the_table_takes_its_share(drive):
    seen = []
    model = SMOOTH.with_parameters(a=0.01)  # not in a table yet
    job, drives = plan(model, drive, Schedule(**DURATIONS), record=("trace",))
    pieces = TABLE.read_out(job, drives, np.ones((20, 2)), Progress("", seen.append))
    next(pieces)
    made = len(seen) - 1
    list(pieces)
    assert seen == sorted(seen)
    assert max(seen[:made]) <= 0.4 < seen[made]
    assert seen[-1] == 1.0


def test_a_table_goes_below_zero_only_where_a_port_does():
    """A margin around the drives, but no conductance below nothing."""
    drive = {"g_exc": np.linspace(0, 50e-9, 30)[None], "g_inh": np.full((1, 30), 4e-9)}
    job, drives = plan(sn.CWA, drive, Schedule("40 ms", 0), record="mean")
    table = Response("runtime", points=11).table(job, drives, Progress("", lambda _: None))
    assert table.drives[0] == 0 < 50e-9 < table.drives[-1]
