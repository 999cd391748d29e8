"""The errors that spikenet raises on purpose; ``except SpikenetError`` catches all of them."""


class SpikenetError(Exception):
    """Base class of spikenet's errors. A message says what came, what was wanted and what to do."""


class InvalidValueError(SpikenetError, ValueError):
    """A value that cannot be used: wrong shape, not finite, out of range, unknown name."""


class InvalidTypeError(SpikenetError, TypeError):
    """An argument of a type that cannot be used."""


class UnitError(InvalidValueError):
    """A quantity with another unit than its place needs, or a text that is no quantity."""


class DataError(SpikenetError, OSError):
    """A data set that is missing, damaged, or another one than its name says."""


class BuildError(SpikenetError, RuntimeError):
    """Code generation or the compiler failed; the message ends with the compiler's own error."""


class ToolchainError(BuildError):
    """No complete CUDA toolkit was found; the message says what each one lacks and what to install."""


class DeviceError(SpikenetError, NotImplementedError):
    """A Brian2 script that its device would simulate wrongly, or cannot run."""


class SimulationError(SpikenetError, RuntimeError):
    """A simulation failed, or its neurons have values that are not finite."""


class RunFolderError(SpikenetError, OSError):
    """A run folder that cannot be written, resumed or read."""


class TrainingError(SpikenetError, RuntimeError):
    """A training that cannot go on: its loss is not finite, or a simulation in it failed."""


class CheckpointError(SpikenetError, OSError):
    """A checkpoint that is damaged, belongs to another training, or would be overwritten."""


class ImplausibleDriveWarning(UserWarning):
    """A plain number as a drive that is far beyond what its unit makes plausible: SI units are taken."""
