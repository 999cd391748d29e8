"""What every rival is told, and how it answers."""

import json
import sys
from dataclasses import dataclass

import numpy as np

EPSILON, TAU, DT = 0.05, 1e-3, 1e-5


@dataclass(frozen=True)
class Arguments:
    """One measurement: euler or rk4, float64 or float32, one thread or more."""

    scheme: str
    precision: str
    threads: int

    @property
    def dtype(self) -> np.dtype:
        return np.dtype(self.precision)


def arguments() -> Arguments:
    return Arguments(sys.argv[1], sys.argv[2], int(sys.argv[3]))


def answer(neuron_steps: int, seconds: float, final_x: np.ndarray) -> None:
    """Print the speed, and a state so that all can be seen to compute the same thing."""
    print(json.dumps({"speed": neuron_steps / seconds, "final": float(final_x[0])}))
