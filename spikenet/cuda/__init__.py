"""NVIDIA's compiler and cards: what is there, and how Brian2CUDA has to be set up for it.

toolchain = find_toolchain()                 # or ToolchainError, which tells what to install
with preferences(toolchain, "float64", 9.0): # spikenet.cuda.settings; loads Brian2
    ...                                      # build a Brian2CUDA project
"""

from spikenet.cuda.gpu import Gpu, gpus, mode
from spikenet.cuda.toolchain import Candidate, Toolchain, candidates, find_toolchain

__all__ = ["Candidate", "Gpu", "Toolchain", "candidates", "find_toolchain", "gpus", "mode"]
