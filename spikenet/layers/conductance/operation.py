"""Sums of conductances: over all inputs of a unit, or over a patch of an image."""

from dataclasses import dataclass

from keras import ops

from spikenet.errors import InvalidValueError
from spikenet.layers.shape import check_shape
from spikenet.validate import check_choice, check_whole


@dataclass(frozen=True)
class Matmul:
    """Inputs (..., input) and a kernel (input, unit) to (..., unit)."""

    units: int

    def __post_init__(self):
        object.__setattr__(self, "units", check_whole(self.units, "units"))

    def check(self, layer, shape) -> None:
        """Raise InvalidValueError, in the layer's name, for inputs of a shape that cannot be summed."""
        check_shape(layer, shape, "sample, input", more=True)

    def kernel_shape(self, inputs: int) -> tuple[int, ...]:
        return inputs, self.units

    def __call__(self, p, kernel):
        return ops.matmul(p, kernel)

    def ones(self, p):
        """Return the result of a kernel of ones, (..., 1)."""
        return ops.sum(p, axis=-1, keepdims=True)


@dataclass(frozen=True)
class Convolution:
    """Images (image, y, x, channel) and a kernel (y, x, channel, filter) to (image, y, x, filter).

    Beyond the border nothing is released: with padding "same" no channel is open there.
    """

    filters: int
    size: tuple[int, int]
    strides: tuple[int, int]
    padding: str

    def __post_init__(self):
        object.__setattr__(self, "filters", check_whole(self.filters, "filters"))
        for name in ("size", "strides"):
            value = getattr(self, name)
            pair = tuple(value) if isinstance(value, tuple | list) else (value, value)
            if len(pair) != 2:
                raise InvalidValueError(f"{name} is {pair}, wanted one whole number or two, (y, x)")
            checked = tuple(check_whole(one, f"{name}[{axis}]") for axis, one in zip("yx", pair, strict=True))
            object.__setattr__(self, name, checked)
        check_choice(self.padding, "padding", ("same", "valid"))

    def check(self, layer, shape) -> None:
        """Raise InvalidValueError, in the layer's name, for inputs that are no images or smaller than a patch."""
        check_shape(layer, shape, "image, y, x, channel")
        small = any(given is not None and given < own for given, own in zip(shape[1:3], self.size, strict=True))
        if self.padding == "valid" and small:
            raise InvalidValueError(
                f"{layer.name} was given the shape {tuple(shape)}; wanted images of at least {self.size} pixels, or "
                "padding same"
            )

    def kernel_shape(self, inputs: int) -> tuple[int, ...]:
        return *self.size, inputs, self.filters

    def config(self) -> dict:
        """Return the settings under the names that a convolutional layer gives them."""
        return {"filters": self.filters, "kernel_size": self.size, "strides": self.strides, "padding": self.padding}

    def __call__(self, p, kernel):
        return ops.conv(p, kernel, strides=self.strides, padding=self.padding, data_format="channels_last")

    def ones(self, p):
        """Return the result of a kernel of ones, (image, y, x, 1)."""
        return self(ops.sum(p, axis=-1, keepdims=True), ops.ones((*self.size, 1, 1), p.dtype))
