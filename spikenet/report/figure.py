"""A picture in a run folder, with a text for readers who cannot see it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from spikenet.errors import InvalidValueError


@dataclass(frozen=True)
class Figure:
    """A picture in a run folder.

    Parameters
    ----------
    file : str
        A PNG file; of a path only the name is kept.
    title : str
        Stands over the picture.
    alt : str
        What the picture shows, in a sentence.
    caption : str
        Stands under the picture.

    Raises
    ------
    InvalidValueError
        For a file that is no PNG, and without ``alt``.

    Examples
    --------
    >>> from spikenet.report import Figure
    >>> Figure("runs/a/loss.png", "Loss", "A line falls from 2 to 0.1.").file
    'loss.png'
    """

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
        """Return the figure as strict JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping) -> "Figure":
        """Return the figure of `to_json`."""
        return cls(**stored)
