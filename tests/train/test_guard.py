"""The guard against networks that fall silent, in real trainings of small networks."""

import keras
import numpy as np
import pytest

from spikenet.errors import InvalidTypeError, InvalidValueError, TrainingError
from spikenet.train import Guard, History, Trainer
from spikenet.train.guard import ScaledSchedule, make_activity_monitor, scaled_learning_rate

RNG = np.random.default_rng(0)
IMAGES = RNG.uniform(0, 1, (120, 6)).astype(np.float32)
LABELS = (IMAGES[:, 0] > IMAGES[:, 1]).astype(int)


def network(**settings):
    """Two layers of ReLUs, which a large step can silence for good."""
    start = {"kernel_initializer": keras.initializers.GlorotUniform(seed=1)}
    return keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(8, "relu", name="first", **start),
            keras.layers.Dense(8, "relu", name="second", **start),
            keras.layers.Dense(2, "softmax", **start),
        ]
    )


class Silencing(keras.optimizers.SGD):
    """Plain gradient descent that also pulls every weight down, by the rate times a thousand: silences all at 0.1."""

    def update_step(self, gradient, variable, learning_rate):
        super().update_step(gradient + 100.0, variable, learning_rate)


def trainer(model, optimizer, **settings):
    return Trainer(model, optimizer, batch=40, validation=None, **settings)


def test_without_collapse_a_guard_changes_nothing():
    plain, guarded = network(), network()
    trainer(plain, keras.optimizers.SGD(0.05)).fit(IMAGES, LABELS, 2)
    history = trainer(guarded, keras.optimizers.SGD(0.05), guard=Guard(("first", "second"))).fit(IMAGES, LABELS, 2)
    for one, other in zip(plain.get_weights(), guarded.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert history.collapses == ()
    assert [len(epoch.activity) for epoch in history.epochs] == [2, 2]


def test_activity_is_the_share_of_outputs_above_zero():
    model = network()
    look = make_activity_monitor(model, Guard("first", images=120), IMAGES, 50)
    wanted = np.mean(np.asarray(model.layers[0](IMAGES)) > 0)
    assert look() == pytest.approx((wanted,), abs=1e-6)


@pytest.mark.parametrize("rate", [0.01, "schedule"])
def test_a_collapse_is_undone_and_the_rate_lowered_until_the_layer_lives(rate):
    if rate == "schedule":
        rate = keras.optimizers.schedules.PolynomialDecay(0.01, 100, 0.009)
    model = network()
    history = trainer(model, Silencing(rate), guard=Guard("second", factor=0.1)).fit(IMAGES, LABELS, 2)
    assert history.collapses and history.collapses[0] == 1
    assert [epoch.epoch for epoch in history.epochs] == [1, 2]
    assert all(epoch.activity[-1] >= 1e-3 for epoch in history.epochs)
    slowed = 0.01 * 0.1 ** len(history.collapses)
    assert 0.85 * slowed <= history.epochs[-1].learning_rate <= 1.001 * slowed
    assert History.from_json(history.to_json()) == history


def test_a_network_that_stays_silent_is_an_error_and_gets_its_weights_back():
    model = network()
    before = model.get_weights()
    with pytest.raises(TrainingError, match=r"layer second is silent after epoch 1 .* 3 collapses"):
        trainer(model, Silencing(10.0), guard=Guard("second", factor=0.9, tries=2)).fit(IMAGES, LABELS, 2)
    for one, other in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_resumed_training_goes_on_at_the_lowered_rate(tmp_path):
    guard = Guard("second", factor=0.1)

    def train(folder, epochs, resume):
        model = network()
        rate = keras.optimizers.schedules.PolynomialDecay(0.01, 100, 0.009)
        history = trainer(model, Silencing(rate), guard=guard, checkpoints=folder).fit(
            IMAGES, LABELS, epochs, resume=resume
        )
        return model, history

    whole, history = train(tmp_path / "whole", 3, False)
    train(tmp_path / "parts", 1, False)
    resumed, again = train(tmp_path / "parts", 3, True)
    for one, other in zip(whole.get_weights(), resumed.get_weights(), strict=True):
        np.testing.assert_array_equal(one, other)
    assert again.collapses == history.collapses


def test_the_optimizer_has_its_own_rate_again_afterwards():
    optimizer = keras.optimizers.SGD(keras.optimizers.schedules.PolynomialDecay(0.4, 10, 0.2))
    with scaled_learning_rate(optimizer) as slow:
        slow(0.5)
        assert float(optimizer.learning_rate) == pytest.approx(0.2)
    assert float(optimizer.learning_rate) == pytest.approx(0.4)


def test_a_throttled_schedule_comes_back_from_its_configuration():
    schedule = ScaledSchedule(keras.optimizers.schedules.PolynomialDecay(0.4, 10, 0.2), 0.25)
    again = ScaledSchedule.from_config(schedule.get_config())
    assert float(again(5)) == pytest.approx(float(schedule(5))) == pytest.approx(0.075)


@pytest.mark.parametrize(
    "settings",
    [
        {"layers": ()},
        {"least": -0.1},
        {"least": 1.0},
        {"factor": 1.0},
        {"factor": -0.5},
        {"tries": 0},
        {"images": 0},
        {"layers": 3},
        {"least": "0"},
        {"factor": None},
    ],
)
def test_settings_that_guard_nothing_are_refused(settings):
    with pytest.raises(InvalidValueError, match="the guard"):
        Guard(**{"layers": ("second",), **settings})


def test_the_last_layer_decides():
    guard = Guard(("first", "second"), least=0.1)
    assert guard.silent((0.5, 0.09)) and not guard.silent((0.0, 0.1))


def test_without_settings_a_thousandth_is_asked_of_a_thousand_images_and_five_tries_are_given():
    guard = Guard("second")
    assert (guard.least, guard.factor, guard.tries, guard.images) == (1e-3, 0.5, 5, 1000)


def test_activity_is_that_of_a_network_that_is_not_trained():
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dropout(0.9, name="dropped")])
    assert make_activity_monitor(model, Guard("dropped"), np.ones((50, 4), np.float32), 50)() == (1.0,)


def test_a_layer_that_the_model_does_not_have_is_refused():
    with pytest.raises(InvalidValueError, match=r"the guard names third; the model has first, second"):
        trainer(network(), "sgd", guard=Guard(("second", "third"))).fit(IMAGES, LABELS, 1)


def test_a_model_without_a_graph_of_layers_is_refused():
    class Own(keras.Model):
        def __init__(self):
            super().__init__()
            self.second = keras.layers.Dense(2, "softmax", name="second")

        def call(self, inputs):
            return self.second(inputs)

    model = Own()
    model(IMAGES[:1])
    with pytest.raises(InvalidValueError, match="wanted a Sequential or functional model"):
        trainer(model, "sgd", guard=Guard("second")).fit(IMAGES, LABELS, 1)


def test_a_number_is_put_back_so_that_the_same_optimizer_can_resume(tmp_path):
    optimizer, model = Silencing(0.01), network()
    settings = {"guard": Guard("second", factor=0.1), "checkpoints": tmp_path}
    trainer(model, optimizer, **settings).fit(IMAGES, LABELS, 1)
    assert float(optimizer.learning_rate) == pytest.approx(0.01)
    history = trainer(model, optimizer, **settings).fit(IMAGES, LABELS, 2, resume=True)
    assert [epoch.epoch for epoch in history.epochs] == [1, 2]


def test_a_rate_within_a_scaled_optimizer_is_found():
    optimizer = keras.optimizers.LossScaleOptimizer(keras.optimizers.SGD(0.4))
    with scaled_learning_rate(optimizer) as slow:
        slow(0.5)
        assert float(optimizer.inner_optimizer.learning_rate) == pytest.approx(0.2)
    assert float(optimizer.inner_optimizer.learning_rate) == pytest.approx(0.4)


def test_a_rate_that_is_a_function_is_refused():
    with pytest.raises(InvalidTypeError, match="a guard wants a number or a schedule"):
        with scaled_learning_rate(keras.optimizers.SGD(lambda: 0.1)):
            pass


def test_what_is_no_guard_is_refused():
    with pytest.raises(InvalidTypeError, match="the guard is 'second', wanted a sn.train.Guard"):
        trainer(network(), "sgd", guard="second")
