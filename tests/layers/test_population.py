"""The layer in Keras' hands, and what its numbers are: those of simulate."""

import keras
import numpy as np
import pytest
import tensorflow as tf
from brian2 import ms, nA

import spikenet as sn
from spikenet.errors import InvalidTypeError, InvalidValueError, UnitError

FHN = {"neuron": sn.FHN(epsilon=0.3), "drive": sn.tanh_drive(-0.5), "settle": 5 * ms, "duration": 10 * ms}
LIF = {
    "neuron": sn.LIF,
    "drive": sn.linear_drive(0.1 * nA, 0.3 * nA, 0 * nA, 1 * nA),
    "duration": "50 ms",
    "dt": "0.5 ms",
}
ROUGH = sn.engines.Response(points=11, tolerance=0.3)
Z = np.random.default_rng(0).normal(size=(6, 3)).astype(np.float32)


@pytest.mark.parametrize(
    "settings",
    [
        FHN,
        pytest.param(FHN | {"output": "final", "engine": "cpp"}, marks=pytest.mark.slow),
        FHN | {"output": "trace", "surrogate": "sigmoid"},
        FHN | {"output": "instants", "instants": 4},
        pytest.param(LIF | {"output": "count"}, marks=pytest.mark.slow),
        pytest.param(LIF | {"output": "count", "engine": sn.engines.Cpp(threads=1)}, marks=pytest.mark.slow),
    ],
    ids=["mean", "final, cpp", "trace, sigmoid", "instants", "count", "count, cpp"],
)
def test_population_is_a_keras_layer(check_layer, settings):
    kinds = {} if settings is FHN else {"kinds": ["functional"]}
    check_layer(lambda: sn.Population(**settings), Z, **kinds)


@pytest.mark.parametrize(("output", "engine"), [("mean", "cpp"), ("final", "runtime"), ("trace", "cpp")])
def test_what_comes_out_is_what_simulate_gives(output, engine):
    layer = sn.Population(**FHN, output=output, engine=engine)
    recording = sn.simulate(
        FHN["neuron"], -0.5 * np.tanh(Z.astype(float)), settle=5 * ms, duration=10 * ms, record=(output,), engine=engine
    )
    np.testing.assert_allclose(layer(Z), recording.values[output], rtol=2e-7, atol=1e-7)


def test_spikes_are_counted():
    counts = np.asarray(sn.Population(**LIF, output="count", engine="runtime")(Z))
    drive = np.clip(0.3e-9 + 0.1e-9 * Z.astype(float), 0, 1e-9)
    recording = sn.simulate(sn.LIF, drive, duration="50 ms", dt="0.5 ms", record=("count",), engine="runtime")
    np.testing.assert_array_equal(counts, recording.count)
    assert counts.max() > counts.min()


def test_in_training_random_instants_of_the_trace_come_out_and_otherwise_all_of_it():
    layer = sn.Population(**FHN, output="instants", instants=5, engine="cpp")
    trace = np.asarray(sn.Population(**FHN, output="trace", engine="cpp")(Z))
    first, second = (np.asarray(layer(Z, training=True)) for _ in range(2))
    assert first.shape == (6, 5, 3)
    assert not np.array_equal(first, second)
    for instants in (first, second):  # the same ones for every sample and unit
        places = [np.flatnonzero((trace == instants[:, k : k + 1]).all(axis=(0, 2))) for k in range(5)]
        assert all(len(place) == 1 for place in places)
        assert [int(place[0]) for place in places] == sorted({int(place[0]) for place in places})
    np.testing.assert_array_equal(layer(Z), trace)


def test_the_same_seed_draws_the_same_instants():
    first, second = (
        np.asarray(sn.Population(**FHN, output="instants", engine="cpp", seed=3)(Z, training=True)) for _ in range(2)
    )
    np.testing.assert_array_equal(first, second)


def test_the_engine_may_be_changed_after_loading(tmp_path):
    model = keras.Sequential([keras.Input((3,)), sn.Population(**FHN, engine=ROUGH)])
    model.save(tmp_path / "model.keras")
    loaded = keras.models.load_model(tmp_path / "model.keras")
    by_table = loaded.predict(Z, verbose=0)
    loaded.layers[0].engine = sn.engines.Cpp(threads=1)
    directly = loaded.predict(Z, verbose=0)
    assert loaded.layers[0].engine == sn.engines.Cpp(threads=1)
    assert 0 < np.abs(directly - by_table).max() < 0.3


def test_training_through_the_simulation_lowers_the_loss():
    rng = np.random.default_rng(1)
    images = rng.normal(size=(64, 8)).astype(np.float32)
    labels = (images[:, 0] * images[:, 1] > 0).astype(int)  # not linear: the neurons are needed
    model = keras.Sequential(
        [
            keras.Input((8,)),
            keras.layers.Dense(24, kernel_initializer=keras.initializers.GlorotUniform(seed=1)),
            sn.Population(**FHN),
            keras.layers.Dense(2, "softmax", kernel_initializer=keras.initializers.GlorotUniform(seed=2)),
        ]
    )
    model.compile(keras.optimizers.Adam(0.05), "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(images, labels, epochs=30, batch_size=64, verbose=0, shuffle=False).history
    assert history["accuracy"][-1] > 0.9
    assert history["loss"][-1] < 0.5 * history["loss"][0]


def test_a_table_serves_every_batch(monkeypatch):
    layer = sn.Population(**FHN, engine=sn.engines.Response(sn.engines.Cpp(threads=1), points=101))
    layer(Z)
    monkeypatch.setattr(sn.engines.Cpp, "run", None)  # whoever simulates fails
    layer(0.1 * Z, training=True)
    layer(100 * Z)  # as wide as the drive can be


def test_each_unit_may_start_differently():
    settings = FHN | {"neuron": FHN["neuron"].with_initial(x=[-1.0, 0.5, 1.5])}
    z = np.zeros((1, 3), np.float32)
    layer = sn.Population(**settings, engine="runtime", surrogate="sigmoid")
    assert len(np.unique(np.asarray(layer(z)))) == 3
    with pytest.raises(InvalidValueError, match="for 3 units, but the drive has 2"):
        layer = sn.Population(**settings, engine="cpp", surrogate="sigmoid")
        layer(z[:, :2])
    with pytest.raises(InvalidValueError, match="different states"):
        sn.Population(**settings, engine="cpp", surrogate="response")


@pytest.mark.parametrize(
    ("changed", "error", "words"),
    [
        ({"output": "voltage"}, InvalidValueError, "unknown output 'voltage'; there are mean, final, count"),
        ({"variable": "z"}, InvalidValueError, "no output 'z'"),
        ({"output": "count"}, InvalidValueError, "never spikes"),
        ({"surrogate": "magic"}, InvalidValueError, "unknown surrogate 'magic'; there are"),
        ({"surrogate": 3}, InvalidTypeError, "or a function of the pre-activation"),
        ({"engine": "abacus"}, InvalidValueError, "unknown engine"),
        ({"neuron": "fhn"}, InvalidTypeError, "wanted a NeuronModel"),
        ({"drive": np.tanh}, InvalidTypeError, "wanted one such as sn.tanh_drive"),
        (
            {"drive": sn.tanh_drive("1 nA")},
            UnitError,
            "the drive is in amp, and fhn takes i_in in numbers without a unit",
        ),
        ({"drive": sn.linear_drive(1.0)}, InvalidValueError, "has no bounds"),
        ({"drive": sn.linear_drive(1.0), "engine": "cpp"}, InvalidValueError, "has no bounds"),
        ({"instants": 0, "output": "instants"}, InvalidValueError, "instants is 0"),
        ({"dt": "3 ms"}, InvalidValueError, "settle"),
        ({"seed": -1}, InvalidValueError, "seed is -1, wanted a whole number from 0"),
        ({"seed": 1.5}, InvalidValueError, "seed is 1.5"),
        ({"seed": None}, InvalidValueError, "seed is None"),
    ],
)
def test_bad_settings_are_refused_when_the_layer_is_made(changed, error, words):
    with pytest.raises(error, match=words):
        sn.Population(**FHN | changed)


@pytest.mark.parametrize("shape", [(None, 4, 3, 2), (None, None), (3,)])
def test_an_input_that_is_no_row_of_units_is_refused(shape):
    with pytest.raises(InvalidValueError, match=r"wanted \(sample, unit\)"):
        sn.Population(**FHN).build(shape)


def test_a_pre_activation_that_is_not_finite_is_refused():
    layer = sn.Population(**FHN, engine="cpp")
    with pytest.raises((tf.errors.InvalidArgumentError, InvalidValueError), match="pre-activation"):
        layer(np.array([[0.0, np.nan, 1.0]], np.float32))


def test_whole_numbers_are_pre_activations_too():
    layer = sn.Population(**FHN, engine="runtime")
    whole = layer(np.array([[0, 1, -2]]))
    assert whole.dtype == "float32"
    np.testing.assert_array_equal(whole, layer(np.array([[0.0, 1.0, -2.0]], np.float32)))


def test_a_layer_with_a_function_for_surrogate_trains_but_is_not_saved():
    layer = sn.Population(**FHN, engine="cpp", surrogate=lambda z: 2 * np.ones_like(z))
    z = tf.constant(Z)
    with tf.GradientTape() as tape:
        tape.watch(z)
        total = tf.reduce_sum(layer(z, training=True))
    np.testing.assert_array_equal(tape.gradient(total, z), 2 * np.ones_like(Z))
    with pytest.raises(InvalidTypeError, match="cannot be saved"):
        layer.get_config()


def test_a_surrogate_with_a_width_is_saved(tmp_path):
    wide = sn.layers.ThroughTime("arctan", width=2.0)
    model = keras.Sequential([keras.Input((3,)), sn.Population(**LIF, output="count", surrogate=wide)])
    model.save(tmp_path / "model.keras")
    assert keras.models.load_model(tmp_path / "model.keras").layers[0].surrogate == wide
    with pytest.raises(InvalidValueError, match="the surrogate's width is 0"):
        sn.layers.ThroughTime(width=0)


def test_a_gradient_that_is_not_finite_is_an_error_that_names_the_layer():
    layer = sn.Population(**FHN, engine="runtime", surrogate=lambda z: z / 0 * 0, name="hidden")
    z = tf.constant(Z)
    with np.errstate(all="ignore"), tf.GradientTape() as tape:
        tape.watch(z)
        total = tf.reduce_sum(layer(z, training=True))
    with np.errstate(all="ignore"), pytest.raises(Exception, match="the gradient of layer hidden .* is not finite"):
        tape.gradient(total, z)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_simulates_in_float32_and_gives_its_own_type(policy):
    layer = sn.Population(**FHN, engine="runtime", surrogate="sigmoid", dtype=policy)
    z = tf.constant(Z)
    with tf.GradientTape() as tape:
        tape.watch(z)
        found = layer(z, training=True)
    assert found.dtype == policy.removeprefix("mixed_")
    exact = sn.Population(**FHN, engine="runtime")(tf.cast(tf.cast(z, found.dtype), "float32"))
    np.testing.assert_array_equal(found, tf.cast(exact, found.dtype))
    assert np.isfinite(tape.gradient(found, z)).all()


def test_xla_is_asked_for_in_vain_but_not_missed():
    model = keras.Sequential([keras.Input((3,)), sn.Population(**FHN, engine="runtime", surrogate="sigmoid")])
    with pytest.warns(UserWarning, match="doesn't support `jit_compile=True`"):
        model.compile("sgd", "mse", jit_compile=True)
    assert np.isfinite(model.predict(Z, verbose=0)).all()


STEPS = np.random.default_rng(4).normal(size=(3, 5, 3)).astype(np.float32)
ROWS = LIF | {"duration": "20 ms", "settle": "6 ms", "engine": "runtime", "surrogate": "step"}


@pytest.mark.parametrize("output", ["count", "mean", "final"])
def test_sequences_are_the_outputs_of_each_step_of_the_input(output):
    settings = ROWS | {"output": output, "sample_dt": "0.5 ms"}
    z = np.concatenate([np.zeros((3, 3, 3)), np.repeat(STEPS, 2, axis=1)], axis=1)  # every 2 ms
    drive = np.clip(0.3e-9 + 0.1e-9 * z.astype(float), 0, 1e-9)
    wanted = [
        sn.simulate(
            sn.LIF, drive[:, : 5 + 2 * step], settle=6e-3 + step * 4e-3, duration="4 ms", dt="0.5 ms",
            sample_dt="0.5 ms", record=output, engine="runtime",
        ).values[output]
        for step in range(5)
    ]  # fmt: skip
    found = np.asarray(sn.Population(**settings, return_sequences=True)(STEPS))
    np.testing.assert_allclose(found, np.stack(wanted, axis=1), rtol=1e-6)
    whole = np.asarray(sn.Population(**settings)(STEPS))
    over_time = {"count": found.sum(1), "mean": found.mean(1), "final": found[:, -1]}
    np.testing.assert_allclose(whole, over_time[output], rtol=1e-6)
    assert np.ptp(found) > 0


def test_a_trace_of_changing_inputs_has_all_samples():
    layer = sn.Population(**ROWS, output="trace", sample_dt="1 ms")
    assert layer(STEPS).shape == layer.compute_output_shape(STEPS.shape) == (3, 20, 3)


def test_a_recurrent_population_is_a_keras_layer(check_layer):
    settings = ROWS | {"output": "count", "return_sequences": True, "recurrent": True}
    check_layer(lambda: sn.Population(**settings, recurrent_initializer="ones"), STEPS, kinds=["sequential"])


def test_recurrent_weights_are_trained():
    layer = sn.Population(**ROWS, output="count", recurrent=True)
    model = keras.Sequential([keras.Input(STEPS.shape[1:]), layer, keras.layers.Dense(2)])
    before = layer.recurrent_kernel.numpy()
    model.compile(keras.optimizers.Adam(0.1), "mse")
    model.fit(10 * STEPS, np.ones((3, 2)), verbose=0)
    assert np.abs(layer.recurrent_kernel.numpy() - before).max() > 0.05


def test_recurrent_units_with_constant_inputs_have_one_output():
    layer = sn.Population(**ROWS, output="count", recurrent=True, recurrent_initializer="zeros")
    np.testing.assert_array_equal(layer(Z), sn.Population(**ROWS, output="count")(Z))


@pytest.mark.parametrize(
    ("changed", "shape", "words"),
    [
        ({"duration": "20.5 ms"}, (1, 5, 3), r"has 5 steps in time, of 4.1 ms each .* no whole number of dt, 500 us"),
        ({"engine": "response"}, (1, 5, 3), "a response table is one of constant inputs; take engine='cpp'"),
        ({"surrogate": "response"}, (1, 5, 3), "'response' is one slope .* the input changes in time; take"),
        ({"surrogate": np.sign}, (1, 5, 3), "the input changes in time; take surrogate='step'"),
        ({"return_sequences": True}, (1, 3), r"return_sequences is set, and the input has the shape \(1, 3\)"),
        ({"return_sequences": True, "output": "trace"}, None, "output 'trace' has all samples already"),
        (
            {"return_sequences": True, "output": "mean", "sample_dt": "1 ms", "duration": "10 ms"},
            (1, 4, 3),
            "a step of the input is 2.5 ms, which is no whole number of samples of 1 ms",
        ),
        ({"recurrent": True, "engine": "response"}, None, "engine 'response' cannot simulate units that drive each"),
        ({"recurrent": True, "engine": "cuda"}, None, "engine 'cuda' cannot simulate units that drive each other"),
        ({"recurrent": True, "surrogate": "sensitivity"}, None, "units drive each other; take surrogate='step'"),
        ({}, (1, 5, 3, 2), r"or \(sample, time, unit\) with a known number of steps"),
        ({}, (1, None, 3), r"was given the shape \(1, None, 3\)"),
    ],
)
def test_inputs_that_change_are_refused_with_a_reason(changed, shape, words):
    with pytest.raises(InvalidValueError, match=words):
        sn.Population(**ROWS | {"output": "count"} | changed).build(shape)


def test_recurrent_units_record_a_state():
    formula = sn.NeuronModel("squared", "dx/dt = (i_in - x)/(5*ms) : 1\ny = x**2 : 1\ni_in : 1", ("y", "x"))
    with pytest.raises(InvalidValueError, match="y of squared is a formula; wanted a state .* x"):
        sn.Population(
            formula, drive=sn.tanh_drive(1.0), duration="5 ms", engine="runtime", surrogate="step", recurrent=True
        )
