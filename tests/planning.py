"""A job and its checked drives in one call, for tests of what lies behind `Simulation`."""

import numpy as np

from spikenet.engines.job import Job
from spikenet.engines.simulate import Schedule, Simulation


def plan(neuron, drive, schedule: Schedule, record=("mean",), **settings) -> tuple[Job, dict[str, np.ndarray]]:
    """What an engine is given; ``settings`` are ``variable``, ``parameters`` and ``seed``."""
    variable, parameters = settings.pop("variable", None), settings.pop("parameters", None)
    return Simulation(neuron, schedule, **settings).plan(drive, record, variable, parameters)
