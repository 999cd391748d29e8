"""The linear read-out: from the output of the units to one logit for each class."""

from dataclasses import dataclass

import numpy as np

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.renames import with_renames
from spikenet.units import DIMENSIONLESS, to_si


@with_renames
@dataclass(frozen=True, eq=False)
class Readout:
    """Linear read-out ``x @ weights + bias``: one logit for each class. Frozen.

    Eq. 3 of Bogatenko et al. (2023) without its softmax, which does not change the largest class.

    Parameters
    ----------
    weights : array_like (unit, class)
        Weights.
    bias : array_like (class,), optional
        Biases; zeros if left out.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If weights or biases are not finite numbers of these shapes.

    Examples
    --------
    >>> import numpy as np
    >>> import spikenet as sn
    >>> readout = sn.decode.Readout(np.eye(2), [0.0, 0.5])
    >>> readout
    Readout(2 units to 2 classes)
    >>> readout(np.array([1.0, 2.0]))
    array([1. , 2.5])
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
                f"the readout's bias has the shape {bias.shape}, wanted ({n_classes},), one for each class"
            )
        for name, array in (("weights", weights), ("bias", bias)):
            array.flags.writeable = False
            object.__setattr__(self, name, array)

    @property
    def n_units(self) -> int:
        """Number of units that are read."""
        return self.weights.shape[0]

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return self.weights.shape[1]

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Return the logits of what the units did.

        Parameters
        ----------
        x : ndarray (..., unit)
            Output of the units.

        Returns
        -------
        ndarray (..., class)
            Logits, float32 if ``x`` is float32.

        Raises
        ------
        InvalidTypeError, InvalidValueError
            If ``x`` is not numeric or its last axis does not fit the weights.
        """
        x = self.checked_input(x)
        weights, bias = self.weights_and_bias(x.dtype)
        return x @ weights + bias

    def classify(self, x: np.ndarray, name: str) -> np.ndarray:
        """Return the class with the largest logit; ties go to the lower class.

        Parameters
        ----------
        x : array_like (sample, unit)
            One number for each unit.
        name : str
            Name of ``x`` in error messages.

        Returns
        -------
        ndarray of int (sample,)
            Classes.

        Raises
        ------
        InvalidTypeError, InvalidValueError
            If ``x`` does not hold finite numbers of this shape.
        """
        x = to_si(x, DIMENSIONLESS, name)
        if x.ndim != 2:
            raise InvalidValueError(f"{name} has the shape {x.shape}, wanted (sample, unit)")
        return self(x).argmax(axis=1)

    def checked_input(self, x: np.ndarray) -> np.ndarray:
        """Return ``x`` (..., unit) as floats, without a copy if it holds them already.

        Raises
        ------
        InvalidTypeError, InvalidValueError
            If ``x`` is not numeric or its last axis does not fit the weights.
        """
        x = np.asarray(x)
        if x.dtype.kind not in "biuf":
            raise InvalidTypeError(f"the readout was given {x.dtype}, wanted numbers (..., unit)")
        if x.ndim == 0 or x.shape[-1] != self.n_units:
            raise InvalidValueError(
                f"the readout was given the shape {x.shape}, wanted (..., {self.n_units}), one number for each unit"
            )
        return x.astype(np.result_type(x.dtype, np.float32), copy=False)

    def weights_and_bias(self, dtype: np.dtype) -> tuple[np.ndarray, np.ndarray]:
        """Return weights (unit, class) and bias (class,) in a precision."""
        return self.weights.astype(dtype, copy=False), self.bias.astype(dtype, copy=False)

    def __repr__(self) -> str:
        return f"Readout({self.n_units} units to {self.n_classes} classes)"


def as_readout(readout: Readout | np.ndarray) -> Readout:
    """Return a `Readout` as it is, and bare weights (unit, class) as one without bias."""
    return readout if isinstance(readout, Readout) else Readout(readout)
