"""Code of our own for what takes the time in networks with many synapses, in place of some templates of Brian2."""

from spikenet.engines.standalone.fast.code_object import FastCodeObject

__all__ = ["FastCodeObject"]
