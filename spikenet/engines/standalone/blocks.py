"""Numbers of neurons, and names, on which generator, compiled program and engine must agree."""

BLOCK = 128  # neurons that are stepped together in the first-level cache
CAPACITY = 1 << 16  # neurons of the largest chunk, in whole blocks
HEADER = "spikenet_blocks.h"
RECURRENT_WEIGHTS = "recurrent_weights"  # the file of (unit, unit) numbers


def header(block: int = BLOCK) -> str:
    """Return the file ``HEADER`` of a generated project, for ``templates/spikenet_stream.h``.

    ``block`` is 1 where the neurons of a chunk are taken one by one.
    """
    return f"// Written by spikenet.\n#pragma once\nnamespace spikenet {{\nconst int BLOCK = {block};\n}}\n"
