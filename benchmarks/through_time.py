"""A LIF network 784-100-10 that learns through time, beside snnTorch: seconds an epoch at equal steps and batch.

python benchmarks/through_time.py [--python PYTHON_WITH_SNNTORCH] [--steps 25 100 1000] [--images 6000] [--epochs 3]

One thread each, one after the other. The first epoch, which compiles, is left out; the median of the others counts.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

import spikenet as sn

BATCH = 128
RIVAL = Path(__file__).parent / "rivals" / "snntorch_lif.py"


def ours(images: np.ndarray, labels: np.ndarray, steps: int, epochs: int, engine) -> list[float]:
    """Return the seconds of each epoch of a network whose hidden neurons an engine simulates for so many steps."""
    keras.utils.set_random_seed(1)
    neurons = sn.Population(
        sn.LIF,
        drive=sn.linear_drive("0.2 nA", "0.4 nA", "0 nA", "2 nA"),
        duration=f"{steps} ms",
        dt="1 ms",
        output="count",
        surrogate="superspike",
        engine=engine,
    )
    layers = [keras.Input((784,)), keras.layers.Dense(100), neurons, keras.layers.Dense(10)]
    model = keras.Sequential(layers)
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    model.compile(keras.optimizers.Adam(5e-4), loss)
    seconds = []
    for _ in range(epochs):
        start = time.perf_counter()
        model.fit(images, labels, batch_size=BATCH, verbose=0)
        seconds.append(time.perf_counter() - start)
    return seconds


def theirs(python: str, images: np.ndarray, labels: np.ndarray, steps: int, epochs: int) -> list[float]:
    """Return the seconds of each epoch of snnTorch's network, which has a Python of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "images.npz"
        np.savez(path, images=images, labels=labels)
        command = [python, str(RIVAL), str(path), str(steps), str(epochs), str(BATCH)]
        done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"snnTorch does not run here: {done.stderr.strip().splitlines()[-1]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--steps", type=int, nargs="+", default=[25, 100, 1000])
    parser.add_argument("--images", type=int, default=6000)
    parser.add_argument("--epochs", type=int, default=3)
    asked = parser.parse_args()
    tf.config.threading.set_intra_op_parallelism_threads(1)
    digits = sn.load_dataset("mnist", "mini")
    images = np.resize(digits.x_train, (asked.images, 784)).astype(np.float32) / 255
    labels = np.resize(digits.y_train, asked.images).astype(np.int64)
    print(
        "| steps | snnTorch (s) | response (s) | ratio | cpp (s) | ratio |\n| ---: | ---: | ---: | ---: | ---: | ---: |"
    )
    for steps in asked.steps:
        rival = np.median(theirs(asked.python, images, labels, steps, asked.epochs)[1:])
        engines = ("response", sn.engines.Cpp(threads=1))
        found = [np.median(ours(images, labels, steps, asked.epochs, engine)[1:]) for engine in engines]
        cells = " | ".join(f"{seconds:.2f} | {seconds / rival:.2f}" for seconds in found)
        print(f"| {steps} | {rival:.2f} | {cells} |", flush=True)


if __name__ == "__main__":
    main()
