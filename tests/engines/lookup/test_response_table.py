"""Looking between the points of a table: cubic where it is smooth, exact where it was told, nearest for counts."""

import numpy as np
import pytest

from spikenet.engines.lookup.response_table import ResponseTable
from spikenet.errors import InvalidValueError


def table_of(drives, **values) -> ResponseTable:
    drives = np.asarray(drives, float)
    return ResponseTable(drives, values, np.zeros(len(drives) - 1), variable="x", sample_dt=1e-3)


def test_a_cubic_is_met_exactly_between_inner_points():
    drives = np.linspace(-1, 1, 9)
    cubic = np.polynomial.Polynomial([0.3, -1.0, 2.0, 0.7])
    between = np.linspace(-0.7, 0.7, 23)
    assert table_of(drives, mean=cubic(drives)).look_up("mean", between) == pytest.approx(cubic(between), abs=1e-14)


def test_the_error_falls_with_the_fourth_power_of_the_distance():
    at = np.linspace(-0.5, 0.5, 501)
    errors = []
    for points in (21, 41):
        drives = np.linspace(-1, 1, points)
        errors.append(np.abs(table_of(drives, mean=np.sin(5 * drives)).look_up("mean", at) - np.sin(5 * at)).max())
    assert errors[0] / errors[1] == pytest.approx(16, rel=0.15)


def test_a_cell_at_the_edge_takes_the_straight_line():
    table = table_of([0, 1, 2, 3, 4], mean=np.array([0.0, 1.0, 4.0, 9.0, 16.0]))
    assert table.look_up("mean", np.array([0.5, 3.5])) == pytest.approx([0.5, 12.5])


def test_points_that_lie_close_together_do_not_magnify_noise():
    # Between 0 and 1 the neighbours are 1e-4 away: through them, rounding of 1e-7 would become 1e-7 / 1e-4 = 1e-3.
    drives = np.array([-1.0, -1e-4, 0.0, 1.0, 1.0001, 2.0])
    noise = 1e-7 * np.array([1, -1, 1, -1, 1, -1])
    assert np.abs(table_of(drives, mean=noise).look_up("mean", np.linspace(0, 1, 11))).max() < 1e-6


def test_drives_that_were_simulated_themselves_are_not_interpolated():
    table = table_of([0, 1, 2, 3], trace=np.zeros((4, 5), np.float32))
    known = table.with_exact(np.array([1.25, 1.5]), {"trace": np.full((2, 5), [[7.0], [8.0]], np.float32)})
    answer = known.look_up("trace", np.array([[1.25, 1.3, 1.5]]))
    assert answer.shape == (1, 3, 5)
    assert answer[0, :, 0].tolist() == [7, 0, 8]
    assert known.trace.shape == (4, 5)  # the grid's own


def test_refining_keeps_the_order_and_hands_errors_down():
    table = ResponseTable(
        np.array([0.0, 1.0, 2.0]), {"mean": np.array([0.0, 10.0, 20.0])}, np.array([0.5, 0.1]), "x", 1.0
    )
    finer = table.with_drives(np.array([0.4]), {"mean": np.array([4.0])})
    assert finer.drives.tolist() == [0, 0.4, 1, 2]
    assert finer.mean.tolist() == [0, 4, 10, 20]
    assert finer.errors.tolist() == [0.5, 0.5, 0.1]


def test_counts_are_those_of_the_nearest_point():
    table = table_of([0, 1], count=np.array([2, 5]))
    assert table.look_up("count", np.array([0.1, 0.4, 0.6, 1.0])).tolist() == [2, 2, 5, 5]


def test_a_table_says_what_lies_outside():
    with pytest.raises(InvalidValueError, match=r"-0\.5 to 0\.5 are outside the response table's 0 to 1"):
        table_of([0, 1], mean=np.zeros(2)).look_up("mean", np.array([-0.5, 0.5]))
