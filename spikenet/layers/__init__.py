"""Keras layers whose neurons are simulated by Brian2."""

from spikenet.layers.gradient import GRADIENTS
from spikenet.layers.population import Population

__all__ = ["GRADIENTS", "Population"]
