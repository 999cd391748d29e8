"""Numbers that generator, program and engine share."""

import re
from pathlib import Path

from spikenet.engines.standalone import blocks

SOURCES = Path(blocks.__file__).parent
NAMES = r"\b_?(BLOCK|CAPACITY)\s*=[^=]"


def test_the_largest_chunk_is_of_whole_blocks():
    """A block that stands half outside the arrays would be written beyond their end."""
    assert blocks.CAPACITY % blocks.BLOCK == 0


def test_the_program_gets_the_same_number():
    assert re.findall(r"const int (\w+) = (\d+);", blocks.header()) == [("BLOCK", str(blocks.BLOCK))]
    assert re.findall(r"const int (\w+) = (\d+);", blocks.header(17)) == [("BLOCK", "17")]
    assert f'#include "{blocks.HEADER}"' in (SOURCES / "templates" / "spikenet_stream.h").read_text()


def test_they_are_set_nowhere_else():
    files = [*SOURCES.glob("*.py"), *(path for path in (SOURCES / "templates").rglob("*") if path.is_file())]
    setting = {path.name for path in files if re.search(NAMES, path.read_text(), re.MULTILINE)}
    assert setting - {"response_table.py"} == {"blocks.py"}  # there a block is one of drives that are looked up
