"""Steady potential of a membrane between its conductances.

"Learning difficult perceptual tasks with Hodgkin-Huxley networks", section 2, with potentials scaled to [-1, 1].
"""

from dataclasses import dataclass
from numbers import Real

from spikenet.errors import InvalidValueError
from spikenet.validate import check_positive


@dataclass(frozen=True)
class Membrane:
    """A membrane's resting conductance and its potential without input, section 2 of the paper.

    Potentials are scaled: the excitatory reversal potential is +1, the inhibitory one -1. Raises InvalidValueError if
    ``g_rest`` is not above 0 or ``e_rest`` is not from -1 to 1.
    """

    g_rest: float = 1.0
    e_rest: float = 0.0

    def __post_init__(self):
        check_positive(self.g_rest, "g_rest")  # it keeps the average from 0/0
        if not (isinstance(self.e_rest, Real) and -1 <= self.e_rest <= 1):
            raise InvalidValueError(
                f"e_rest is {self.e_rest!r}, wanted a number from -1 (inhibitory potential) to 1 (excitatory)"
            )

    def settle(self, exc, inh):
        """Return the steady potential, eq. 1: the mean of +1, -1 and ``e_rest``, weighted by conductances."""
        return (self.g_rest * self.e_rest + exc - inh) / (self.g_rest + exc + inh)
