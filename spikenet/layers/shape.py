"""Check input shapes in ``build``, and so also where Keras only computes shapes."""

import keras

from spikenet.errors import InvalidValueError


def check_shape(layer: keras.Layer, shape, axes: str, *, more: bool = False, known: int = 1) -> None:
    """Raise InvalidValueError for a shape that is not one tensor with these axes, such as "sample, input".

    With ``more``, others may lie between the first and the last. So many sizes, the last ones, are ``known``.
    """
    names = axes.split(", ")
    if more:
        axes = ", ".join([names[0], "...", *names[1:]])
    if not isinstance(shape, tuple | list) or not all(size is None or isinstance(size, int) for size in shape):
        raise InvalidValueError(f"{layer.name} was given {len(shape)} tensors, wanted one, ({axes})")
    if len(shape) < len(names) or (len(shape) > len(names) and not more):
        raise InvalidValueError(f"{layer.name} was given the shape {tuple(shape)}; wanted ({axes})")
    if 0 in shape[1:] or None in shape[len(shape) - known :]:
        raise InvalidValueError(
            f"{layer.name} was given the shape {tuple(shape)}; wanted ({axes}) with sizes that are known and not 0: "
            "give keras.Input the whole shape"
        )
