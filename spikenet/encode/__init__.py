"""From the numbers of a Keras layer to the drive of neurons."""

from spikenet.encode.drive import Drive, LinearDrive, TanhDrive, linear_drive, tanh_drive

__all__ = ["Drive", "LinearDrive", "TanhDrive", "linear_drive", "tanh_drive"]
