"""The table of data sets: one entry for each."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

type PerClass = tuple[int, ...]


@dataclass(frozen=True)
class BundledFile:
    """A small data set in this folder; ``sha256`` is the checksum of the unpacked bytes."""

    file: str
    sha256: str


@dataclass(frozen=True)
class DatasetEntry:
    """A data set that `load_dataset` knows: where it is found, and the numbers that it must have.

    Parameters
    ----------
    name, title : str
        Name in the table and in ``keras.datasets``, and name for people.
    source, licence : str
        Origin of the images, and what may be done with them.
    cache : str
        File or folder in Keras' cache.
    per_class : mapping of str to two tuples of int (class,)
        For each size, number of images of each class in the training part and in the test part.
    bundle : BundledFile, optional
        The small size, if it comes with spikenet.
    image_shape : tuple of int, optional
        Height and width, then colours if there are any.
    """

    name: str
    title: str
    source: str
    licence: str
    cache: str
    per_class: Mapping[str, tuple[PerClass, PerClass]]
    bundle: BundledFile | None = None
    image_shape: tuple[int, ...] = (28, 28)


MNIST = DatasetEntry(
    name="mnist",
    title="MNIST",
    source="MNIST, Y. LeCun, C. Cortes and C. J. C. Burges, http://yann.lecun.com/exdb/mnist/",
    licence="CC BY-SA 3.0",
    cache="mnist.npz",
    per_class={
        "mini": ((1000,) * 10, (100,) * 10),
        "full": (
            (5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949),
            (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009),
        ),
    },
    bundle=BundledFile("mnist_mini.xz", sha256="7bf3d2d50e311de5c90ac602025da0c594e4604cb2144e90628c64e06e409cd5"),
)

FASHION_MNIST = DatasetEntry(
    name="fashion_mnist",
    title="Fashion-MNIST",
    source="Fashion-MNIST, H. Xiao, K. Rasul and R. Vollgraf, arXiv:1708.07747",
    licence="MIT, Zalando SE",
    cache="fashion-mnist/",
    per_class={"full": ((6000,) * 10, (1000,) * 10)},
)

CIFAR10 = DatasetEntry(
    name="cifar10",
    title="CIFAR-10",
    source="CIFAR-10, A. Krizhevsky (2009), Learning multiple layers of features from tiny images, "
    "https://www.cs.toronto.edu/~kriz/cifar.html",
    licence="none stated; cite the report",
    cache="cifar-10-batches-py/",
    per_class={"full": ((5000,) * 10, (1000,) * 10)},
    image_shape=(32, 32, 3),
)

DATASETS: Mapping[str, DatasetEntry] = MappingProxyType({one.name: one for one in (MNIST, FASHION_MNIST, CIFAR10)})
