"""What a paper claims, what was measured, and whether it holds.

A claim holds if the measured number lies between ``low`` and ``high``. Nobody sets that by hand: the bounds come from
the paper's number and a tolerance with its reason, and the rest is arithmetic.
"""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from spikenet.errors import InvalidValueError


@dataclass(frozen=True)
class Claim:
    """Use ``near``, ``at_least``, ``at_most`` or ``between``.

    ``source`` names paper and table, ``paper`` is the paper's number, a text such as ">= 97.7", or None.
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
        """Whether the measured number is finite and within the bounds."""
        return math.isfinite(self.measured) and self.low <= self.measured <= self.high

    @classmethod
    def near(cls, id: str, source: str, *, paper: float, measured: float, tolerance: float, reason: str) -> "Claim":
        """Measured is the paper's number, ``tolerance`` more or less."""
        text = _with_reason(id, f"± {tolerance:g}", reason)
        return cls(id, source, float(paper), measured, text, paper - tolerance, paper + tolerance)

    @classmethod
    def at_least(
        cls, id: str, source: str, *, paper: float, measured: float, slack: float = 0.0, reason: str = ""
    ) -> "Claim":
        """Measured reaches the paper's number, or comes within ``slack`` below it."""
        return cls(id, source, f">= {paper:g}", measured, _slack(id, slack, reason), low=paper - slack)

    @classmethod
    def at_most(
        cls, id: str, source: str, *, paper: float, measured: float, slack: float = 0.0, reason: str = ""
    ) -> "Claim":
        """Measured stays under the paper's number, or comes within ``slack`` above it."""
        return cls(id, source, f"<= {paper:g}", measured, _slack(id, slack, reason), high=paper + slack)

    @classmethod
    def between(cls, id: str, source: str, *, low: float, high: float, measured: float, reason: str) -> "Claim":
        """Measured lies in a range that the paper gives in words or in a figure."""
        return cls(id, source, f"{low:g} to {high:g}", measured, _with_reason(id, "the range", reason), low, high)

    def with_note(self, note: str) -> "Claim":
        """The same claim with, for one that does not hold, what was tried."""
        return replace(self, note=note)

    def to_json(self) -> dict:
        """With ``holds``; numbers that are not finite become null, as JSON has none."""
        numbers = {name: _finite(getattr(self, name)) for name in ("measured", "low", "high")}
        return asdict(self) | numbers | {"holds": self.holds}

    @classmethod
    def from_json(cls, stored: Mapping) -> "Claim":
        """The claim again; ``holds`` is worked out anew."""
        missing = {"measured": math.nan, "low": -math.inf, "high": math.inf}
        values = {name: value for name, value in stored.items() if name != "holds"}
        return cls(**values | {name: last for name, last in missing.items() if values.get(name) is None})


def _with_reason(id: str, tolerance: str, reason: str) -> str:
    if not reason.strip():
        raise InvalidValueError(f"claim {id}: a tolerance ({tolerance}) needs its reason")
    return f"{tolerance}: {reason}"


def _slack(id: str, slack: float, reason: str) -> str:
    if slack < 0:
        raise InvalidValueError(f"claim {id}: slack is {slack}; it gives room, so it cannot be negative")
    return _with_reason(id, f"{slack:g} of slack", reason) if slack else reason or "none"


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None
