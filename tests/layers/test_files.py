"""A model's file in a process that has used nothing of spikenet yet."""

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np

import spikenet as sn
from spikenet.layers import Jitter, files


def test_a_fresh_process_loads_a_model_with_our_layers(tmp_path):
    population = sn.Population(
        sn.FHN, drive=sn.tanh_drive(-0.5), settle="5 ms", record="10 ms", engine="cpp", output="trace"
    )
    layers = [keras.Input((4, 4)), Jitter(1), keras.layers.Flatten(), keras.layers.Dense(3), population]
    model = keras.Sequential([*layers, keras.layers.Dense(2), sn.Vote()])
    image = np.linspace(-1, 1, 16, dtype=np.float32).reshape(1, 4, 4)
    model.save(tmp_path / "model.keras")
    np.save(tmp_path / "image.npy", image)
    script = (
        "import sys, numpy as np, spikenet as sn; folder = sys.argv[1];"
        "model = sn.load_model(folder + '/model.keras');"
        "print(*model.predict(np.load(folder + '/image.npy'), verbose=0).ravel())"
    )
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-1000:]
    found = np.array(done.stdout.split(), dtype=np.float32)
    np.testing.assert_allclose(found, model.predict(image, verbose=0).ravel(), rtol=1e-6)


def test_every_module_with_something_to_load_is_loaded_first():
    """Keras finds a class only once its module is imported."""
    folder = Path(files.__file__).parent
    having = {
        ".".join(("spikenet", "layers", *path.relative_to(folder).with_suffix("").parts))
        for path in folder.rglob("*.py")
        if "@keras.saving.register_keras_serializable" in path.read_text(encoding="utf-8")
    }
    code = "import sys, spikenet; spikenet.load_model; print(*(m for m in sys.modules if m.startswith('spikenet.')))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert having and having <= set(run.stdout.split())
