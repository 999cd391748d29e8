"""A user's own Brian2 scripts as C++ or CUDA programs, with checks for what standalone devices get wrong."""

from spikenet.scripts.block import Script, device

__all__ = ["Script", "device"]
