"""The linear read-out: what the units did becomes one logit a class."""

from dataclasses import dataclass

import numpy as np

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.units import DIMENSIONLESS, to_si


@dataclass(frozen=True, eq=False)
class Readout:
    """Logits ``x @ weights + bias``: eq. 3 of Bogatenko et al. (2023) before the softmax, which moves no maximum.

    ``weights`` (unit, class), ``bias`` (class,), zeros if there is none.
    """

    weights: np.ndarray
    bias: np.ndarray | None = None

    def __post_init__(self):
        weights = to_si(self.weights, DIMENSIONLESS, "the readout's weights")
        if weights.ndim != 2 or 0 in weights.shape:
            raise InvalidValueError(f"the readout's weights have the shape {weights.shape}, wanted (unit, class)")
        n_classes = weights.shape[1]
        bias = np.zeros(n_classes) if self.bias is None else to_si(self.bias, DIMENSIONLESS, "the readout's bias")
        if bias.shape != (n_classes,):
            raise InvalidValueError(
                f"the readout's bias has the shape {bias.shape}, wanted ({n_classes},), one a class"
            )
        for name, array in (("weights", weights), ("bias", bias)):
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @property
    def n_units(self) -> int:
        return self.weights.shape[0]

    @property
    def n_classes(self) -> int:
        return self.weights.shape[1]

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Logits (..., class) of ``x`` (..., unit); in float32 where x is float32."""
        x = self.accept(x)
        weights, bias = self.parameters(x.dtype)
        return x @ weights + bias

    def classify(self, x: np.ndarray, name: str) -> np.ndarray:
        """The class with the largest logit, (sample,) int, of ``x`` (sample, unit); the lower of equals."""
        x = to_si(x, DIMENSIONLESS, name)
        if x.ndim != 2:
            raise InvalidValueError(f"{name} has the shape {x.shape}, wanted (sample, unit)")
        return self(x).argmax(axis=1)

    def accept(self, x: np.ndarray) -> np.ndarray:
        """``x`` as floats, not copied if it has them; refused unless its last axis is the unit."""
        x = np.asarray(x)
        if x.dtype.kind not in "biuf":
            raise InvalidTypeError(f"the readout was given {x.dtype}, wanted numbers (..., unit)")
        if x.ndim == 0 or x.shape[-1] != self.n_units:
            raise InvalidValueError(f"the readout was given {x.shape}, wanted (..., {self.n_units}): one for each unit")
        return x.astype(np.result_type(x.dtype, np.float32), copy=False)

    def parameters(self, dtype: np.dtype) -> tuple[np.ndarray, np.ndarray]:
        """Weights and bias in the precision of what is read."""
        return self.weights.astype(dtype, copy=False), self.bias.astype(dtype, copy=False)

    def __repr__(self) -> str:
        return f"Readout({self.n_units} units to {self.n_classes} classes)"


def as_readout(readout: Readout | np.ndarray) -> Readout:
    """A read-out as it is, or one without bias made of bare weights (unit, class)."""
    return readout if isinstance(readout, Readout) else Readout(readout)
