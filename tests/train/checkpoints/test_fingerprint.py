import keras
import numpy as np
import pytest

from spikenet.train.checkpoints.fingerprint import compare_variables, differences, fingerprint
from spikenet.train.labelled_images import LabelledImages

ADAM, CROSS = keras.optimizers.Adam, keras.losses.SparseCategoricalCrossentropy


def examples(value=0.0):
    images = np.zeros((4, 3))
    images[3, 2] = value
    return LabelledImages(images, np.arange(4))


MODEL = keras.Sequential([keras.Input((3,)), keras.layers.Dense(4)])


def lines(optimizer=None, loss=None, training=None, validation=None, **settings):
    parts = {"training": training or examples(), "validation": validation}
    return fingerprint(MODEL, optimizer or ADAM(), loss or CROSS(), parts, **{"batch": 5, **settings})


def test_what_is_the_same_has_the_same_lines():
    """Also though Keras counts the optimizers and schedules of a process."""
    rates = [keras.optimizers.schedules.CosineDecay(0.1, 10) for _ in range(2)]
    one, other = (lines(keras.optimizers.SGD(rate)) for rate in rates)
    assert one == other and not differences(one, other)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"optimizer": ADAM(0.5)}, ["optimizer.config.learning_rate was 0.001", "is 0.5"]),
        ({"optimizer": ADAM(keras.optimizers.schedules.CosineDecay(0.1, 10))}, ["config.decay_steps was None, is 10"]),
        ({"loss": CROSS(from_logits=True)}, ["loss.from_logits was False, is True"]),
        ({"loss": examples}, ["loss.function was None, is examples"]),
        ({"training": examples(1e-300)}, ["training was float64 (4, 3) "]),
        ({"validation": examples()}, ["validation was none, is float64 (4, 3) "]),
        ({"batch": 6}, ["batch was 5, is 6"]),
        ({"more": 1}, ["more was None, is 1"]),
    ],
)
def test_what_differs_is_told(change, told):
    found = "; ".join(differences(lines(), lines(**change)))
    assert all(text in found for text in told), found


def test_a_fingerprint_is_text():
    assert all(isinstance(text, str) for pair in lines().items() for text in pair)


def test_the_first_variable_that_differs_is_told():
    assert compare_variables("model", ["a (2,)", "b (3,)"], ["a (2,)", "b (3,)"]) == []
    assert compare_variables("model", ["a", "b (3,)", "c"], ["a", "b (4,)", "d"]) == ["model: b (3,) is now b (4,)"]
    assert compare_variables("optimizer", ["a"], ["a", "b"]) == ["the optimizer had 1 variables, has 2"]
