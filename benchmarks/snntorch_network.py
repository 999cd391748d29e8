"""LIF networks 784-100-10 in the loop, ours and snnTorch's: same images, steps, epochs and batches, side by side.

python benchmarks/snntorch_network.py FOLDER_WITH_MNIST_NPZ [--python PYTHON_WITH_SNNTORCH] [--epochs 3] [--steps 25]

snnTorch's network is that of its fifth tutorial (two Leaky layers of beta 0.95, fast sigmoid, cross-entropy of the
membrane summed over the steps, Adam 5e-4, batches of 128), with 100 hidden units. Ours has a LIF hidden layer that
Brian2 simulates for as many steps, a linear read-out of spike counts, and the same optimizer; its gradient is taken
through time (superspike is what snnTorch calls fast sigmoid), or from the measured response curve.
"""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

BATCH, RATE = 128, 5e-4


def theirs(path: Path, steps: int, epochs: int) -> list[dict]:
    """Accuracy and seconds of each epoch; runs where snnTorch is installed."""
    import snntorch  # noqa: PLC0415
    import torch  # noqa: PLC0415

    torch.manual_seed(1)
    with np.load(path) as data:
        images, labels, shown, wanted = (
            torch.tensor(data[name]) for name in ("x_train", "y_train", "x_test", "y_test")
        )
    images, shown = (one.reshape(len(one), -1).float() / 255 for one in (images, shown))
    hidden, out = torch.nn.Linear(784, 100), torch.nn.Linear(100, 10)
    first, second = snntorch.Leaky(beta=0.95), snntorch.Leaky(beta=0.95)
    optimizer = torch.optim.Adam([*hidden.parameters(), *out.parameters()], lr=RATE, betas=(0.9, 0.999))

    def run(batch):
        mem1, mem2 = first.init_leaky(), second.init_leaky()
        spikes, membranes = [], []
        for _ in range(steps):
            spike1, mem1 = first(hidden(batch), mem1)
            spike2, mem2 = second(out(spike1), mem2)
            spikes.append(spike2)
            membranes.append(mem2)
        return torch.stack(spikes), torch.stack(membranes)

    found = []
    for _ in range(epochs):
        start = time.perf_counter()
        for rows in torch.randperm(len(images)).split(BATCH):
            _, membranes = run(images[rows])
            loss = sum(torch.nn.functional.cross_entropy(one, labels[rows].long()) for one in membranes)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        seconds = time.perf_counter() - start
        with torch.no_grad():
            right = run(shown)[0].sum(0).argmax(1) == wanted
        found.append({"who": "snnTorch", "accuracy": float(right.float().mean()), "seconds": seconds})
    return found


def ours(path: Path, steps: int, epochs: int, surrogate: str) -> list[dict]:
    """Accuracy and seconds of each epoch of a network with LIF neurons in the loop."""
    import keras  # noqa: PLC0415

    import spikenet as sn  # noqa: PLC0415

    keras.utils.set_random_seed(1)
    with np.load(path) as data:
        images, labels, shown, wanted = (data[name] for name in ("x_train", "y_train", "x_test", "y_test"))
    drive = sn.linear_drive("0.2 nA", "0.4 nA", "0 nA", "2 nA")
    neurons = sn.Population(
        sn.LIF, drive=drive, duration=f"{2 * steps} ms", dt="2 ms", output="count", surrogate=surrogate
    )
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Rescaling(1 / 255),
            keras.layers.Flatten(),
            keras.layers.Dense(100),
            neurons,
            keras.layers.Dense(10, "softmax"),
        ]
    )
    model.compile(keras.optimizers.Adam(RATE), "sparse_categorical_crossentropy", metrics=["accuracy"])
    found = []
    for _ in range(epochs):
        start = time.perf_counter()
        model.fit(images, labels, batch_size=BATCH, epochs=1, verbose=0)
        seconds = time.perf_counter() - start
        accuracy = model.evaluate(shown, wanted, verbose=0)[1]
        found.append({"who": f"spikenet, {surrogate}", "accuracy": accuracy, "seconds": seconds})
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--python", default=sys.executable)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--steps", type=int, default=25)
    parser.add_argument("--theirs", action="store_true", help="only snnTorch's, as JSON")
    asked = parser.parse_args()
    path = asked.folder / "mnist.npz"
    if asked.theirs:
        print(json.dumps(theirs(path, asked.steps, asked.epochs)))
        return
    command = [asked.python, __file__, str(asked.folder), "--theirs"]
    command += ["--epochs", str(asked.epochs), "--steps", str(asked.steps)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        print(f"snnTorch does not run here: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
    found = json.loads(done.stdout.strip().splitlines()[-1]) if not done.returncode else []
    for surrogate in ("superspike", "response"):
        found += ours(path, asked.steps, asked.epochs, surrogate)
    print("| who | epoch | test images (%) | seconds |\n| --- | ---: | ---: | ---: |")
    for number, row in enumerate(found):
        print(f"| {row['who']} | {number % asked.epochs + 1} | {100 * row['accuracy']:.2f} | {row['seconds']:.1f} |")


if __name__ == "__main__":
    main()
