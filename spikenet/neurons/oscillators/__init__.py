"""Smooth systems of few variables that oscillate without a reset."""

from spikenet.neurons.oscillators.fhn import FHN
from spikenet.neurons.oscillators.hindmarsh_rose import HindmarshRose
from spikenet.neurons.oscillators.morris_lecar import MorrisLecar
from spikenet.neurons.oscillators.wilson_cowan import WilsonCowan

__all__ = ["FHN", "HindmarshRose", "MorrisLecar", "WilsonCowan"]
