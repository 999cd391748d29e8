"""A paper's claim beside the measured number, and whether it holds.

A claim holds if the measured number lies between ``low`` and ``high``. These bounds are computed from the paper's
number and a tolerance that states its reason; nobody sets the verdict.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from spikenet.errors import InvalidValueError


@dataclass(frozen=True)
class Claim:
    """A number from a paper, the measured one, and the bounds within which the claim holds.

    Made by `near`, `at_least`, `at_most` or `between`.

    Parameters
    ----------
    id : str
        The claim in a few words, with its unit.
    source : str
        The paper, and its table, figure or section.
    paper : float, str or None
        The paper's number, a text such as ``">= 97.7"``, or None if the paper gives none.
    measured : float
        Our number.
    tolerance : str
        The tolerance and its reason.
    low, high : float
        The claim holds from ``low`` to ``high``.
    note : str
        What was tried, for a claim that does not hold.

    Raises
    ------
    InvalidValueError
        Without an id, a source, or a bound; for a tolerance without its reason.

    Examples
    --------
    >>> from spikenet.experiments.claim import Claim
    >>> claim = Claim.at_least("test accuracy (%)", "Bogatenko et al. (2023), section 1", paper=97.7, measured=97.9)
    >>> claim.paper, claim.holds
    ('>= 97.7', True)
    """

    id: str
    source: str
    paper: float | str | None
    measured: float
    tolerance: str
    low: float = -math.inf
    high: float = math.inf
    note: str = ""

    def __post_init__(self):
        for name in ("measured", "low", "high"):
            object.__setattr__(self, name, float(getattr(self, name)))
        if not self.id or not self.source:
            raise InvalidValueError(f"claim {self.id!r} from {self.source!r} needs an id and a source (paper, table)")
        if not self.low <= self.high or not (math.isfinite(self.low) or math.isfinite(self.high)):
            raise InvalidValueError(f"claim {self.id}: nothing can fail or hold between {self.low} and {self.high}")

    @property
    def holds(self) -> bool:
        """True if the measured number is finite and within the bounds."""
        return math.isfinite(self.measured) and self.low <= self.measured <= self.high

    @classmethod
    def near(cls, id: str, source: str, *, paper: float, measured: float, tolerance: float, reason: str) -> "Claim":
        """Claim that the measured number is the paper's, ``tolerance`` more or less."""
        text = _with_reason(id, f"± {tolerance:g}", reason)
        return cls(id, source, float(paper), measured, text, paper - tolerance, paper + tolerance)

    @classmethod
    def at_least(
        cls, id: str, source: str, *, paper: float, measured: float, slack: float = 0.0, reason: str = ""
    ) -> "Claim":
        """Claim that the measured number is at least the paper's, less ``slack``."""
        return cls(id, source, f">= {paper:g}", measured, _slack(id, slack, reason), low=paper - slack)

    @classmethod
    def at_most(
        cls, id: str, source: str, *, paper: float, measured: float, slack: float = 0.0, reason: str = ""
    ) -> "Claim":
        """Claim that the measured number is at most the paper's, plus ``slack``."""
        return cls(id, source, f"<= {paper:g}", measured, _slack(id, slack, reason), high=paper + slack)

    @classmethod
    def between(cls, id: str, source: str, *, low: float, high: float, measured: float, reason: str) -> "Claim":
        """Claim that the measured number lies in a range that the paper gives in words or in a figure."""
        return cls(id, source, f"{low:g} to {high:g}", measured, _with_reason(id, "the range", reason), low, high)

    def with_note(self, note: str) -> "Claim":
        """Return the claim with a note, such as what was tried if it does not hold."""
        return replace(self, note=note)

    def to_json(self) -> dict:
        """Return the claim as strict JSON, with ``holds``; numbers that are not finite become null."""
        numbers = {name: _finite(getattr(self, name)) for name in ("measured", "low", "high")}
        return asdict(self) | numbers | {"holds": self.holds}

    @classmethod
    def from_json(cls, stored: Mapping) -> "Claim":
        """Return the claim of `to_json`; ``holds`` is computed again."""
        missing = {"measured": math.nan, "low": -math.inf, "high": math.inf}
        values = {name: value for name, value in stored.items() if name != "holds"}
        return cls(**values | {name: last for name, last in missing.items() if values.get(name) is None})


def _with_reason(id: str, tolerance: str, reason: str) -> str:
    if not reason.strip():
        raise InvalidValueError(f"claim {id}: a tolerance ({tolerance}) needs its reason")
    return f"{tolerance}: {reason}"


def _slack(id: str, slack: float, reason: str) -> str:
    if slack < 0:
        raise InvalidValueError(f"claim {id}: slack is {slack}; give a number from 0")
    return _with_reason(id, f"{slack:g} of slack", reason) if slack else reason or "none"


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
