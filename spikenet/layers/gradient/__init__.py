"""Gradients of simulated neurons: of whole simulations (GRADIENTS) and of single spikes (SURROGATES)."""

from spikenet.layers.gradient.gradients import GRADIENTS, ThroughTime
from spikenet.layers.gradient.step import DifferentiableStep
from spikenet.layers.gradient.surrogate import SURROGATES, spike_function
from spikenet.layers.gradient.unrolling import unroll

__all__ = ["DifferentiableStep", "GRADIENTS", "SURROGATES", "ThroughTime", "spike_function", "unroll"]
