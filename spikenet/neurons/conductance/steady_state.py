"""Formulas of the membrane with conductance-weighted averaging (CWA): where it comes to rest, and how fast."""

import numpy as np

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.neurons.model import NeuronModel
from spikenet.units import DIMENSIONLESS, parse_unit, show, to_si

_VOLT, _SIEMENS = parse_unit("V")[0], parse_unit("S")[0]


def scaled_valence(model: NeuronModel, potential) -> np.ndarray:
    """Return potentials as scaled valences: -1 at ``e_inh``, 1 at ``e_exc``.

    ``2*(potential - e_inh)/(e_exc - e_inh) - 1``, which is e_j in section 2.3 of the paper.

    Parameters
    ----------
    model : NeuronModel
        A neuron with the parameters ``e_exc`` and ``e_inh``, such as ``sn.CWA``.
    potential : Quantity, str or array
        Potentials of any shape; plain numbers are in volt.

    Returns
    -------
    ndarray
        Valences in the shape of ``potential``, without a unit.

    Raises
    ------
    UnitError
        If ``potential`` has another unit than volt.
    InvalidValueError
        If the model has no such channels.

    Examples
    --------
    >>> import spikenet as sn
    >>> float(sn.neurons.scaled_valence(sn.CWA, "-40 mV"))
    0.0
    """
    low, high = _values(model, "e_inh", "e_exc")
    return 2 * (to_si(potential, _VOLT, "the potential") - low) / (high - low) - 1


def reversal_potential(model: NeuronModel, valence) -> np.ndarray:
    """Return scaled valences as potentials; the inverse of `scaled_valence`.

    Parameters
    ----------
    model : NeuronModel
        A neuron with the parameters ``e_exc`` and ``e_inh``, such as ``sn.CWA``.
    valence : float or array
        Valences from -1 to 1, of any shape.

    Returns
    -------
    ndarray
        Potentials in volt, in the shape of ``valence``.

    Raises
    ------
    UnitError
        If ``valence`` has a unit.
    InvalidValueError
        If a valence is beyond -1 and 1, where no average of these channels lies, or the model has no such channels.

    Examples
    --------
    >>> import spikenet as sn
    >>> model = sn.CWA.with_parameters(e_rest=sn.neurons.reversal_potential(sn.CWA, -0.1))
    >>> print(model.parameters["e_rest"])
    -44 mV
    """
    low, high = _values(model, "e_inh", "e_exc")
    array = to_si(valence, DIMENSIONLESS, "the valence")
    if (np.abs(array) > 1).any():
        beyond = array[np.abs(array) > 1].flat[0]
        raise InvalidValueError(f"the valence is {beyond:g}, wanted -1 to 1, from e_inh to e_exc")
    return low + (array + 1) / 2 * (high - low)


def steady_state(model: NeuronModel, g_exc, g_inh) -> np.ndarray:
    """Return the potential at which the membrane comes to rest under constant conductances.

    ``(g_rest*e_rest + g_exc*e_exc + g_inh*e_inh) / (g_rest + g_exc + g_inh)``, which is eq. 1 of the paper.

    Parameters
    ----------
    model : NeuronModel
        A neuron such as ``sn.CWA``.
    g_exc, g_inh : Quantity, str or array
        Conductances of any shape, zero or more; plain numbers are in siemens.

    Returns
    -------
    ndarray
        Potentials in volt, in the shape of the conductances.

    Raises
    ------
    UnitError
        If a conductance has another unit than siemens.
    InvalidValueError
        If a conductance is negative, if all of them are zero, or if the model has no such channels.

    Examples
    --------
    >>> import spikenet as sn
    >>> round(float(sn.neurons.steady_state(sn.CWA, "30 nS", "10 nS")), 6)
    -0.0272
    """
    g_exc, g_inh, total = _checked_conductances(model, g_exc, g_inh)
    g_rest, e_rest, e_exc, e_inh = _values(model, "g_rest", "e_rest", "e_exc", "e_inh")
    return (g_rest * e_rest + g_exc * e_exc + g_inh * e_inh) / total


def time_constant(model: NeuronModel, g_exc, g_inh) -> np.ndarray:
    """Return the time constant of the membrane under constant conductances.

    ``capacitance / (g_rest + g_exc + g_inh)``.

    Parameters
    ----------
    model : NeuronModel
        A neuron such as ``sn.CWA``.
    g_exc, g_inh : Quantity, str or array
        Conductances of any shape, zero or more; plain numbers are in siemens.

    Returns
    -------
    ndarray
        Time constants in seconds, in the shape of the conductances.

    Raises
    ------
    UnitError, InvalidValueError
        As for `steady_state`.
    """
    return _values(model, "capacitance")[0] / _checked_conductances(model, g_exc, g_inh)[-1]


def _values(model: NeuronModel, *names: str) -> list[float]:
    """Return parameters in SI units."""
    if not isinstance(model, NeuronModel):
        raise InvalidTypeError(f"the neuron is {type(model).__name__}, wanted a NeuronModel such as sn.CWA")
    missing = [name for name in names if name not in model.parameters]
    if missing:
        raise InvalidValueError(f"{model.name} has no {', '.join(missing)}; wanted a neuron such as sn.CWA")
    return [model.parameters[name].single(name) for name in names]


def _checked_conductances(model: NeuronModel, g_exc, g_inh) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return both conductances in siemens, and their sum with the one at rest."""
    given = {name: to_si(value, _SIEMENS, name) for name, value in (("g_exc", g_exc), ("g_inh", g_inh))}
    for name, array in given.items():
        if (array < 0).any():
            raise InvalidValueError(f"{name} is {show(float(array.min()), _SIEMENS)}, wanted zero or more")
    total = _values(model, "g_rest")[0] + given["g_exc"] + given["g_inh"]
    if not (total > 0).all():
        raise InvalidValueError(f"{model.name}: all conductances are zero; wanted g_rest, g_exc or g_inh above zero")
    return given["g_exc"], given["g_inh"], total
