"""Seconds for an epoch with 100 FHN neurons in the loop: looked up for 60,000 images, simulated for 10,000.

python benchmarks/loop.py [--repeats 3]
"""

import argparse
import time
from dataclasses import dataclass, field

import keras
import numpy as np

import spikenet as sn


@dataclass(frozen=True)
class Timed:
    """C++ that adds up what its programs take."""

    cpp: sn.engines.Cpp = field(default_factory=sn.engines.Cpp)
    spent: list = field(default_factory=list)

    name = "cpp"
    simulator = property(lambda self: self)

    def run(self, job, drives, progress):
        recording = self.cpp.run(job, drives, progress)
        self.spent.append(recording.provenance["binary_seconds"])
        return recording

    def prepared(self, job, drives, progress):
        return self

    def read_out(self, job, drives, weights, progress):
        return self.cpp.read_out(job, drives, weights, progress)

    def trace_at(self, job, drives, instants, progress):
        return self.cpp.trace_at(job, drives, instants, progress)


def network(engine) -> keras.Model:
    """The paper's sizes and durations; the mean over time, the slope of the response."""
    neurons = sn.Population(
        sn.FHN, drive=sn.tanh_drive(-0.5), settle="200 ms", duration="100 ms", engine=engine, name="neurons"
    )
    layers = [keras.Input((784,)), keras.layers.Dense(100), neurons, keras.layers.Dense(10, "softmax")]
    model = keras.Sequential(layers)
    model.compile("adam", "sparse_categorical_crossentropy", steps_per_execution=16)  # fewer returns to Python
    return model


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=3)
    repeats = parser.parse_args().repeats
    rng = np.random.default_rng(0)
    images, labels = rng.random((60_000, 784), np.float32) - 0.5, rng.integers(0, 10, 60_000)
    timed = Timed()
    for name, engine, n in (("response", sn.engines.Response(), 60_000), ("cpp", timed, 10_000)):
        model = network(engine)
        model.fit(images[:512], labels[:512], batch_size=256, verbose=0)  # tables, programs and graphs are made here
        for _ in range(repeats):
            timed.spent.clear()
            start = time.perf_counter()
            model.fit(images[:n], labels[:n], batch_size=256, verbose=0)
            seconds = time.perf_counter() - start
            outside = f", {1 - sum(timed.spent) / seconds:.1%} of it outside the program" if timed.spent else ""
            print(f"{name}: {n} images x 100 neurons: {seconds:.2f} s{outside}", flush=True)


if __name__ == "__main__":
    main()
