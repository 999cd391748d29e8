import numpy as np
import pytest
import tensorflow as tf

from spikenet.errors import TrainingError
from spikenet.train.epochs import EpochRunner, explain_errors
from spikenet.train.labelled_images import LabelledImages
from spikenet.train.loss_monitor import LossMonitor
from spikenet.train.steps import StepFunctions

LABELS = np.array([0, 1, 1, 2, 1])
EXAMPLES = LabelledImages(np.eye(3)[[0, 1, 2, 2, 0]], LABELS)  # an image says its class; 0, 1 and 3 say the right one


def epochs(spoil=1.0, validation=EXAMPLES):
    """StepFunctions that give the image itself, and as the loss the mean label."""
    steps = StepFunctions(
        train=lambda images, labels: (tf.constant(labels.mean() * spoil), tf.constant(images)),
        predict=lambda images: tf.constant(images * spoil),
    )
    return EpochRunner(steps, EXAMPLES, validation, batch=2, seed=3, n_classes=4)


def fail(error):
    """How TensorFlow passes on what a Python function raised."""

    def function(x):
        raise error

    tf.function(lambda: tf.numpy_function(function, [1.0], tf.float32))()


def test_loss_and_accuracy_are_means_over_images_and_not_over_batches():
    """Batches of 2, 2 and 1: the mean of their means is not 1."""
    loss, accuracy = epochs().train(1, LossMonitor(), lambda part: None)
    assert loss == pytest.approx(LABELS.mean()) == pytest.approx(1.0)
    assert accuracy == pytest.approx(3 / 5)


def test_validation_counts_what_is_right_in_each_class():
    assert epochs().validate(1, lambda part: None) == (pytest.approx(0.6), (1.0, pytest.approx(1 / 3), 1.0, None))
    assert epochs(validation=None).validate(1, lambda part: None) == (None, ())


def test_progress_rises_and_ends_below_one():
    told = []
    epochs().train(1, LossMonitor(), told.append)
    epochs().validate(1, told.append)
    assert len(told) == 6 and told == sorted(told) and 0 < told[0] and told[-1] < 1


def test_outputs_that_are_not_finite_end_the_training():
    with pytest.raises(TrainingError, match="NaN or an infinity in the validation after epoch 4, batch 1"):
        epochs(np.nan).validate(4, lambda part: None)
    with pytest.raises(TrainingError, match="loss is nan in epoch 2, batch 1"):
        epochs(np.nan).train(2, LossMonitor(), lambda part: None)


def test_the_error_of_a_simulation_comes_through():
    with pytest.raises(TrainingError, match="^the model fails in epoch 5: ValueError: neuron 3 left$"):
        with explain_errors("epoch 5"):
            fail(ValueError("neuron 3 left"))


def test_the_error_of_tensorflow_itself_comes_through():
    with pytest.raises(TrainingError, match="the model fails in epoch 5: .*Incompatible shapes"):
        with explain_errors("epoch 5"):
            tf.ones(2) + tf.ones(3)


def test_an_interruption_within_a_simulation_is_one():
    with pytest.raises(KeyboardInterrupt):
        with explain_errors("epoch 5"):
            fail(KeyboardInterrupt())
