"""The table of decoders: which array of a `Recording` each one needs, and the function that makes classes of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from spikenet.decode.dwell_time import decode_dwell
from spikenet.decode.first_spike import decode_latency
from spikenet.decode.readout import Readout
from spikenet.decode.spike_count import decode_count
from spikenet.decode.time_mean import decode_mean


@dataclass(frozen=True)
class Decoder:
    """A way to make classes of what the neurons did.

    Parameters
    ----------
    name : str
        Name in `DECODERS`.
    needs : str
        Name of the array of a `Recording` that is decoded, such as ``"trace"`` or ``"count"``.
    decode : callable
        Function of this array and a read-out that returns classes.

    Examples
    --------
    >>> import numpy as np
    >>> import spikenet as sn
    >>> decoder = sn.decode.DECODERS["count"]
    >>> decoder(np.array([[3, 1], [0, 2]]), np.eye(2))
    array([0, 1])
    """

    name: str
    needs: str
    decode: Callable[[np.ndarray, Readout | np.ndarray], np.ndarray]

    def __call__(self, values: np.ndarray, readout: Readout | np.ndarray) -> np.ndarray:
        """Return classes (sample,) of the array that the decoder needs.

        Parameters
        ----------
        values : ndarray (sample, unit) or (sample, time, unit)
            The array of a `Recording` that ``needs`` names.
        readout : Readout or ndarray (unit, class)
            Linear read-out, or its weights alone.

        Returns
        -------
        ndarray of int (sample,)
            Classes.
        """
        return self.decode(values, readout)


DECODERS: Mapping[str, Decoder] = MappingProxyType(
    {
        decoder.name: decoder
        for decoder in (
            Decoder("dwell", needs="trace", decode=decode_dwell),
            Decoder("mean", needs="mean", decode=decode_mean),
            Decoder("count", needs="count", decode=decode_count),
            Decoder("latency", needs="first_spike", decode=decode_latency),
        )
    }
)
