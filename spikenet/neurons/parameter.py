"""The constants of a neuron: numbers with a unit."""

from dataclasses import dataclass

from spikenet.units import DIMENSIONLESS, Dimensions, dimensions_of, show, to_scalar


@dataclass(frozen=True)
class Parameter:
    """A constant in the equations of a neuron, with its unit.

    Parameters
    ----------
    value : float
        The number in SI units.
    dimensions : tuple of int, optional
        Exponents of metre, kilogram, second, ampere, kelvin, mole and candela. A plain number has none.

    Examples
    --------
    >>> from spikenet.neurons import Parameter
    >>> print(Parameter.of("20 ms", "tau"))
    20 ms
    """

    value: float
    dimensions: Dimensions = DIMENSIONLESS

    @classmethod
    def of(cls, value, name: str) -> "Parameter":
        """Read a parameter from a quantity, a text or a plain number.

        Parameters
        ----------
        value : Quantity, str, float or Parameter
            A Brian2 quantity (``20*ms``), a text (``"20 ms"``), a number without a unit, or a parameter already.
        name : str
            The parameter's name, for error messages.

        Raises
        ------
        UnitError
            If the unit of the text is unknown.
        InvalidTypeError, InvalidValueError
            If the value is not one finite real number.
        """
        if isinstance(value, Parameter):
            return value
        dimensions = dimensions_of(value) or DIMENSIONLESS
        return cls(to_scalar(value, dimensions, name), dimensions)

    def __str__(self) -> str:
        return show(self.value, self.dimensions)
