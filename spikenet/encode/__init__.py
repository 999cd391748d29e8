"""From the numbers of a Keras layer to the drive of neurons, and from probabilities to spike trains."""

from spikenet.encode.drive import Drive, LinearDrive, TanhDrive, check_drive_unit, linear_drive, tanh_drive
from spikenet.encode.spike_trains import bernoulli_spikes, poisson_spikes, regular_spikes

__all__ = [
    "Drive",
    "LinearDrive",
    "TanhDrive",
    "bernoulli_spikes",
    "check_drive_unit",
    "linear_drive",
    "poisson_spikes",
    "regular_spikes",
    "tanh_drive",
]
