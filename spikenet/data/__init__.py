"""Images to recognise: `load_dataset` a data set of `DATASETS`, or make a `Dataset` of your own."""

from spikenet.data.catalogue import DATASETS
from spikenet.data.dataset import Dataset, pixels
from spikenet.data.loading import load_dataset

__all__ = ["DATASETS", "Dataset", "load_dataset", "pixels"]
