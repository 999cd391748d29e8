"""Gradients by a constant drive: those of backpropagation, and finite and alike for all surrogates and durations."""

import numpy as np
import pytest
import tensorflow as tf

from spikenet.layers import SURROGATES, DifferentiableStep, unroll
from spikenet.layers.gradient.tangent import DriveGradient
from spikenet.neurons import IF, LIF, MODELS

# From no drive to one that evokes many spikes.
HIGHEST = {
    "lif": 6e-10, "integrate_and_fire": 3e-9, "izhikevich": 15.0, "hodgkin_huxley": 0.15, "spiking_cwa": 50e-9,
    "spiking_soma": 1.0, "soft_reset_if": 1.0, "eif": 1.0, "qif": 10.0, "morris_lecar": 1.0, "hindmarsh_rose": 4.0,
}  # fmt: skip


@pytest.mark.parametrize("measure", ["count", "mean", "final"])
def test_it_is_what_backpropagation_gives(measure):
    step, drive = DifferentiableStep(LIF), tf.constant(np.linspace(0, 1e-9, 6).reshape(2, 3))
    upstream = tf.constant(np.random.default_rng(0).normal(size=(2, 3)))
    found = DriveGradient(step, (20, 200, 10), measure, "v")(drive, upstream)
    with tf.GradientTape() as tape:
        tape.watch(drive)
        output = unroll(step, drive, settle_steps=20, record_steps=200, sample_steps=10)[measure]
    wanted = tape.gradient(output, drive, upstream).numpy()
    assert np.count_nonzero(wanted) > 3
    np.testing.assert_allclose(found, wanted, rtol=1e-9)


def norms(model, steps) -> list[float]:
    """Norm of the gradient of spike counts with each surrogate."""
    highest = HIGHEST.get(model.name, 1e-9)  # amperes, which most neurons take
    drive = tf.constant(np.linspace(0, highest, 64, dtype=np.float32)[None])
    gradients = [
        DriveGradient(DifferentiableStep(model, surrogate=name), (0, steps, steps), "count", model.outputs[0])
        for name in SURROGATES
    ]
    return [float(np.linalg.norm(one(drive, tf.ones_like(drive)))) for one in gradients]


def test_a_thousand_steps_have_finite_gradients_that_are_alike():
    """Backpropagation through the reset gave NaN here, and norms that differed by 1e19."""
    found = norms(IF, 1000)
    assert np.isfinite(found).all() and min(found) > 0
    assert max(found) < 10 * min(found)


@pytest.mark.slow
@pytest.mark.parametrize("steps", [10, 100, 1000])
@pytest.mark.parametrize("name", [name for name, model in MODELS.items() if model.spiking and not model.noisy])
def test_every_spiking_model_has_finite_gradients_that_are_alike(name, steps):
    found = norms(MODELS[name], steps)
    assert np.isfinite(found).all() and min(found) > 0
    assert max(found) < 10 * min(found)
