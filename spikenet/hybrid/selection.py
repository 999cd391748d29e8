"""Layers and units that a recording keeps, and recordings of pieces joined into one."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from spikenet.errors import InvalidValueError
from spikenet.recording import Recording, Spikes


def as_names(what: str, given) -> tuple[str, ...]:
    """Return one name or several as a tuple. Raises InvalidValueError if there is none."""
    names = (given,) if isinstance(given, str) else given
    if not isinstance(names, Iterable) or not (names := tuple(names)):
        raise InvalidValueError(f"{what} is {given!r}, wanted a name or several")
    return names


def choose_units(
    sizes: Mapping[str, int], layers, units: Mapping | None, default: Iterable[str]
) -> dict[str, np.ndarray | None]:
    """Return the units to keep by layer, None for all of them.

    ``sizes`` are the numbers of units of the layers that there are; those of ``default`` are kept where neither
    ``layers`` nor ``units`` names any. Raises InvalidValueError for layers and units that there are not.
    """
    units = {} if units is None else units
    if not isinstance(units, Mapping):
        raise InvalidValueError(f"units are {units!r}, wanted a mapping such as {{{next(iter(sizes))!r}: [0, 1]}}")
    layers = tuple(units or default) if layers is None else as_names("layers", layers)
    for name in (*layers, *units):
        if name not in sizes:
            raise InvalidValueError(f"no neurons are called {name!r}; there are {', '.join(sizes)}")
    if others := [name for name in units if name not in layers]:
        raise InvalidValueError(f"units of {', '.join(others)} are chosen, but the layers are {', '.join(layers)}")
    return {name: _indices(name, units[name], sizes[name]) if name in units else None for name in layers}


def _indices(name: str, units, size: int) -> np.ndarray:
    indices = np.asarray(units)
    if indices.dtype.kind not in "iu" or indices.ndim != 1 or not ((indices >= 0) & (indices < size)).all():
        raise InvalidValueError(
            f"the units of {name} are {indices.tolist()}, wanted one whole number or more, from 0 to {size - 1}"
        )
    return indices


def keep_units(recording: Recording, record: Iterable[str], units: np.ndarray | None) -> Recording:
    """Return what was asked for, of these units, numbered from 0; of all units if ``units`` is None."""
    values = {name: recording.values[name] for name in record}
    if units is None:
        return replace(recording, values=values)
    for name, value in values.items():
        values[name] = _spikes_of(value, units) if isinstance(value, Spikes) else value[..., units]
    return replace(recording, values=values, shape=(recording.shape[0], len(units)))


def _spikes_of(spikes: Spikes, units: np.ndarray) -> Spikes:
    kept = [spikes.unit == unit for unit in units]
    sample, time = (np.concatenate([array[at] for at in kept]) for array in (spikes.sample, spikes.time))
    unit = np.repeat(np.arange(len(units)), [np.count_nonzero(at) for at in kept])
    return Spikes.from_neurons(sample * len(units) + unit, time, len(units))


def join_recordings(parts: list[Recording]) -> Recording:
    """Return recordings of consecutive pieces of the samples as one."""
    if len(parts) == 1:
        return parts[0]
    starts = np.cumsum([0, *(part.shape[0] for part in parts)])
    values = {}
    for name, value in parts[0].values.items():
        pieces = [part.values[name] for part in parts]
        if isinstance(value, Spikes):
            sample = np.concatenate([one.sample + start for one, start in zip(pieces, starts[:-1], strict=True)])
            unit, time = (np.concatenate([getattr(one, axis) for one in pieces]) for axis in ("unit", "time"))
            values[name] = Spikes(sample, unit, time)
        else:
            values[name] = np.concatenate(pieces)
    return replace(parts[0], values=values, shape=(int(starts[-1]), parts[0].shape[1]))
