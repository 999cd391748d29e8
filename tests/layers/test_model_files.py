"""A model's file in a process that has used nothing of spikenet yet."""

import subprocess
import sys
import zipfile
from pathlib import Path

import keras
import numpy as np
import pytest

import spikenet as sn
from spikenet.errors import InvalidValueError
from spikenet.layers import Jitter
from spikenet.layers import model_files as files

MODELS = Path(__file__).parents[2] / "models"


@pytest.fixture(scope="module")
def fresh(tmp_path_factory):
    """What a process of its own tells: the modules that ``load_model`` brings, and what a saved model makes of an
    image. With what the model makes of it here."""
    population = sn.Population(
        sn.FHN, drive=sn.tanh_drive(-0.5), settle="5 ms", duration="10 ms", engine="cpp", output="trace"
    )
    layers = [keras.Input((4, 4)), Jitter(1), keras.layers.Flatten(), keras.layers.Dense(3), population]
    model = keras.Sequential([*layers, keras.layers.Dense(2), sn.layers.Vote()])
    image = np.linspace(-1, 1, 16, dtype=np.float32).reshape(1, 4, 4)
    folder = tmp_path_factory.mktemp("model")
    model.save(folder / "model.keras")
    np.save(folder / "image.npy", image)
    script = (
        "import sys, spikenet as sn; folder = sys.argv[1]; load_model = sn.load_model;"
        "print(*(name for name in sys.modules if name.startswith('spikenet.')));"
        "import numpy as np; model = load_model(folder + '/model.keras');"
        "print(*model.predict(np.load(folder + '/image.npy'), verbose=0).ravel())"
    )
    done = subprocess.run([sys.executable, "-c", script, str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-1000:]
    modules, outputs = done.stdout.splitlines()
    return modules.split(), np.array(outputs.split(), dtype=np.float32), model.predict(image, verbose=0).ravel()


def test_a_fresh_process_loads_a_model_with_our_layers(fresh):
    _, found, ours = fresh
    np.testing.assert_allclose(found, ours, rtol=1e-6)


def test_every_module_with_something_to_load_is_loaded_first(fresh):
    """Keras finds a class only once its module is imported."""
    folder = Path(files.__file__).parent
    having = {
        ".".join(("spikenet", "layers", *path.relative_to(folder).with_suffix("").parts))
        for path in folder.rglob("*.py")
        if "@keras.saving.register_keras_serializable" in path.read_text(encoding="utf-8")
    }
    assert having and having <= set(fresh[0])


def test_a_conductance_network_of_an_older_file_recognises_digits_as_before():
    """994 of the 1,000 test images here (9,921 of all 10,000); one may go the other way on another processor."""
    model, digits = sn.load_model(MODELS / "mnist-cwa-cnn.keras"), sn.load_dataset("mnist")
    recognised = model.predict(digits.x_test, verbose=0).argmax(axis=1) == digits.y_test
    assert recognised.mean() == pytest.approx(0.994, abs=0.001)


def test_a_file_that_would_fill_the_memory_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "bomb.keras", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", b" " * (1 << 27))
    with pytest.raises(InvalidValueError, match="unpacks to 134,217,728, which no model does"):
        sn.load_model(tmp_path / "bomb.keras")
