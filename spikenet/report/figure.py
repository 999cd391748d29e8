"""A picture in a run folder, and what a reader who cannot see it is told."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from spikenet.errors import InvalidValueError


@dataclass(frozen=True)
class Figure:
    """A PNG in the run folder; of a path only the name is kept. ``alt`` says in words what the picture shows."""

    file: str
    title: str
    alt: str
    caption: str = ""

    def __post_init__(self):
        object.__setattr__(self, "file", Path(self.file).name)
        if not self.file.endswith(".png"):
            raise InvalidValueError(f"figure {self.title!r} is in {self.file!r}; a figure is a .png file")
        if not self.alt.strip():
            raise InvalidValueError(f"figure {self.file} has no alt text; say in a sentence what it shows")

    def to_json(self) -> dict:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping) -> "Figure":
        return cls(**stored)
