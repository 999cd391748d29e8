"""Activation functions of Keras networks as spiking neurons: which can be, what drives the neurons, calibration."""
