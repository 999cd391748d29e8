"""From what the neurons did to a class: the decoders, their table `DECODERS`, and the linear `Readout` they share."""

from spikenet.decode.decoders import DECODERS, Decoder
from spikenet.decode.dwell_time import decode_dwell, decode_dwell_logits, dwell_fractions
from spikenet.decode.first_spike import decode_latency, latency_score
from spikenet.decode.readout import Readout
from spikenet.decode.smoothing import low_pass
from spikenet.decode.spike_count import decode_count
from spikenet.decode.time_mean import decode_mean, decode_mean_logits
from spikenet.renames import room_with_renames

__all__ = [
    "DECODERS",
    "Decoder",
    "Readout",
    "decode_count",
    "decode_dwell",
    "decode_dwell_logits",
    "decode_latency",
    "decode_mean",
    "decode_mean_logits",
    "dwell_fractions",
    "latency_score",
    "low_pass",
]

__getattr__ = room_with_renames("decode")
