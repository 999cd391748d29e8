import warnings

import pytest

from spikenet.errors import TrainingError
from spikenet.train.loss_monitor import EXPLOSION_FACTOR, LossMonitor


@pytest.mark.parametrize("loss", [float("nan"), float("inf"), -float("inf")])
def test_a_loss_that_is_not_finite_says_where(loss):
    with pytest.raises(TrainingError, match=rf"loss is {loss} in epoch 3, batch 7; .*weights of epoch 2 again"):
        LossMonitor().check(loss, 3, 7)


def test_an_exploding_loss_warns_once():
    monitor = LossMonitor()
    monitor.check(2.0, 1, 1)
    monitor.check(2.0 * EXPLOSION_FACTOR, 1, 2)  # not more than that
    with pytest.warns(RuntimeWarning, match="2.02e.03 in epoch 1, batch 3, 1e.03 times the first"):
        monitor.check(2.02 * EXPLOSION_FACTOR, 1, 3)
    monitor.check(1e9, 1, 4)


def test_a_resumed_training_measures_against_its_first_loss():
    with pytest.warns(RuntimeWarning, match="explodes"):
        LossMonitor(1e-3).check(2.0, 5, 1)
    with warnings.catch_warnings():
        LossMonitor(0.0).check(2.0, 5, 1)  # from nothing, nothing can be told


def test_the_first_loss_stays_the_first():
    monitor = LossMonitor()
    for loss in (3.0, 2.0, 1.0):
        monitor.check(loss, 1, 1)
    assert monitor.first == 3.0
