"""Connections within a population: what its units send in one step drives them in the next. Needs no Brian2."""

from dataclasses import dataclass

import numpy as np

from spikenet.errors import InvalidValueError


@dataclass(frozen=True, eq=False)
class Recurrence:
    """Connections from every unit of a sample to every unit of the same sample; all samples have the same weights.

    Before each step of ``dt``, the port of a unit is set to the sum, over all units, of what they sent in the step
    before times their weight: a delay of one step.

    Parameters
    ----------
    port : str
        The port that is set; its own drive is not used.
    variable : str, optional
        The state that is sent; spikes, which are 1 in the step of the spike and 0 otherwise, if left out.
    weights : ndarray (unit, unit)
        From the first axis to the second, in SI units of the port over those of the variable.
    """

    port: str
    variable: str | None
    weights: np.ndarray

    def check(self, units: int) -> None:
        """Raise InvalidValueError unless there is one finite weight for each pair of ``units`` units."""
        if self.weights.shape != (units, units) or not np.isfinite(self.weights).all():
            raise InvalidValueError(
                f"the recurrent weights are {self.weights.shape}; wanted finite numbers ({units}, {units}), from unit "
                "to unit"
            )
