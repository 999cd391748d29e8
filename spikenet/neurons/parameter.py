"""The constants of a neuron: numbers with a unit."""

from dataclasses import dataclass

import numpy as np

from spikenet.errors import InvalidValueError
from spikenet.units import DIMENSIONLESS, Dimensions, dimensions_of, show, to_si

_SHOWN = 8  # values of units in a repr


@dataclass(frozen=True)
class Parameter:
    """A constant in the equations of a neuron, with its unit.

    Parameters
    ----------
    value : float or tuple of float
        The number in SI units, or one for each unit of a layer.
    dimensions : tuple of int, optional
        Exponents of metre, kilogram, second, ampere, kelvin, mole and candela. A plain number has none.

    Examples
    --------
    >>> from spikenet.neurons import Parameter
    >>> print(Parameter.of("20 ms", "tau"))
    20 ms
    """

    value: float | tuple[float, ...]
    dimensions: Dimensions = DIMENSIONLESS

    @classmethod
    def of(cls, value, name: str, dimensions: Dimensions | None = None) -> "Parameter":
        """Read a parameter from a quantity, a text, a plain number, or an array of one for each unit.

        Parameters
        ----------
        value : Quantity, str, float, array or Parameter
            A Brian2 quantity (``20*ms``), a text (``"20 ms"``), a number without a unit, an array (unit,) of one of
            them, or a parameter already.
        name : str
            The parameter's name, for error messages.
        dimensions : tuple of int, optional
            Those that it must have, which plain numbers take; its own if left out.

        Raises
        ------
        UnitError
            If the unit of the text is unknown, or another one than wanted.
        InvalidTypeError, InvalidValueError
            If the value is not one finite real number, or one for each unit.
        """
        if isinstance(value, Parameter):
            return value
        if dimensions is None:
            dimensions = dimensions_of(value) or DIMENSIONLESS
        array = to_si(value, dimensions, name)
        if array.ndim > 1 or not array.size:
            raise InvalidValueError(
                f"{name} has the shape {array.shape}, wanted one number, or one for each unit, (unit,); one for each "
                "sample and unit is given to simulate(..., parameters=...)"
            )
        return cls(tuple(array.tolist()) if array.ndim else float(array), dimensions)

    @property
    def varies(self) -> bool:
        """True if it has a value for each unit."""
        return isinstance(self.value, tuple)

    def single(self, name: str) -> float:
        """Return the one value, where each unit cannot have its own. Raises InvalidValueError for several."""
        if self.varies:
            raise InvalidValueError(f"{name} has {self}, one for each unit; wanted one number here")
        return self.value

    def __repr__(self) -> str:
        long = self.varies and len(self.value) > _SHOWN
        return f"Parameter(value={f'<{self}>' if long else repr(self.value)}, dimensions={self.dimensions})"

    def __str__(self) -> str:
        return show_values(self.value, self.dimensions)


def show_values(values, dimensions: Dimensions) -> str:
    """Return one value as a text, or the number of values of an array, with the least and the largest."""
    array = np.asarray(values)
    if not array.ndim:
        return show(float(array), dimensions)
    low, high = (show(float(one), dimensions) for one in (array.min(), array.max()))
    return f"{' x '.join(map(str, array.shape))} values from {low} to {high}"
