import numpy as np
import pytest
from matplotlib.image import imread

from spikenet.experiments.experiment import Setup
from spikenet.papers import load_experiment
from spikenet.papers.bogatenko2023 import phase_plane
from spikenet.papers.bogatenko2023.phase_plane import simulate_trajectory

TIMES = {"settle": "30 ms", "duration": "6 ms"}


@pytest.fixture(scope="module")
def ran(quick_run):
    """The experiment's result and folder, and its trajectories, by a and drive."""
    trajectories = {}

    def kept(setup, a, drive):
        trajectories[a, drive] = simulate_trajectory(setup, a, drive)
        return trajectories[a, drive]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(phase_plane, "simulate_trajectory", kept)
        return *quick_run("fhn-phase", seeds=(1,), engine="runtime", **TIMES), trajectories


def test_the_trace_obeys_the_equations():
    """Eq. 1 by central differences: two outputs of one simulation, on the same instants."""
    setup = load_experiment("fhn-phase").complete(Setup(engine="runtime", options=TIMES))
    trajectory = simulate_trajectory(setup, a=0.3, drive=-0.1)
    dt = 0.01  # tau is 1
    dx, dy = (np.gradient(values, dt)[2:-2] for values in (trajectory.x, trajectory.y))
    x, y = trajectory.x[2:-2], trajectory.y[2:-2]
    np.testing.assert_allclose(dy, x + 0.2, atol=0.02)  # dt**2 / 6 times the third derivative, which is some hundreds
    slow = np.abs(dx) < 2
    np.testing.assert_allclose(0.05 * dx[slow], (x - x**3 / 3 - y)[slow], atol=0.01)


def test_above_one_the_neuron_rests_where_the_nullclines_cross(ran):
    trajectory = ran[2][1.05, 0.0]
    assert trajectory.rest == -1.05
    assert trajectory.x[0] == pytest.approx(-1.0, abs=0.2)
    assert trajectory.x.max() > 1.5, "one excursion first"
    np.testing.assert_allclose(trajectory.settled, -1.05, atol=1e-3)
    assert trajectory.amplitude < 1e-3


@pytest.mark.parametrize(("a", "drive"), [(0.0, 0.0), (1.05, -0.3)])
def test_below_one_it_oscillates_around_both_branches(ran, a, drive):
    trajectory = ran[2][a, drive]
    assert trajectory.amplitude > 3.5
    assert trajectory.label == ("a = 0" if not drive else "a = 1.05, I = -0.3")


def test_the_experiment_draws_and_claims(ran):
    result, folder, _ = ran
    assert [claim["holds"] for claim in result["claims"]] == [True] * 3
    assert [row[-1] for row in result["tables"][0]["rows"]] == ["oscillates", "rests", "oscillates"]
    for figure in result["figures"]:
        assert imread(folder / figure["file"])[..., :3].std() > 0.01
