"""Sections 2.1 and 2.2: convolutional and recurrent networks without spikes, and ensembles of them."""
