"""A network 784-1000-1000-10 as integrate-and-fire neurons, beside Keras' own inference of as many images as steps.

python -m benchmarks.spiking_mlp [--images 1000] [--steps 32] [--repeats 5]

Each round classifies the images with spikes, then shows Keras every image once for each step: what the matrix products
alone would take if they were repeated in every step. Untrained weights; bundled images of digits.
"""

import argparse
import resource
import statistics
import time

import keras
import numpy as np

import spikenet as sn


def measure(run) -> float:
    """Return the seconds of a call."""
    started = time.perf_counter()
    run()
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=32)
    parser.add_argument("--repeats", type=int, default=5)
    settings = parser.parse_args()
    keras.utils.set_random_seed(1)
    hidden = [keras.layers.Dense(1000, "relu") for _ in range(2)]
    model = keras.Sequential([keras.Input((784,)), *hidden, keras.layers.Dense(10)])
    digits = sn.load_dataset("mnist", "mini")
    images = (digits.x_train[: settings.images] / 255).reshape(-1, 784).astype("float32")
    repeated = np.repeat(images, settings.steps, axis=0)
    engine, quiet = sn.engines.Cpp(precision="float32"), {"progress": lambda share: None}
    print("| pixels | s | Keras, s | times Keras | images/s | MB |\n| --- | ---: | ---: | ---: | ---: | ---: |")
    for pixels in ("analog", "regular"):
        mode = sn.Spiking(steps=settings.steps, input=pixels)
        network = sn.to_brian(model, mode, calibrate=images[:100], engine=engine, **quiet)
        network.logits(images[:10], **quiet)  # compiled
        model.predict(repeated[:1000], batch_size=1000, verbose=0)
        found = [
            (
                measure(lambda network=network: network.logits(images, **quiet)),
                measure(lambda: model.predict(repeated, batch_size=1000, verbose=0)),
            )
            for _ in range(settings.repeats)
        ]
        ours, theirs = (statistics.median(one) for one in zip(*found, strict=True))
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
        each = f"{ours:.2f} | {theirs:.2f} | {ours / theirs:.2f} | {len(images) / ours:.0f} | {memory:.0f}"
        print(f"| {pixels} | {each} |", flush=True)


if __name__ == "__main__":
    main()
