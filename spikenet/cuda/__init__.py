"""CUDA (Compute Unified Device Architecture): its compiler, the GPUs that are there, and Brian2CUDA's settings.

>>> from spikenet.cuda import find_toolchain
>>> from spikenet.cuda.settings import preferences  # loads Brian2
>>> with preferences(find_toolchain(), "float64", 9.0):  # doctest: +SKIP
...     pass  # build a Brian2CUDA project
"""

from spikenet.cuda.gpu import Gpu, gpus, mode
from spikenet.cuda.toolchain import Candidate, Toolchain, candidates, find_toolchain

__all__ = ["Candidate", "Gpu", "Toolchain", "candidates", "find_toolchain", "gpus", "mode"]
