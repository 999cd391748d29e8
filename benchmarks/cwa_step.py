"""A step of training of a conductance network beside that of an affine one of the same size, in turns.

    python benchmarks/cwa_step.py --repeats 5 --precision float32

A conductance network sees each image twice, exciting and inhibiting. The affine network of the same units sees it once;
a second one sees it twice, so that it has as many weights.

Prints processor seconds (which other jobs on the machine change less) and seconds by the clock of a step.
"""

import argparse
import statistics
import time
from dataclasses import replace
from types import SimpleNamespace

import keras
import numpy as np

from spikenet.papers.hodgkin_huxley_networks.architectures import ImageInput, build_cwa
from spikenet.papers.hodgkin_huxley_networks.conductance_recipes import CONDUCTANCE_OPTIONS, choose_recipe
from spikenet.train.steps import make_train_step

SHAPES = {"mnist": (28, 28, 1), "cifar10": (32, 32, 3)}
CASES = ("mnist fcn", "mnist cnn", "cifar10 fcn", "cifar10 cnn")
STEPS = 10


def stepper(data: str, arch: str, variant: str, times: int, arguments: argparse.Namespace):
    """A function that takes ``STEPS`` steps on random images and gives (processor seconds, seconds) of one.

    Each colour of the images is there so many ``times``.
    """
    options = {**CONDUCTANCE_OPTIONS, "arch": arch, "variant": variant, "recipe": "augment=none"}
    recipe = choose_recipe(data, SimpleNamespace(options=options))
    network = replace(recipe.network, precision=arguments.precision)
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (arguments.batch, *SHAPES[data][:2], times * SHAPES[data][2])).astype(np.uint8)
    labels = rng.integers(0, 10, arguments.batch)
    model = build_cwa(network, ImageInput.of(data, images, "none"), 1)
    optimizer = recipe.optimizer(50_000)
    optimizer.build(model.trainable_variables)
    train = make_train_step(model, optimizer, keras.losses.SparseCategoricalCrossentropy(from_logits=True), images)

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
    parser.add_argument("--cases", nargs="+", choices=CASES, default=CASES)
    arguments = parser.parse_args()
    print(f"{arguments.precision}, batches of {arguments.batch}; medians of {arguments.repeats}\n")
    print("| network | CWA, ms | affine, ms | ratio (least to most) | by the clock | to as many weights |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for case in arguments.cases:
        three = [stepper(*case.split(), *kind, arguments) for kind in (("cwa", 1), ("affine", 1), ("affine", 2))]
        found = np.array([[steps() for steps in three] for _ in range(arguments.repeats)])  # (repeat, network, kind)
        cwa, affine = (1e3 * statistics.median(found[:, k, 0]) for k in range(2))
        ratios, clock = (found[:, 0, kind] / found[:, 1, kind] for kind in range(2))
        weights = found[:, 0, 0] / found[:, 2, 0]
        print(
            f"| {case} | {cwa:.0f} | {affine:.0f} | {_spread(ratios)} | {np.median(clock):.2f} | {_spread(weights)} |",
            flush=True,
        )


def _spread(ratios: np.ndarray) -> str:
    return f"{np.median(ratios):.2f} ({ratios.min():.2f} to {ratios.max():.2f})"


if __name__ == "__main__":
    main()
