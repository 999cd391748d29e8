"""Packed traces against the floats that they were."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from spikenet.engines.lookup.packing import concatenated, pack

ROWS = arrays(float, array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=20), elements=st.floats(-100, 100))


@given(ROWS)
def test_half_a_step_of_the_range_is_lost_at_most(rows):
    packed = pack(rows)
    lost = np.abs(packed[:] - rows).max(axis=1)
    # Beside half a step, the offset's and the value's own rounding to float32, and what is too small for it.
    assert np.all(lost <= 0.51 * np.ptp(rows, axis=1) / 65_535 + 3e-7 * np.abs(rows).max(axis=1) + 1e-37)
    assert packed.shape == rows.shape
    assert packed[:].dtype == packed.dtype == np.float32


def test_a_trace_takes_two_bytes_a_sample():
    assert pack(np.random.default_rng(0).normal(size=(3, 50))).levels.nbytes == 300


def test_mixing_equals_the_product_with_the_unpacked_rows(monkeypatch):
    monkeypatch.setattr("spikenet.engines.lookup.packing._CACHED_BYTES", 4 * 40 * 3)  # four rows take two turns
    rng = np.random.default_rng(1)
    packed, rows = pack(rng.normal(3, 2, (9, 40))), np.array([[4, 0, 4, 8], [1, 2, 3, 8]])
    weights = rng.normal(size=(2, 5, 4)).astype(np.float32)
    wanted = np.einsum("scn,snt->sct", weights.astype(float), packed[rows.ravel()].reshape(2, 4, 40).astype(float))
    assert packed.weighted_sums(rows, weights) == pytest.approx(wanted, abs=1e-4)


def test_rows_are_joined_in_the_order_asked_for():
    first, second = np.arange(6.0).reshape(2, 3), np.arange(100.0, 109.0).reshape(3, 3)
    order = np.array([3, 0, 2])
    wanted = np.concatenate([first, second])[order]
    assert concatenated([first, second], order) == pytest.approx(wanted)
    assert concatenated([pack(first), pack(second)], order)[:] == pytest.approx(wanted, abs=2e-4)
