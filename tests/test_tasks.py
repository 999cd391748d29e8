"""Ten tasks as a new user would do them from the README and the guides, each in at most 15 lines."""

import inspect

import brian2 as b2
import keras
import numpy as np
import pytest
from typer.testing import CliRunner

import spikenet as sn
from spikenet import cli
from tests.pages import ROOT


def task_firing_rate_against_current():
    """A leaky integrate-and-fire neuron fires as its formula says."""
    neuron = sn.LIF(tau_mem="20 ms", tau_ref="2 ms", resistance="100 Mohm")
    rest, threshold, reset = (neuron.parameters[name].value for name in ("v_rest", "v_threshold", "v_reset"))
    current = np.array([[0.1e-9, 0.3e-9, 0.5e-9]])  # ampere: (sample, unit)
    recording = sn.simulate(neuron, current, settle="200 ms", duration="2 s", record="count", engine="runtime")
    with np.errstate(invalid="ignore"):
        period = 2e-3 + 20e-3 * np.log((1e8 * current + rest - reset) / (1e8 * current + rest - threshold))
    rates = np.nan_to_num(1 / period)
    np.testing.assert_allclose(recording.count / 2, rates, atol=1)


def task_a_neuron_from_a_paper():
    """The adaptive exponential neuron of Brette and Gerstner (2005), as the paper prints it, fires ever more slowly."""
    neuron = sn.NeuronModel(
        name="adex", outputs=("V",), ports=("I",), threshold="V > V_cut", reset="V = V_r; w += b", dt="0.02 ms",
        method="exponential_euler", initial={"V": "-70.6 mV"},
        equations="""dV/dt = (-g_L*(V - E_L) + g_L*Delta_T*exp((V - V_T)/Delta_T) - w + I)/C : volt
                     dw/dt = (a*(V - E_L) - w)/tau_w : amp
                     I : amp""",
        parameters={"C": "281 pF", "g_L": "30 nS", "E_L": "-70.6 mV", "V_T": "-50.4 mV", "Delta_T": "2 mV",
                    "tau_w": "144 ms", "a": "4 nS", "b": "0.0805 nA", "V_r": "-70.6 mV", "V_cut": "-40 mV"},
    )  # fmt: skip
    spikes = sn.simulate(neuron, [[1e-9]], duration="300 ms", record="spikes", engine="runtime").spikes
    intervals = np.diff(spikes.times_of(0, 0))
    assert len(intervals) > 3 and intervals[-1] > 1.5 * intervals[0]


def task_embed_neurons():
    """Neurons in the place of a hidden layer keep most of a network's accuracy."""
    digits = sn.load_dataset("mnist", "mini")
    model = sn.load_model(ROOT / "models" / "mnist-ann-seed-1.keras")
    hybrid = sn.embed(model, "hidden", sn.FHN, sn.tanh_drive(gamma=-1.0), calibrate=digits.x_train[:1000])
    assert hybrid.evaluate(digits.x_test, digits.y_test).accuracy > 0.93


def task_train_with_neurons():
    """A network learns digits through time, with spiking neurons whose time constants differ."""
    keras.utils.set_random_seed(1)
    digits = sn.load_dataset("mnist", "mini")
    drive = sn.linear_drive(scale=0.1e-9, offset=0.25e-9, low=0.0, high=1e-9)  # ampere
    cells = sn.LIF(tau_mem=np.linspace(0.01, 0.03, 50))  # seconds, one for each unit
    neurons = sn.Population(cells, drive=drive, duration="50 ms", output="count", surrogate="arctan", engine="cpp")
    before = [keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), keras.layers.Dense(50)]
    after = [keras.layers.Rescaling(0.1), keras.layers.Dense(10, "softmax")]
    model = keras.Sequential([keras.Input((28, 28)), *before, neurons, *after])
    model.compile(keras.optimizers.Adam(0.003), "sparse_categorical_crossentropy", metrics=["accuracy"])
    model.fit(digits.x_train[:5000], digits.y_train[:5000], batch_size=64, epochs=2, verbose=0)
    assert model.evaluate(digits.x_test, digits.y_test, verbose=0)[1] > 0.75


def task_save_and_load(folder):
    """A model with neurons in it comes back from its file."""
    layer = sn.Population(sn.FHN, drive=sn.tanh_drive(-0.5), duration="20 ms", engine="runtime")
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), layer, keras.layers.Dense(2)])
    model.save(folder / "model.keras")
    again, images = sn.load_model(folder / "model.keras"), np.ones((2, 4), np.float32)
    np.testing.assert_array_equal(again.predict(images, verbose=0), model.predict(images, verbose=0))


def task_resume_a_training(folder):
    """A training goes on after its last epoch, to the same bits."""
    images, labels = np.random.default_rng(1).random((60, 4)).astype(np.float32), np.arange(60) % 2
    weights = []
    for epochs in ((3,), (1, 3)):
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, "softmax")])
        trainer = sn.Trainer(model, seed=1, batch=20, checkpoints=folder / str(epochs))
        for number, end in enumerate(epochs):
            history = trainer.fit(images, labels, end, resume=number > 0)
        weights.append(model.get_weights()[0])
    assert len(history.epochs) == 3
    np.testing.assert_array_equal(*weights)


def task_a_script_of_brian2():
    """A plain Brian2 script with synapses runs compiled."""
    with sn.device("cpp", seed=1):
        cells = b2.NeuronGroup(100, "dv/dt = (1.2 - v)/(20*ms) : 1", threshold="v > 1", reset="v = 0", method="exact")
        cells.v = "rand()"
        synapses = b2.Synapses(cells, cells, on_pre="v_post -= 0.01")
        synapses.connect(p=0.1)
        spikes = b2.SpikeMonitor(cells)
        b2.run(100 * b2.ms)
    assert 100 < spikes.num_spikes < 500


def task_convert_a_network():
    """A conductance network in Keras gives the same classes in Brian2."""
    images = sn.load_dataset("mnist", "mini").x_test[:20] / np.float32(255)
    hidden = [sn.layers.CWADense(20), sn.layers.Release(), sn.layers.Doubled()]
    before = [keras.layers.Flatten(), sn.layers.Doubled()]
    model = keras.Sequential([keras.Input((28, 28)), *before, *hidden, sn.layers.CWADense(10)])
    network = sn.to_brian(model, engine="runtime")
    assert network.verify(images).same_class == 1.0


def task_compare_decoders():
    """Four ways to read one recording."""
    recording = sn.simulate(
        sn.LIF, [[0.25e-9, 0.4e-9]], duration="200 ms", record=("mean", "trace", "count", "first_spike"),
        engine="runtime",
    )  # fmt: skip
    found = {}
    for name, decoder in sn.decode.DECODERS.items():
        found[name] = int(decoder.decode(getattr(recording, decoder.needs), np.eye(2))[0])
    assert found["count"] == found["latency"] == 1  # the stronger current


def task_reproduce_a_figure(folder):
    """The command line makes a figure of a paper, and its report again."""
    out = str(folder / "phase")
    words = ["--settle", "100 ms", "--duration", "10 ms", "--engine", "runtime", "--out", out]
    done = CliRunner().invoke(cli.app, ["run", "fhn-phase", *words])
    assert done.exit_code == 0, done.output
    (folder / "phase" / "report.html").unlink()
    assert CliRunner().invoke(cli.app, ["report", out]).exit_code == 0
    assert (folder / "phase" / "report.html").stat().st_size > 10_000


TASKS = {name.removeprefix("task_"): task for name, task in list(globals().items()) if name.startswith("task_")}
SLOW = {"embed_neurons", "train_with_neurons", "a_script_of_brian2"}


@pytest.mark.parametrize("name", [pytest.param(n, marks=[pytest.mark.slow] if n in SLOW else []) for n in TASKS])
def test_a_new_user_can(name, tmp_path):
    task = TASKS[name]
    task(tmp_path) if inspect.signature(task).parameters else task()


def test_there_are_ten_and_none_is_long():
    assert len(TASKS) == 10
    for name, task in TASKS.items():
        lines = [line for line in inspect.getsource(task).splitlines()[2:] if line.strip()]
        assert len(lines) <= 15, name
