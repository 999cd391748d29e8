"""Bad and unusual models: a right result, or a sentence before anything runs. Wrong calls are in tests/wrong_calls."""

import keras
import numpy as np
import pytest

import spikenet as sn
from spikenet.errors import SpikenetError

L = keras.layers
ROWS = np.random.default_rng(6).random((16, 6)).astype("float32")
IMAGES = np.random.default_rng(7).random((8, 8, 8, 3)).astype("float32")


@pytest.fixture(autouse=True)
def same_weights():
    keras.utils.set_random_seed(12)


def chain(*layers, shape=(6,), dtype=None):
    return keras.Sequential([keras.Input(shape, dtype=dtype), *layers])


def mlp(**settings):
    return chain(L.Dense(6, "relu", **settings), L.Dense(5, "relu", **settings), L.Dense(3, **settings))


def convert(model, images=ROWS, steps=64, **settings):
    mode = {name: settings.pop(name) for name in ("input", "wait", "readout") if name in settings}
    settings = {"engine": "runtime", "progress": lambda done: None} | settings
    return sn.to_brian(model, sn.Spiking(steps, **mode), calibrate=images, **settings)


def dead_channel():
    model = mlp()
    model.layers[0].bias.assign([-100.0] + 5 * [0.0])
    return model


def scaled(factor):
    model = mlp()
    for weight in model.weights[:2]:
        weight.assign(factor * weight)
    return model


def called_twice(block):
    images = keras.Input((6,))
    return keras.Model(images, L.Dense(2)(block(block(images))))


def nested():
    inner = chain(L.Dense(6, "relu", name="one"))
    return chain(chain(chain(inner, L.Dense(6, "relu", name="one")), L.Dense(6, "relu")), L.Dense(2))


def cnn(**settings):
    pooled = [L.Conv2D(4, 3, activation="relu", **settings), L.MaxPooling2D(2, **settings)]
    flat = [L.BatchNormalization(**settings), L.Flatten(**settings), L.Dense(6, "leaky_relu", **settings)]
    return chain(*pooled, *flat, L.Dense(2), shape=(8, 8, 3))


def past_all():
    """A short cut from the image to the end."""
    images = keras.Input((6,))
    return keras.Model(images, L.Dense(2)(L.Concatenate()([images, L.Dense(6, "relu")(images)])))


def gated():
    """A product behind all neurons is one of mean rates."""
    images = keras.Input((6,))
    hidden = L.Dense(6, "relu")(images)
    return keras.Model(images, L.Dense(2)(L.Multiply()([hidden, L.Dense(6, "hard_sigmoid")(hidden)])))


def by_operations():
    images = keras.Input((6,))
    hidden = keras.ops.leaky_relu(L.Dense(5)(images), 0.1)
    return keras.Model(images, L.Dense(2)(keras.ops.relu(L.Dense(4)(2.0 * hidden - 0.1))))


BYTES = (255 * ROWS).astype("uint8")
RIGHT = {
    "a layer called twice": (lambda: called_twice(L.Dense(6, "relu")), ROWS, {}),
    "a model called twice within a model": (lambda: called_twice(chain(L.Dense(6, "relu"))), ROWS, {}),
    "models within models within models, names that recur": (nested, ROWS, {}),
    "one image to calibrate on": (mlp, ROWS[:1], {}),
    "images of whole numbers": (mlp, (3 * ROWS).astype(int), {}),
    "a list of images": (mlp, ROWS.tolist(), {}),
    "images all alike": (mlp, 0 * ROWS + 0.5, {}),
    "images below zero": (mlp, ROWS - 0.5, {}),
    "a channel that is never active": (dead_channel, ROWS, {}),
    "large weights": (lambda: scaled(1e20), ROWS, {}),
    "small weights": (lambda: scaled(1e-30), ROWS, {}),
    "half precision": (lambda: cnn(dtype="float16"), IMAGES, {}),
    "bfloat16": (lambda: mlp(dtype="bfloat16"), ROWS, {}),
    "mixed precision": (lambda: cnn(dtype="mixed_float16"), IMAGES, {}),
    "mixed bfloat16": (lambda: mlp(dtype="mixed_bfloat16"), ROWS, {}),
    "double precision": (lambda: mlp(dtype="float64"), ROWS, {}),
    "raw images": (lambda: chain(L.Rescaling(1 / 255), L.Dense(5, "relu"), L.Dense(2), dtype="uint8"), BYTES, {}),
    "words": (
        lambda: chain(L.Embedding(900, 4), L.Flatten(), L.Dense(5, "relu"), L.Dense(2), dtype="int32"),
        (899 * ROWS).astype(int),
        {},
    ),
    "sequences": (
        lambda: chain(
            L.Conv1D(4, 3, padding="causal", activation="relu"), L.GlobalMaxPooling1D(), L.Dense(2), shape=(8, 3)
        ),
        IMAGES[:, 0],
        {},
    ),
    "a dense layer on sequences": (
        lambda: chain(L.Dense(5, "relu"), L.Dense(4, "relu"), L.Flatten(), L.Dense(2), shape=(8, 3)),
        IMAGES[:, 0],
        {},
    ),
    "a relu at the end": (lambda: chain(L.Dense(5, "relu"), L.Dense(3, "relu")), ROWS, {}),
    "one number at the end": (lambda: chain(L.Dense(5, "relu"), L.Dense(1, "sigmoid")), ROWS, {}),
    "an image at the end": (lambda: chain(L.Conv2D(3, 3, activation="relu"), shape=(8, 8, 3)), IMAGES, {}),
    "a short cut from the image to the end": (past_all, ROWS, {}),
    "the same with pixels that spike": (past_all, ROWS, {"input": "regular", "steps": 500}),
    "a product behind all neurons": (gated, ROWS, {}),
    "functions in the place of layers": (by_operations, ROWS, {}),
    "layers as activations": (
        lambda: chain(L.Dense(5, L.LeakyReLU(0.3)), L.Activation(L.ReLU(6.0)), L.Dense(2)),
        ROWS,
        {},
    ),
    "a slope for each channel": (
        lambda: chain(
            L.Conv2D(4, 3), L.PReLU("random_uniform", shared_axes=[1, 2]), L.Flatten(), L.Dense(2), shape=(8, 8, 3)
        ),
        IMAGES,
        {},
    ),
    "dropout and a normalization": (
        lambda: chain(L.Dense(5), L.BatchNormalization(), L.ReLU(), L.Dropout(0.3), L.Dense(2)),
        ROWS,
        {},
    ),
}


@pytest.mark.parametrize(("make", "images", "settings"), RIGHT.values(), ids=RIGHT)
def test_unusual_models_give_what_keras_gives(make, images, settings):
    model = make()
    found = convert(model, images, **settings).logits(images)
    wanted = keras.ops.convert_to_numpy(model(np.asarray(images))).astype(float)
    assert np.abs(found - wanted).max() <= 0.06 * np.abs(wanted).max() + 1e-30


class Subclassed(keras.Model):
    def __init__(self):
        super().__init__()
        self.dense = L.Dense(3, "relu")

    def call(self, images):
        return self.dense(images)


def two_of(inputs: int, outputs: int):
    images = [keras.Input((6,)) for _ in range(inputs)]
    hidden = L.ReLU()(L.Add()(images) if inputs > 1 else images[0])
    return keras.Model(images, [L.Dense(2)(hidden) for _ in range(outputs)])


def with_nan():
    model = mlp()
    model.layers[1].kernel.assign(np.nan * model.layers[1].kernel)
    return model


def overflowing():
    model = mlp()
    for weight in model.weights:
        weight.assign(1e30 * weight)
    return model


def relu(x):
    return x**2


REFUSED = {
    "a subclassed model": (Subclassed, "without a graph of layers"),
    "a subclassed model within": (lambda: chain(Subclassed(), L.Dense(2)), "without a graph of layers"),
    "a model that is not built": (lambda: keras.Sequential([L.Dense(3, "relu")]), "begin it with keras.Input"),
    "two inputs": (lambda: two_of(2, 1), "2 inputs and 1 outputs, wanted one of each"),
    "two outputs": (lambda: two_of(1, 2), "1 inputs and 2 outputs, wanted one of each"),
    "unknown sizes": (lambda: chain(L.Dense(3, "relu"), L.GlobalMaxPooling1D(), shape=(None, 3)), "has all sizes"),
    "weights that are no numbers": (with_nan, "holds a NaN or an infinity; train the model again"),
    "sums beyond all numbers": (overflowing, "numbers that are not finite"),
    "no hidden layer": (lambda: chain(L.Dense(3, "softmax")), "no activation for neurons to stand in for"),
    "a softmax inside": (lambda: chain(L.Dense(5, "softmax"), L.Dense(4, "relu")), "only the last layer may have it"),
    "one activation, without a rule": (lambda: chain(L.Dense(5, "gelu"), L.Dense(2)), "activation gelu.*train with"),
    "a function without a name": (lambda: chain(L.Dense(5, lambda x: x**2), L.ReLU(), L.Dense(2)), "wanted relu"),
    "a function with a false name": (
        lambda: chain(L.Dense(5, relu), L.ReLU(), L.Dense(2)),
        "activation relu of its own",
    ),
    "a relu with a threshold": (lambda: chain(L.ReLU(threshold=0.1), L.ReLU(), L.Dense(2)), "ReLU with a threshold"),
}


@pytest.mark.parametrize(("make", "says"), REFUSED.values(), ids=REFUSED)
def test_models_that_cannot_spike_are_refused(make, says):
    with pytest.raises(SpikenetError, match=says):
        convert(make())


CALLS = {
    "images of another shape": (lambda: convert(mlp(), ROWS[:, :4]), r"shape \(16, 4\), wanted \('image', 6\)"),
    "one image without an axis": (lambda: convert(mlp(), ROWS[0]), r"shape \(6,\), wanted"),
    "no image": (lambda: convert(mlp(), ROWS[:0]), "at least one"),
    "labels": (lambda: convert(mlp(), np.arange(16) % 3), r"shape \(16,\), wanted"),
    "images and labels": (lambda: convert(mlp(), (ROWS, np.arange(16))), "wanted numbers"),
    "images that are not finite": (lambda: convert(mlp(), np.nan * ROWS), "number 0 of the images holds a NaN"),
    "images of truth": (lambda: convert(mlp(), ROWS > 0.5), "images are bool"),
    "black images": (lambda: convert(mlp(), 0 * ROWS), "no unit of .* is active on the 16 images"),
    "text": (lambda: convert(mlp(), "images"), "images are str"),
    "bytes beyond bytes": (
        lambda: convert(chain(L.Rescaling(1 / 255), L.Dense(5, "relu"), L.Dense(2), dtype="uint8"), 300 * (ROWS > 0)),
        "images are bool|wanted 0 to 255",
    ),
    "no step": (lambda: convert(mlp(), steps=0), "steps is 0"),
    "a wait longer than the run": (
        lambda: convert(mlp(), steps=4, wait=5),
        "wait is 5, wanted a whole number from 0 to 4",
    ),
    "a read-out of potentials": (lambda: convert(mlp(), readout="potential"), "activations have no potential"),
    "pixels below zero that spike": (lambda: convert(mlp(), ROWS - 0.5, input="regular"), "input='analog'"),
    "a response table": (lambda: convert(mlp(), engine="response"), "use engine='cpp' or 'runtime'"),
    "an unknown engine": (lambda: convert(mlp(), engine="abacus"), "there are runtime, cpp, cuda, response"),
    "a class of one number": (
        lambda: convert(chain(L.ReLU(), L.Dense(1))).predict(ROWS),
        "gives one number.*threshold",
    ),
    "a class of an image": (
        lambda: convert(chain(L.Conv2D(3, 3, activation="relu"), shape=(8, 8, 3)), IMAGES).predict(IMAGES),
        r"wanted \('image', class\)",
    ),
    "an unknown layer": (lambda: convert(mlp()).record(ROWS, layers="nope"), "no neurons are called 'nope'"),
    "an unknown variable": (lambda: convert(mlp()).record(ROWS, variable="nope"), "no output 'nope'; it has v, sent"),
    "several images as one network": (lambda: convert(mlp()).as_network(ROWS), r"\(1, 16, 6\), wanted"),
}


@pytest.mark.parametrize(("call", "says"), CALLS.values(), ids=CALLS)
def test_wrong_calls_are_refused(call, says):
    with pytest.raises(SpikenetError, match=says):
        call()


@pytest.mark.parametrize("verb", ["logits", "predict", "verify", "record"])
def test_weights_that_changed_need_another_calibration(verb):
    model = mlp()
    network = convert(model)
    model.layers[0].kernel.assign(2 * model.layers[0].kernel)
    with pytest.raises(SpikenetError, match=r"weights of .* have changed.*network = network.calibrated\(images\)"):
        getattr(network, verb)(ROWS)
    with pytest.raises(SpikenetError, match="have changed"):
        network.as_network(ROWS[0])
    again = network.calibrated(ROWS, progress=lambda done: None)
    assert np.abs(again.logits(ROWS) - model.predict(ROWS, verbose=0)).max() < 0.05


def test_one_step_is_enough_to_run():
    assert convert(mlp(), steps=1).logits(ROWS).shape == (16, 3)
