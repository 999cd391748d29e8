"""Check settings, model and outputs before a training. The images are checked in `labelled_images`."""

import os
from collections.abc import Callable

import keras
import numpy as np

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.train.checkpoints.variables import find_not_finite
from spikenet.train.objective import wants_probabilities


def check_folder(folder: object, name: str) -> None:
    """Raise InvalidTypeError if ``folder`` is neither a path nor None."""
    if folder is not None and not isinstance(folder, str | os.PathLike):
        raise InvalidTypeError(f"{name} is {folder!r}, wanted the path of a folder, or None")


def check_validation(validation: object, patience: int | None) -> None:
    """Raise InvalidValueError if ``validation`` is neither a share nor a pair, or patience lacks it."""
    pair = isinstance(validation, tuple | list) and len(validation) == 2
    part = isinstance(validation, int | float | np.number) and not isinstance(validation, bool) and 0 <= validation < 1
    if not (pair or part or validation is None):
        raise InvalidValueError(
            f"validation is {_brief(validation)}; give the share of the training images to hold out, 0 to below 1, "
            "or a pair (images, labels)"
        )
    if patience is not None and not pair and not validation:
        raise InvalidValueError(f"patience={patience} needs validation images; give validation, which is {validation}")


def find_optimizer(optimizer) -> keras.optimizers.Optimizer:
    """Return a Keras optimizer, given as itself or by name. Raises InvalidValueError, InvalidTypeError."""
    if not isinstance(optimizer, str | keras.optimizers.Optimizer):
        raise InvalidTypeError(f"optimizer is {optimizer!r}; give a Keras optimizer or its name")
    try:
        found = keras.optimizers.get(optimizer)
    except ValueError as error:
        raise InvalidValueError(
            f"unknown optimizer {optimizer!r}; give a Keras optimizer or its name, such as 'adam' or 'sgd'"
        ) from error
    if found.use_ema and found.ema_overwrite_frequency is None:
        raise InvalidValueError("the optimizer averages weights, but never uses them; give it ema_overwrite_frequency")
    return found


def check_model(model) -> None:
    """Raise InvalidTypeError or InvalidValueError for a model that is not built, not trainable or not finite."""
    if not isinstance(model, keras.Model):
        raise InvalidTypeError(f"model is a {type(model).__name__}, wanted a keras.Model")
    if not model.built:
        raise InvalidValueError("the model is not built; give it a keras.Input, or call it once on a few images")
    if not model.trainable_variables:
        raise InvalidValueError("the model has no trainable weights; set layer.trainable = True for a layer")
    if path := find_not_finite(model.variables):
        raise InvalidValueError(f"{path} holds a NaN or an infinity before the training; give the model finite weights")


def check_outputs(outputs: np.ndarray, n_images: int, loss: Callable) -> int:
    """Return the number of classes in the model's outputs for ``n_images`` images. Raises InvalidValueError."""
    if outputs.ndim not in (2, 3) or len(outputs) != n_images or outputs.shape[-1] < 2 or not outputs.size:
        raise InvalidValueError(
            f"the model gives {outputs.shape} for {n_images} images; wanted (image, class) or (image, instant, class) "
            "with two classes or more"
        )
    if not np.isfinite(outputs).all():
        raise InvalidValueError("the model gives a NaN or an infinity for the first images; look at its layers")
    if wants_probabilities(loss) and not (outputs.min() >= 0 and outputs.max() <= 1 + 1e-3):
        raise InvalidValueError(
            f"the model gives {outputs.min():.3g} to {outputs.max():.3g}, which are not probabilities; end it with a "
            "softmax, or give the loss as an object with from_logits=True"
        )
    return outputs.shape[-1]


def _brief(value: object) -> str:
    return f"a {type(value).__name__} of {len(value)}" if isinstance(value, tuple | list) else repr(value)
