import numpy as np
import pytest

from spikenet.encode import linear_drive, tanh_drive
from spikenet.errors import InvalidValueError
from spikenet.hybrid import Calibration, Curve
from spikenet.hybrid.calibration import fit_calibration

DRIVES = np.linspace(-1, 1, 2001)
Z = np.linspace(-8, 8, 1001)


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


@pytest.mark.parametrize("gamma", [-1.0, -0.3, 0.7])
def test_a_linear_response_to_a_tanh_drive_becomes_a_sigmoid_exactly(gamma):
    """sigmoid(z) = tanh(z/2)/2 + 1/2, so the gain is 1/2 and the scale undoes gamma, whatever its sign."""
    slope, offset = -2.0, 0.4
    found = fit_calibration(Curve(DRIVES, slope * DRIVES + offset, "mean"), tanh_drive(gamma), Z, sigmoid(Z))
    assert found.gain == pytest.approx(0.5, rel=1e-3)
    assert found.scale == pytest.approx(1 / (2 * slope * gamma), rel=1e-3)
    assert found.shift == pytest.approx(0.5 - offset / (2 * slope * gamma), abs=1e-3)
    assert found.error < 1e-4


def test_the_error_is_what_the_best_affine_map_leaves():
    response = np.where(DRIVES > 0, 1.0, 0.0) + 1e-3 * DRIVES  # a step stands badly for a sigmoid
    found = fit_calibration(Curve(DRIVES, response, "mean"), tanh_drive(1.0), Z, sigmoid(Z))
    answer = np.interp(np.tanh(found.gain * Z), DRIVES, response)
    assert found.error == pytest.approx(np.sqrt(np.mean((found.scale * answer + found.shift - sigmoid(Z)) ** 2)))
    assert found.error > 0.05


def test_ripple_on_a_falling_response_is_let_pass_and_a_hump_is_refused():
    Curve(DRIVES, -DRIVES + 0.05 * np.sin(100 * DRIVES), "mean")
    with pytest.raises(InvalidValueError, match=r"\(mean\) does not rise or fall.* from -1 to 1 .*another range"):
        Curve(DRIVES, DRIVES**2, "mean")


@pytest.mark.parametrize("response", [np.zeros(2001), np.full(2001, 3.0)])
def test_a_neuron_that_answers_nothing_is_refused(response):
    with pytest.raises(InvalidValueError, match="rank correlation 0.00"):
        Curve(DRIVES, response, "count")


def test_an_empty_range_is_refused():
    with pytest.raises(InvalidValueError, match="does not rise or fall"):
        Curve(np.zeros(5), np.arange(5.0), "mean")


def test_gains_whose_drives_were_not_measured_are_left_out():
    """A linear drive has no bounds of its own: more than the measured range would be a guess."""
    curve = Curve(DRIVES, DRIVES, "mean")
    found = fit_calibration(curve, linear_drive(1 / 8), Z, 100 * sigmoid(Z))  # 1/8: Z reaches the ends at gain 1
    assert 0.02 <= found.gain <= 1 + 1e-6
    assert not curve.covers(np.array([-1.1, 0.0]))
    with pytest.raises(InvalidValueError, match="at no gain from 0.02 to 50"):
        fit_calibration(curve, linear_drive(1000.0), Z, sigmoid(Z))


def test_a_calibration_is_frozen():
    with pytest.raises(AttributeError):
        Calibration(1.0, 1.0, 0.0, 0.0).gain = 2.0
