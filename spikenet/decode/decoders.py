"""The decoders by name: what each needs of a Recording, and how it makes classes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from spikenet.decode.dwell_time import decode_dwell
from spikenet.decode.first_spike import decode_latency, latency_score
from spikenet.decode.readout import Readout
from spikenet.decode.spike_count import decode_count
from spikenet.decode.time_mean import decode_mean


def _as_it_is(values: np.ndarray) -> np.ndarray:
    return values


@dataclass(frozen=True)
class Decoder:
    """``decoder(values, readout)`` gives classes (sample,) of the array of a Recording that ``needs`` names.

    ``score`` is what a unit's value counts for in the read-out, which a calibration has to fit.
    """

    name: str
    needs: str
    decode: Callable[[np.ndarray, Readout | np.ndarray], np.ndarray]
    score: Callable[[np.ndarray], np.ndarray] = _as_it_is

    def __call__(self, values: np.ndarray, readout: Readout | np.ndarray) -> np.ndarray:
        return self.decode(values, readout)


DECODERS: Mapping[str, Decoder] = MappingProxyType(
    {
        decoder.name: decoder
        for decoder in (
            Decoder("dwell", needs="trace", decode=decode_dwell),
            Decoder("mean", needs="mean", decode=decode_mean),
            Decoder("count", needs="count", decode=decode_count),
            Decoder("latency", needs="first_spike", decode=decode_latency, score=latency_score),
        )
    }
)
