"""Patterns, weights and delays that fit, and the places where they end up."""

import numpy as np
import pytest
from brian2 import ms, mV
from scipy.sparse import csr_matrix

import spikenet as sn
from spikenet.errors import InvalidValueError
from spikenet.synapses import STDP, Conductance, VoltageJump
from spikenet.synapses.group_checks import check_code
from spikenet.synapses.wiring import is_quantity

MATRIX = np.arange(12.0).reshape(4, 3)


def connected(*pattern, model=VoltageJump, pre=4, post=3, **settings) -> tuple[list, np.ndarray]:
    """Return the pairs and the weights."""
    synapses = model.connect(sn.LIF.neuron_group(pre), sn.LIF.neuron_group(post), *pattern, **settings)
    return list(zip(synapses.i[:].tolist(), synapses.j[:].tolist(), strict=True)), np.array(synapses.w[:])


def test_all_are_connected_unless_a_pattern_says_otherwise():
    assert connected()[0] == [(i, j) for i in range(4) for j in range(3)]
    assert connected("one_to_one", pre=3)[0] == [(0, 0), (1, 1), (2, 2)]
    assert connected("i == 2*j")[0] == [(0, 0), (2, 1)]
    assert connected(([3, 0], [1, 2]))[0] == [(3, 1), (0, 2)]
    assert 0 < len(connected(pre=40, post=40, p=0.1)[0]) < 320
    assert len(connected("one_to_one", pre=3, p=0.0)[0]) == 0


def test_a_matrix_gives_every_pair_its_weight():
    pairs, weights = connected(weights=MATRIX)
    assert [MATRIX[pair] for pair in pairs] == weights.tolist()
    pairs, weights = connected(([3, 0], [1, 2]), weights=MATRIX)
    assert weights.tolist() == [10, 2]
    assert connected("one_to_one", pre=3, weights=MATRIX[:3])[1].tolist() == [0, 4, 8]


def test_a_sparse_matrix_has_synapses_where_it_stores_a_number():
    pairs, weights = connected(weights=csr_matrix(MATRIX * (MATRIX % 5 == 0)))
    assert dict(zip(pairs, weights, strict=True)) == {(1, 2): 5, (3, 1): 10}


def test_weights_with_a_unit_are_taken_as_multiples_of_the_weight():
    assert connected(([0], [0]), model=VoltageJump(weight="2 mV"), weights=3 * mV)[1].tolist() == [1.5]
    assert connected(([0], [0]), model=VoltageJump(weight="2 mV"), weights="3 mV")[1].tolist() == [1.5]
    assert connected(([0, 1], [0, 1]), weights=[1, 2] * mV)[1].tolist() == [1, 2]


def test_a_text_is_a_quantity_or_an_expression():
    assert is_quantity("3 mV") and is_quantity("0.5") and not is_quantity("rand()*mV")


def test_weights_start_where_the_model_says():
    assert connected(([0], [0]))[1].tolist() == [1]
    assert connected(([0], [0]), model=STDP)[1].tolist() == [0.5]


def test_delays_may_be_one_or_one_for_each_synapse():
    pre, post = sn.LIF.neuron_group(4), sn.LIF.neuron_group(3)
    assert VoltageJump.with_delay("2 ms").connect(pre, post).pre.delay[:] == 2 * ms
    each = VoltageJump.connect(pre, post, weights=MATRIX, delay=MATRIX * 0.3 * ms)
    np.testing.assert_allclose(each.pre.delay[:] / ms, MATRIX.ravel() * 0.3)


def test_an_error_says_how_to_mend_it():
    with pytest.raises(InvalidValueError, match=r"shape \(3, 4\), wanted \(4, 3\): \(pre, post\); give its transpose"):
        connected(weights=MATRIX.T)
    with pytest.raises(InvalidValueError, match="the delay is 1.25 ms, which is 12.5 steps .*; wanted .* 1.2 ms"):
        connected(delay="1.25 ms")
    with pytest.raises(InvalidValueError, match="neuron.with_synapses.exponential_conductance..neuron_group"):
        check_code(Conductance, sn.LIF.neuron_group(1), sn.LIF.neuron_group(1))
