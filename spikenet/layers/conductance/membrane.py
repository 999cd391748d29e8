"""A membrane at rest between its conductances, in the paper's scaled potentials. "Learning difficult perceptual tasks
with Hodgkin-Huxley networks", section 2."""

from dataclasses import dataclass
from numbers import Real

from spikenet.errors import InvalidValueError


@dataclass(frozen=True)
class Membrane:
    """The neuron's own conductance ``g_rest`` and its zero-current potential ``e_rest``, scaled to [-1, 1].

    Excitatory channels pull to +1, inhibitory ones to -1. Errors: InvalidValueError.
    """

    g_rest: float = 1.0
    e_rest: float = 0.0

    def __post_init__(self):
        if not (isinstance(self.g_rest, Real) and 0 < self.g_rest < float("inf")):
            raise InvalidValueError(f"g_rest is {self.g_rest!r}, wanted more than 0: it keeps the average from 0/0")
        if not (isinstance(self.e_rest, Real) and -1 <= self.e_rest <= 1):
            raise InvalidValueError(
                f"e_rest is {self.e_rest!r}, wanted -1 to 1, from the inhibitory potential to the other"
            )

    def settle(self, exc, inh):
        """Return the steady potential, eq. 1: the mean of +1, -1 and ``e_rest``, weighted by conductances."""
        return (self.g_rest * self.e_rest + exc - inh) / (self.g_rest + exc + inh)
