"""A step of training of a conductance network beside that of an affine one of the same size, in turns.

    python benchmarks/cwa_step.py --repeats 5 --precision float32

Prints processor seconds (which other jobs on the machine change less) and seconds by the clock of a step.
"""

import argparse
import statistics
import time
from dataclasses import replace
from types import SimpleNamespace

import keras
import numpy as np

from spikenet.papers.cwa_networks import Images, build_cwa
from spikenet.papers.cwa_training import OPTIONS, recipe_of
from spikenet.train.steps import make_train

SHAPES = {"mnist": (28, 28), "cifar10": (32, 32, 3)}
CASES = (("mnist", "fcn"), ("mnist", "cnn"), ("cifar10", "fcn"), ("cifar10", "cnn"))
STEPS = 10


def stepper(data: str, arch: str, variant: str, precision: str, batch: int):
    """A function that takes ``STEPS`` steps on random images and gives (processor seconds, seconds) of one."""
    options = {**OPTIONS, "arch": arch, "variant": variant, "recipe": "augment=none"}
    recipe = recipe_of(data, SimpleNamespace(options=options))
    network = replace(recipe.network, precision=precision)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (batch, *SHAPES[data])).astype(np.uint8)
    labels = rng.integers(0, 10, batch)
    model = build_cwa(network, Images.of(data, images, "none"), 1)
    optimizer = recipe.optimizer(50_000)
    optimizer.build(model.trainable_variables)
    train = make_train(model, optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True), images)

    def steps() -> tuple[float, float]:
        processor, clock = time.process_time(), time.perf_counter()
        for _ in range(STEPS):
            loss, _ = train(images, labels)
        float(loss)
        return (time.process_time() - processor) / STEPS, (time.perf_counter() - clock) / STEPS

    steps()
    return steps


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--precision", default="float32", choices=("float32", "mixed_bfloat16"))
    parser.add_argument("--batch", type=int, default=128)
    arguments = parser.parse_args()
    print(f"{arguments.precision}, batches of {arguments.batch}; medians of {arguments.repeats}\n")
    print("| network | CWA, ms | affine, ms | ratio (least to most) | by the clock |")
    print("| --- | ---: | ---: | ---: | ---: |")
    for data, arch in CASES:
        both = [stepper(data, arch, variant, arguments.precision, arguments.batch) for variant in ("cwa", "affine")]
        found = np.array([[steps() for steps in both] for _ in range(arguments.repeats)])  # (repeat, network, kind)
        cwa, affine = (1e3 * statistics.median(found[:, k, 0]) for k in range(2))
        ratios, clock = (found[:, 0, kind] / found[:, 1, kind] for kind in range(2))
        print(
            f"| {data} {arch} | {cwa:.0f} | {affine:.0f} | {np.median(ratios):.2f} ({ratios.min():.2f} to "
            f"{ratios.max():.2f}) | {np.median(clock):.2f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
