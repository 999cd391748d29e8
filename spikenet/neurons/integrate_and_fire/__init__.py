"""Neurons that are reset at a threshold: with and without a leak, and with quadratic or exponential upstrokes."""

from spikenet.neurons.integrate_and_fire.exponential import EIF, AdEx
from spikenet.neurons.integrate_and_fire.generalized import GIF
from spikenet.neurons.integrate_and_fire.izhikevich import Izhikevich
from spikenet.neurons.integrate_and_fire.leaky import IF, LIF, SoftResetIF
from spikenet.neurons.integrate_and_fire.quadratic import QIF

__all__ = ["EIF", "GIF", "IF", "LIF", "QIF", "AdEx", "Izhikevich", "SoftResetIF"]
