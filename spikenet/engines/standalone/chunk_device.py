"""What the C++ and the CUDA device have in common that run a population chunk after chunk."""

import re
from typing import Protocol

from spikenet.brian2_internals import sorted_noise


class ChunkDevice(Protocol):
    """A Brian2 standalone device whose program runs a population in chunks. Each method returns lines of C++."""

    size: int  # neurons as far as Brian2 knows
    block: int  # neurons of which a chunk is a multiple

    def seeding(self) -> list[str]:
        """Seed the random numbers of a chunk, from the stream's seed and the chunk's number."""

    def given(self, array: str) -> list[str]:
        """Follow up on an array that was written on the host."""

    def wanted(self, array: str) -> list[str]:
        """Prepare an array to be read on the host."""

    def cleared(self) -> list[str]:
        """Free, after a chunk, what must not pile up."""


class SharedCode:
    """For a standalone device: settling and recording are two runs of the same code, and it is compiled once."""

    _CHANCE = re.compile(r"\b(randn?|poisson|binomial\w*)\b")  # Brian2CUDA counts the numbers that are drawn by run

    def code_object(self, owner, name, abstract_code, variables, template_name, *others, **settings):
        abstract_code = sorted_noise(abstract_code)
        code = str(abstract_code)
        made = self.__dict__.setdefault("_made", {})
        key = (name, template_name, code)
        if key not in made or self._CHANCE.search(code):
            made[key] = super().code_object(owner, name, abstract_code, variables, template_name, *others, **settings)
        return made[key]
