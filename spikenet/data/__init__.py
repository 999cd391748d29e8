"""Images with labels: `load_dataset` loads a data set of the table `DATASETS`; `Dataset` holds one of your own.

Spikes with labels: `load_spikes` loads N-MNIST or SHD from a folder as a `SpikeDataset`, which bins them.
"""

from spikenet.data.catalogue import DATASETS
from spikenet.data.dataset import Dataset, pixels
from spikenet.data.loading import load_dataset
from spikenet.data.spike_dataset import SpikeDataset, load_spikes

__all__ = ["DATASETS", "Dataset", "SpikeDataset", "load_dataset", "load_spikes", "pixels"]
