"""A user's own Brian2 scripts on C++ or CUDA standalone, with the traps of both guarded."""

from spikenet.scripts.block import device

__all__ = ["device"]
