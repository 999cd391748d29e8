"""Images with their labels, in a training and a test part."""

from dataclasses import dataclass, replace

import numpy as np

from spikenet.data.split import choose, shares
from spikenet.errors import InvalidTypeError, InvalidValueError


@dataclass(frozen=True, eq=False)
class Dataset:
    """Images ``x`` (image, height, width) uint8 and labels ``y`` (image,) int, for training and for the test.

    A last axis of the images may hold colours. The arrays are read-only. ``source`` says where the images come from,
    ``licence`` what may be done with them.
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
        """Classes are 0 to ``n_classes - 1``."""
        return 1 + max((int(labels.max()) for labels in (self.y_train, self.y_test) if len(labels)), default=-1)

    def split_validation(self, n: int, seed: int) -> "Dataset":
        """The training images alone, ``n`` of them held out as the test part; the classes keep their shares.

        For choosing settings without a look at the test images, which the result no longer holds.
        """
        if not isinstance(n, int | np.integer) or not 0 < n < len(self.x_train):
            raise InvalidValueError(f"cannot hold out {n!r} of {len(self.x_train)} training images; wanted a part")
        held = np.zeros(len(self.x_train), dtype=bool)
        held[choose(self.y_train, shares(self.y_train, n), np.random.default_rng(seed))] = True
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
    """Images as rows for a dense layer, (image, pixel) float32 from 0 to 1."""
    images = _images(images, "images")
    flat = images.reshape(len(images), int(np.prod(images.shape[1:])))
    return np.divide(flat, np.float32(255), dtype=np.float32)


def _images(images: np.ndarray, name: str) -> np.ndarray:
    if not isinstance(images, np.ndarray):
        raise InvalidTypeError(f"{name} is a {type(images).__name__}, wanted an array (image, height, width) of uint8")
    if images.dtype != np.uint8 or images.ndim not in (3, 4):
        raise InvalidValueError(
            f"{name} is {images.dtype} {images.shape}, wanted uint8 from 0 to 255, (image, height, width)"
        )
    return images
