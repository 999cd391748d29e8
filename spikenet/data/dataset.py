"""Images with their labels, in a training and a test part."""

from dataclasses import dataclass, replace

import numpy as np

from spikenet.data.split import draw_per_class, proportional_counts
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.validate import check_seed, check_whole


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images and their labels, in a training part and a test part. Frozen; the arrays are read-only.

    Parameters
    ----------
    name : str
        Name of the data set.
    x_train, x_test : ndarray of uint8 (image, height, width) or (image, height, width, colour)
        Images with values from 0 to 255.
    y_train, y_test : array_like of int (image,)
        Labels, from 0.
    source, licence : str, optional
        Origin of the images, and what may be done with them.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If images or labels have another type or shape, or there is not one label for each image.

    Examples
    --------
    >>> import numpy as np
    >>> from spikenet.data import Dataset
    >>> Dataset("dots", np.zeros((4, 2, 2), np.uint8), [0, 1, 0, 1], np.zeros((2, 2, 2), np.uint8), [0, 1])
    Dataset(dots: 4 training and 2 test images of 2 x 2, 2 classes; source unknown; licence unknown)
    """

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    source: str = ""
    licence: str = ""

    def __post_init__(self):
        for part in ("train", "test"):
            images, labels = _images(getattr(self, f"x_{part}"), f"x_{part}"), np.asarray(getattr(self, f"y_{part}"))
            if labels.dtype.kind not in "iu" or labels.shape != images.shape[:1]:
                raise InvalidValueError(
                    f"y_{part} is {labels.dtype} {labels.shape}, wanted one whole number for each of "
                    f"the {len(images)} images in x_{part}"
                )
            if len(labels) and labels.min() < 0:
                raise InvalidValueError(f"y_{part} holds the label {labels.min()}; wanted classes from 0 on")
            for name, array in ((f"x_{part}", images), (f"y_{part}", labels.astype(np.intp))):
                view = array.view()
                view.flags.writeable = False
                object.__setattr__(self, name, view)
        if self.x_train.shape[1:] != self.x_test.shape[1:]:
            raise InvalidValueError(
                f"training images are {self.x_train.shape[1:]}, test images {self.x_test.shape[1:]}; wanted one shape"
            )

    @property
    def n_classes(self) -> int:
        """Number of classes, which are 0 to ``n_classes - 1``."""
        return 1 + max((int(labels.max()) for labels in (self.y_train, self.y_test) if len(labels)), default=-1)

    def split_validation(self, n: int, seed: int) -> "Dataset":
        """Split the training images: ``n`` of them become the test part, and the classes keep their proportions.

        Settings can be chosen on the result without looking at the real test images, which it does not hold.

        Parameters
        ----------
        n : int
            Number of training images to hold out, from 1 to all but one.
        seed : int
            Seed of the random choice.

        Returns
        -------
        Dataset
            The other training images, and the held-out ones as the test part.

        Raises
        ------
        InvalidValueError
            If ``n`` or ``seed`` is not such a whole number.
        """
        n = check_whole(n, "the number of images to hold out", most=len(self.x_train) - 1)
        seed = check_seed(seed)
        held = np.zeros(len(self.x_train), dtype=bool)
        held[draw_per_class(self.y_train, proportional_counts(self.y_train, n), np.random.default_rng(seed))] = True
        return replace(
            self,
            x_train=self.x_train[~held], y_train=self.y_train[~held],
            x_test=self.x_train[held], y_test=self.y_train[held],
            source=f"{self.source}; {n} training images held out as the test part (seed {seed})",
        )  # fmt: skip

    def __repr__(self) -> str:
        size = " x ".join(map(str, self.x_train.shape[1:]))
        return (
            f"Dataset({self.name}: {len(self.x_train)} training and {len(self.x_test)} test images of {size}, "
            f"{self.n_classes} classes; {self.source or 'source unknown'}; {self.licence or 'licence unknown'})"
        )


def pixels(images: np.ndarray) -> np.ndarray:
    """Return images as rows for a dense layer, scaled from 0 to 1.

    Parameters
    ----------
    images : ndarray of uint8 (image, height, width) or (image, height, width, colour)
        Images with values from 0 to 255.

    Returns
    -------
    ndarray of float32 (image, pixel)
        Pixels row by row, from 0 to 1.

    Raises
    ------
    InvalidTypeError, InvalidValueError
        If the images have another type or shape.

    Examples
    --------
    >>> import numpy as np
    >>> from spikenet.data import pixels
    >>> pixels(np.array([[[0, 255], [51, 0]]], dtype=np.uint8))
    array([[0. , 1. , 0.2, 0. ]], dtype=float32)
    """
    images = _images(images, "images")
    flat = images.reshape(len(images), int(np.prod(images.shape[1:])))
    return np.divide(flat, np.float32(255), dtype=np.float32)


def _images(images: np.ndarray, name: str) -> np.ndarray:
    if not isinstance(images, np.ndarray):
        raise InvalidTypeError(f"{name} is a {type(images).__name__}, wanted an array (image, height, width) of uint8")
    if images.dtype != np.uint8 or images.ndim not in (3, 4):
        raise InvalidValueError(
            f"{name} is {images.dtype} {images.shape}, wanted uint8 from 0 to 255, (image, height, width) "
            "or (image, height, width, colour)"
        )
    return images
