"""Every error that spikenet raises on purpose. One root: ``except SpikenetError`` catches them all."""


class SpikenetError(Exception):
    """Root of spikenet's errors. A message says what came, what was wanted and what to do."""


class InvalidValueError(SpikenetError, ValueError):
    """A value that cannot be used: wrong shape, not finite, out of range, unknown name."""


class InvalidTypeError(SpikenetError, TypeError):
    """An argument of a kind that cannot be used."""


class UnitError(InvalidValueError):
    """A quantity with other dimensions than its place wants."""


class DataError(SpikenetError, OSError):
    """A data set that is absent, truncated or foreign."""


class BuildError(SpikenetError, RuntimeError):
    """Code generation or the compiler failed; the message ends with the compiler's own cause."""


class ToolchainError(BuildError):
    """No CUDA toolkit that is whole; the message tells what each one lacks and what to install."""


class DeviceError(SpikenetError, NotImplementedError):
    """A Brian2 script that its device would get wrong, or cannot run as it stands."""


class SimulationError(SpikenetError, RuntimeError):
    """A simulation failed, or its neurons left the finite numbers."""


class RunFolderError(SpikenetError, OSError):
    """A run folder that cannot be written, resumed or read."""


class TrainingError(SpikenetError, RuntimeError):
    """A training that cannot go on: its loss left the finite numbers, or a simulation in it failed."""


class CheckpointError(SpikenetError, OSError):
    """A checkpoint that is damaged, in the way, or of another training."""
