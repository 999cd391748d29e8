"""The parts that the C++ and the CUDA device share: both run a population chunk after chunk."""

import re
from typing import Protocol

from spikenet.brian2_internals import sorted_noise


class ChunkDevice(Protocol):
    """A Brian2 standalone device whose program runs a population in chunks. Each method returns lines of C++."""

    size: int  # number of neurons that Brian2 is given
    block: int  # chunks are whole multiples of it

    def seed_lines(self) -> list[str]:
        """Seed the random numbers of a chunk, from the stream's seed and the number of the chunk."""

    def after_host_write(self, array: str) -> list[str]:
        """Copy an array, which was written on the host, to where neurons are simulated."""

    def before_host_read(self, array: str) -> list[str]:
        """Copy an array back to the host, where it is read."""

    def after_chunk(self) -> list[str]:
        """Free memory that each chunk allocates."""


class SharedCodeObjects:
    """A standalone device that compiles code once which two runs have in common: settling and recording."""

    _RANDOM = re.compile(r"\b(randn?|poisson|binomial\w*)\b")  # Brian2CUDA counts the numbers that are drawn by run

    def code_object(self, owner, name, abstract_code, variables, template_name, *others, **settings):
        abstract_code = sorted_noise(abstract_code)
        code = str(abstract_code)
        made = self.__dict__.setdefault("_made", {})
        key = (name, template_name, code)
        if key not in made or self._RANDOM.search(code):
            made[key] = super().code_object(owner, name, abstract_code, variables, template_name, *others, **settings)
        return made[key]
