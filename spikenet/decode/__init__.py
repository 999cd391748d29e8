"""From what the neurons did to a class: `DECODERS`, their functions, and the linear `Readout` they share."""

from spikenet.decode.decoders import DECODERS, Decoder
from spikenet.decode.dwell_time import decode_dwell, dwell, dwell_fractions
from spikenet.decode.first_spike import decode_latency, latency_score
from spikenet.decode.readout import Readout
from spikenet.decode.smoothing import low_pass
from spikenet.decode.spike_count import decode_count
from spikenet.decode.time_mean import decode_mean, mean

__all__ = [
    "DECODERS",
    "Decoder",
    "Readout",
    "decode_count",
    "decode_dwell",
    "decode_latency",
    "decode_mean",
    "dwell",
    "dwell_fractions",
    "latency_score",
    "low_pass",
    "mean",
]
