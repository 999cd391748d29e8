"""Images with labels: checks, batches, and the split into training and validation images."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from spikenet.data.split import draw_per_class, proportional_counts
from spikenet.errors import InvalidValueError
from spikenet.validate import check_images, check_labels


@dataclass(frozen=True, eq=False)
class LabelledImages:
    """Checked ``images`` (image, ...) and ``labels`` (image,) int. Raises InvalidValueError, InvalidTypeError.

    ``name`` appears in error messages.
    """

    images: np.ndarray
    labels: np.ndarray
    name: str = "training"

    def __post_init__(self):
        images = check_images(self.images, f"{self.name} images")
        if images.ndim < 2 or not len(images):
            raise InvalidValueError(
                f"the {self.name} images are {images.dtype} {images.shape}; wanted (image, ...), at least one image"
            )
        object.__setattr__(self, "images", images)
        labels = check_labels(self.labels, len(images), name=f"{self.name} labels")
        object.__setattr__(self, "labels", labels.astype(np.int64))

    def __len__(self) -> int:
        return len(self.images)

    def at(self, indices: np.ndarray, name: str) -> "LabelledImages":
        """Return the images and labels at ``indices``, in that order."""
        return LabelledImages(self.images[indices], self.labels[indices], name)

    def batches(self, batch: int, order: np.ndarray | None = None) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield (images, labels) of ``batch`` images, the last one smaller; in ``order``, if given."""
        for start in range(0, len(self), batch):
            here = slice(start, start + batch) if order is None else order[start : start + batch]
            yield self.images[here], self.labels[here]

    def check_classes(self, n_classes: int) -> None:
        """Raise InvalidValueError if a label is none of the model's classes."""
        if self.labels.max() >= n_classes:
            raise InvalidValueError(
                f"the {self.name} labels go to {self.labels.max()}, the model's classes from 0 to {n_classes - 1}; "
                f"give it {self.labels.max() + 1} outputs, or leave these images out"
            )


def shuffled(n: int, seed: int, epoch: int) -> np.ndarray:
    """Return the order of ``n`` images in an epoch: a permutation that depends on seed and epoch only."""
    return np.random.default_rng([seed, epoch]).permutation(n)


def split(examples: LabelledImages, validation, seed: int) -> tuple[LabelledImages, LabelledImages | None]:
    """Return training and validation images; a validation part of ``examples`` has the same share of each class.

    ``validation`` is the size of that part, from 0 to below 1, or a separate pair (images, labels).
    """
    if isinstance(validation, tuple | list):
        held = LabelledImages(*validation, name="validation")
        if held.images.shape[1:] != examples.images.shape[1:] or held.images.dtype != examples.images.dtype:
            raise InvalidValueError(
                f"validation images are {held.images.dtype} {held.images.shape[1:]}, training images "
                f"{examples.images.dtype} {examples.images.shape[1:]}; give both the same shape and type"
            )
        return examples, held
    if not validation:
        return examples, None
    n = round(validation * len(examples))
    if not 0 < n < len(examples):
        raise InvalidValueError(
            f"validation={validation} of {len(examples)} images holds out {n}; wanted at least 1 image in each part, "
            "or validation=0 for none"
        )
    held = np.zeros(len(examples), dtype=bool)
    held[draw_per_class(examples.labels, proportional_counts(examples.labels, n), np.random.default_rng(seed))] = True
    return examples.at(np.flatnonzero(~held), "training"), examples.at(np.flatnonzero(held), "validation")
