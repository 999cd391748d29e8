"""Describe the settings of a training as text, to check that a resumed training is the same."""

import hashlib
from collections.abc import Callable, Mapping, Sequence

import keras
import numpy as np

from spikenet.train.checkpoints.description import describe_layers, describe_loss
from spikenet.train.labelled_images import LabelledImages

_NAMES = ("name", "registered_name")  # Keras counts the objects of a process in them


def fingerprint(
    model: keras.Model, optimizer, loss: Callable, parts: Mapping[str, LabelledImages | None], **settings
) -> dict[str, str]:
    """Return a line of text for each setting of model, optimizer and loss, for the data, and for other ``settings``.

    Functions count by their code. Initial weights do not count, as a resumed training has those of its checkpoint.
    """
    lines = {name: str(value) for name, value in settings.items()}
    lines |= {name: text for part in describe_layers(model) for name, text in _flat(*part).items()}
    lines |= _flat("optimizer", keras.optimizers.serialize(optimizer))
    lines |= _flat("loss", describe_loss(loss))
    for name, examples in parts.items():
        lines[name] = "none" if examples is None else f"{_array(examples.images)}, labels {_array(examples.labels)}"
    return lines


def differences(before: Mapping[str, str], now: Mapping[str, str]) -> list[str]:
    """Return a sentence for each setting that differs."""
    names = sorted(before.keys() | now.keys())
    return [f"{n} was {before.get(n)}, is {now.get(n)}" for n in names if before.get(n) != now.get(n)]


def compare_variables(owner: str, before: Sequence[str], now: Sequence[str]) -> list[str]:
    """Return a sentence about the first difference in the variables of ``owner``; an empty list without one."""
    if len(before) != len(now):
        return [f"the {owner} had {len(before)} variables, has {len(now)}"]
    pairs = [f"{owner}: {old} is now {new}" for old, new in zip(before, now, strict=True) if old != new]
    return pairs[:1]


def _flat(name: str, value: object) -> dict[str, str]:
    if not isinstance(value, Mapping):
        return {name: str(value)}
    inner = {key: part for key, part in value.items() if key not in _NAMES}
    return {line: text for key, part in inner.items() for line, text in _flat(f"{name}.{key}", part).items()}


def _array(array: np.ndarray) -> str:
    digest = hashlib.sha256(np.ascontiguousarray(array)).hexdigest()
    return f"{array.dtype} {array.shape} {digest[:16]}"
