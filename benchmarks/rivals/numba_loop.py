"""numba: a parallel loop over neurons with fast mathematics, all the steps of a neuron in a row."""

import time

import numba
import numpy as np

from benchmarks.rivals import textbook
from benchmarks.rivals.arguments import DT, EPSILON, TAU, answer, arguments

N, STEPS = 32768, 10_000


def compiled(scheme: str, precision: str):
    """The textbook's scheme as a compiled loop, its constants in the precision asked for."""
    kind = np.dtype(precision).type
    constants = {"DT": kind(DT), "EPSILON": kind(EPSILON), "TAU": kind(TAU)}
    for name, value in constants.items():
        setattr(textbook, name, value)
    textbook.derivatives = numba.njit(fastmath=True, inline="always")(textbook.derivatives)
    step = numba.njit(fastmath=True, inline="always")(textbook.SCHEMES[scheme])

    @numba.njit(fastmath=True, parallel=True)
    def run(x, y, i_in):
        for k in numba.prange(len(x)):
            a, b = x[k], y[k]
            for _ in range(STEPS):
                a, b = step(a, b, i_in[k])
            x[k], y[k] = a, b

    return run


def main() -> None:
    asked = arguments()
    numba.set_num_threads(asked.threads)
    run = compiled(asked.scheme, asked.precision)
    i_in = np.linspace(-0.9, 0.9, N, dtype=asked.dtype)
    for _ in range(2):  # the first compiles
        x, y = np.full(N, -1, asked.dtype), np.full(N, -2 / 3, asked.dtype)
        started = time.perf_counter()
        run(x, y, i_in)
        seconds = time.perf_counter() - started
    answer(N * STEPS, seconds, x)


if __name__ == "__main__":
    main()
