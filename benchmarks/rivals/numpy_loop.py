"""NumPy: whole arrays, one expression a line. It has one thread."""

import time

import numpy as np

from benchmarks.rivals.arguments import answer, arguments
from benchmarks.rivals.textbook import SCHEMES

N, STEPS = 4096, 2000


def main() -> None:
    asked = arguments()
    step = SCHEMES[asked.scheme]
    x, y = np.full(N, -1, asked.dtype), np.full(N, -2 / 3, asked.dtype)
    i_in = np.linspace(-0.9, 0.9, N, dtype=asked.dtype)
    started = time.perf_counter()
    for _ in range(STEPS):
        x, y = step(x, y, i_in)
    answer(N * STEPS, time.perf_counter() - started, x)


if __name__ == "__main__":
    main()
