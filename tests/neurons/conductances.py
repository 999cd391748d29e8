"""Shared by the tests of conductance neurons: parameters of their own, and drives."""

import numpy as np

OTHER = {"capacitance": "150 pF", "g_rest": "7 nS", "e_rest": "-61 mV", "e_exc": "5 mV", "e_inh": "-85 mV"}
SPAN = 90e-3


def drive_of(g_exc, g_inh) -> dict[str, np.ndarray]:
    """Both ports in nS."""
    return {"g_exc": np.array(g_exc, float) * 1e-9, "g_inh": np.array(g_inh, float) * 1e-9}


def staircase(rng, times: int, units: int = 6) -> dict[str, np.ndarray]:
    """Conductances from nothing to 2 uS."""
    return drive_of(*(rng.uniform(-1, 3.3, (2, 3, times, units)).clip(0) ** 6))
