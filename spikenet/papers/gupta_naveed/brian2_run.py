"""Where the plain Brian2 networks of these experiments run: in process, or compiled on a device."""

from collections.abc import Iterator
from contextlib import contextmanager

import brian2

from spikenet.experiments.experiment import Setup
from spikenet.scripts import device


@contextmanager
def simulator(setup: Setup) -> Iterator[None]:
    """Run what the block builds and runs on the engine of a setup.

    ``cpp`` and ``cuda`` compile it; other engines run it in process, on NumPy, as these networks are small.
    """
    if setup.engine in ("cpp", "cuda"):
        with device(setup.engine, seed=setup.seeds[0]):
            yield
        return
    kept, brian2.prefs.codegen.target = brian2.prefs.codegen.target, "numpy"
    try:
        yield
    finally:
        brian2.prefs.codegen.target = kept
