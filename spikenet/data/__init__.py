"""Images with labels: `load_dataset` loads a data set of the table `DATASETS`; `Dataset` holds one of your own."""

from spikenet.data.catalogue import DATASETS
from spikenet.data.dataset import Dataset, pixels
from spikenet.data.loading import load_dataset

__all__ = ["DATASETS", "Dataset", "load_dataset", "pixels"]
