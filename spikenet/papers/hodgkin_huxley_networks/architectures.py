"""The networks of "Learning difficult perceptual tasks with Hodgkin-Huxley networks", section 4.

They have conductance neurons (conductance-weighted averaging, CWA) or, for comparison, affine ones.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import keras
import numpy as np

from spikenet.errors import InvalidValueError
from spikenet.layers.conductance import (
    AbsNormConv2D,
    AbsNormDense,
    CWAConv2D,
    CWADense,
    Doubled,
    LateralInhibition,
    LogNormalConductance,
    Release,
    SparseConductance,
)
from spikenet.layers.conductance.rule import RULES
from spikenet.layers.crops import Crops
from spikenet.layers.jitter import Jitter
from spikenet.validate import check_choice, check_share

ARCHS = ("fcn", "cnn", "resnet18")
VARIANTS = ("cwa", "cwa-bn", "affine", "affine-bn", "absnorm", "lateral")
STARTS = ("glorot", "even", "sparse", "lognormal")
RELEASES = ("clipped", "linear")
AUGMENTATIONS = ("none", "affine", "shift", "flip-shift")
READOUT = "readout"
# Section 4.3; for MNIST the first four layers of the CNN.
UNITS: Mapping[str, tuple[int, ...]] = MappingProxyType({"mnist": (2000, 2000), "cifar10": (2000, 1000, 500)})
FILTERS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {"mnist": (32, 64, 128, 256), "cifar10": (32, 64, 128, 256, 512)}
)
RESNET_FILTERS = (64, 128, 256, 512)  # by stage of ResNet-18; a stage has two blocks of two convolutions
_LEAST_BRANCH = math.exp(RULES["scaled"].means[0])
_LOWEST = -0.3  # section 4.1: channels are scaled to [-0.3, 1] and clipped to [0, 1]


@dataclass(frozen=True)
class Architecture:
    """An architecture with its neurons and initial weights.

    Parameters
    ----------
    arch : {"fcn", "cnn", "resnet18"}
        Fully connected, convolutional or residual.
    variant : {"cwa", "cwa-bn", "affine", "affine-bn", "absnorm", "lateral"}
        The neurons; ``-bn`` adds BatchNorm, ``lateral`` adds lateral inhibition.
    g_rest, e_rest : float
        Conductance at rest, and its reversal potential.
    start : {"glorot", "even", "sparse", "lognormal"}
        First conductances: the paper's; uniform from 0 to 2; a share ``open`` of them, the others closed; or with
        logarithms of the standard deviation ``spread``.
    branch : float
        Mean of the first conductances of a residual block's last convolution; far below 1, a block starts as its
        shortcut.
    rule : str
        How conductances are trained, see ``RULES``.
    release : {"clipped", "linear"}
        Release probability of the potential z: eq. 4, or p = (1 + z)/2, a change of units (section 2.3).
    leak : float
        Slope of the gradient where a release is clipped.
    failure : float
        Share of releases that fail in training.
    gain : float
        Factor on the logits; the first weights of the read-out are divided by it.
    wide : float
        Factor on Glorot's logits at the start.
    kernel : int
        Size of all convolutions except the CNN's first, which has the paper's 5.
    width : float
        Factor on the paper's units and filters.
    interneurons : int
        Units of lateral inhibition.
    lowest : float
        Value to which a black pixel is scaled before it is clipped at 0.
    precision : str
        Keras dtype policy of the layers.
    """

    arch: str = "fcn"
    variant: str = "cwa"
    g_rest: float = 1.0
    e_rest: float = -0.4
    start: str = "even"
    open: float = 0.1
    spread: float = 2.0
    branch: float = 1.0
    rule: str = "projected"
    release: str = "clipped"
    leak: float = 0.02
    failure: float = 0.0
    gain: float = 3.0
    wide: float = 10.0
    kernel: int = 3
    width: float = 1.0
    interneurons: int = 100
    lowest: float = _LOWEST
    precision: str = "float32"

    def __post_init__(self):
        tables = {"arch": ARCHS, "variant": VARIANTS, "start": STARTS, "rule": tuple(RULES), "release": RELEASES}
        for name, known in tables.items():
            check_choice(getattr(self, name), name, known)
        for name in ("gain", "wide", "width", "branch"):
            if not 0 < getattr(self, name) < float("inf"):
                raise InvalidValueError(f"{name} is {getattr(self, name)}, wanted a number above 0")
        if self.branch != 1 and not (self.arch == "resnet18" and self.start == "lognormal"):
            raise InvalidValueError(f"branch is {self.branch}, which is for a lognormal resnet18; wanted 1")
        if self.rule == "scaled" and self.branch < _LEAST_BRANCH:
            raise InvalidValueError(
                f"branch is {self.branch}; scaled conductances start at {_LEAST_BRANCH:.2g} or above"
            )
        if not 0 < self.spread < 4:
            raise InvalidValueError(f"spread is {self.spread}, wanted more than 0 and less than 4")
        if self.variant == "lateral" and self.arch != "fcn":
            raise InvalidValueError(f"lateral inhibition is for dense layers; wanted arch fcn, not {self.arch}")
        if self.release == "linear" and self.variant not in ("cwa", "cwa-bn", "absnorm"):
            raise InvalidValueError(f"{self.variant} networks rectify; linear release is for cwa, cwa-bn and absnorm")
        check_share(self.failure, "failure", one=False)
        if self.failure and not (self.conducting and self.release == "clipped"):
            raise InvalidValueError(f"failure is {self.failure}; only clipped releases of conductance networks fail")

    @property
    def conducting(self) -> bool:
        """True if the inputs are release probabilities of excitatory and inhibitory synapses."""
        return not self.variant.startswith("affine")

    def sized(self, count: int) -> int:
        """Return a number of units or filters, even and at least 2."""
        return max(2, 2 * round(self.width * count / 2))


@dataclass(frozen=True)
class ImageInput:
    """The images that a network gets: their shape, mean and variance by channel, and how they are moved."""

    name: str
    shape: tuple[int, ...]
    mean: tuple[float, ...]
    variance: tuple[float, ...]
    augment: str = "none"

    @classmethod
    def of(cls, name: str, images: np.ndarray, augment: str) -> "ImageInput":
        """Describe training images (image, y, x) or (image, y, x, channel) uint8."""
        check_choice(augment, "augment", AUGMENTATIONS)
        channels = images.reshape(-1, images.shape[3] if images.ndim == 4 else 1)
        mean, deviation = (getattr(channels, what)(axis=0, dtype=float) for what in ("mean", "std"))
        return cls(name, images.shape[1:], tuple(mean.tolist()), tuple((deviation**2).tolist()), augment)


def build_cwa(network: Architecture, images: ImageInput, seed: int) -> keras.Model:
    """Return an untrained network from raw images uint8 to logits; its weights depend on the seed alone.

    Layers that release are called ``release_1`` and so on (``relu_1`` in affine networks), see `release_names`.
    """
    shown = keras.Input(images.shape, dtype="uint8")
    make = _LayerFactory(network, seed)
    p = _prepare(network, images, seed)(shown)
    p = {"fcn": _fcn, "cnn": _cnn, "resnet18": _resnet}[network.arch](make, images.name, p)
    started = keras.initializers.VarianceScaling(
        (network.wide / network.gain) ** 2, "fan_avg", "uniform", seed=make.next_seed()
    )
    logits = keras.layers.Dense(10, kernel_initializer=started, name=READOUT)(p)
    if network.gain != 1:
        logits = keras.layers.Rescaling(network.gain, name="gain")(logits)
    return keras.Model(shown, logits, name=f"{network.variant}-{network.arch}".replace("-", "_"))


def release_names(model: keras.Model) -> tuple[str, ...]:
    """Return the names of the layers whose outputs are release probabilities, in order."""
    return tuple(one.name for one in model.layers if one.name.startswith(("release_", "relu_")))


class _LayerFactory:
    """Makes the layers of one network, each with its own seed; those that release are numbered."""

    def __init__(self, network: Architecture, seed: int):
        self.network, self._seed = network, seed
        self._seeds = iter(np.random.default_rng(seed).integers(0, 2**31 - 1, 1000).tolist())
        self._released = 0

    def next_seed(self) -> int:
        return next(self._seeds)

    def conductances(self, mean: float = 1.0) -> keras.initializers.Initializer:
        match self.network.start:
            case "even":
                return keras.initializers.RandomUniform(-1.0, 1.0, seed=self.next_seed())
            case "sparse":
                return SparseConductance(self.network.open, seed=self.next_seed())
            case "lognormal":
                return LogNormalConductance(self.network.spread, self.next_seed(), mean)
        return keras.initializers.GlorotUniform(seed=self.next_seed())

    def weights(self) -> keras.initializers.Initializer:
        return keras.initializers.GlorotUniform(seed=self.next_seed())

    def dense(self, units: int) -> Callable:
        """Return a dense layer, without BatchNorm or release."""
        network, units = self.network, self.network.sized(units)
        own = {"g_rest": network.g_rest, "e_rest": network.e_rest, "dtype": network.precision}
        match network.variant:
            case "affine" | "affine-bn":
                return keras.layers.Dense(units, kernel_initializer=self.weights(), dtype=network.precision)
            case "absnorm":
                return AbsNormDense(units, initializer=self.weights(), **own)
        layer = CWADense(units, initializer=self.conductances(), rule=network.rule, **own)
        if network.variant == "lateral":
            settings = {"initializer": self.conductances(), "rule": network.rule, "dtype": network.precision}
            return LateralInhibition(layer, network.interneurons, **settings)
        return layer

    def conv(self, filters: int, kernel: int, strides: int, mean: float = 1.0) -> Callable:
        """Return a convolution, without BatchNorm or release; ``mean`` is that of log-normal conductances."""
        network, filters = self.network, self.network.sized(filters)
        own = {"g_rest": network.g_rest, "e_rest": network.e_rest, "dtype": network.precision}
        match network.variant:
            case "affine" | "affine-bn":
                settings = {"kernel_initializer": self.weights(), "dtype": network.precision}
                return keras.layers.Conv2D(filters, kernel, strides, padding="same", **settings)
            case "absnorm":
                return AbsNormConv2D(filters, kernel, strides, initializer=self.weights(), **own)
        return CWAConv2D(filters, kernel, strides, initializer=self.conductances(mean), rule=network.rule, **own)

    def normed(self, z):
        """Return z, through BatchNorm if the variant has it."""
        if not self.network.variant.endswith("-bn"):
            return z
        if not self.network.conducting:
            return keras.layers.BatchNormalization()(z)
        # Potentials vary by a few hundredths: Keras' own epsilon, 0.001, would outweigh their variance, and an average
        # over a hundred steps, which starts at 1, would for epochs. Steps that suit logarithms of conductances are too
        # large for gains and offsets. The widest of 30,000 normal potentials should reach 1, where releases end.
        z = keras.layers.BatchNormalization(momentum=0.9, epsilon=1e-6, center=False, scale=False)(z)
        return keras.layers.Rescaling(0.25)(z)

    def release(self, z):
        """Return release probabilities for the next layer; in affine networks, rectified values."""
        self._released += 1
        if self.network.conducting:
            name = f"release_{self._released}"
            linear = self.network.release == "linear"
            if linear:
                return keras.layers.Rescaling(0.5, 0.5, name=name)(z)
            # Its own seed: first weights are the same whether releases fail or not.
            seed = int(np.random.default_rng((self._seed, self._released)).integers(2**31 - 1))
            return Release(self.network.leak, self.network.failure, seed, name=name)(z)
        return keras.layers.ReLU(name=f"relu_{self._released}")(z)


def _prepare(network: Architecture, images: ImageInput, seed: int) -> keras.Sequential:
    """Return section 4.1's input layers: images are moved, scaled and clipped; for affine BatchNorm, whitened."""
    colours = images.shape if len(images.shape) == 3 else (*images.shape, 1)
    steps = [keras.Input(images.shape, dtype="uint8"), keras.layers.Rescaling(1.0)]
    if images.augment == "affine":
        if len(images.shape) == 3:
            raise InvalidValueError("affine augmentation is for images (image, y, x); take flip-shift for colours")
        steps.append(Jitter(shift=2, turn=0.21, stretch=0.12, shear=0.12, seed=seed))
    steps.append(keras.layers.Reshape(colours))
    if images.augment in ("shift", "flip-shift"):
        flip = images.augment == "flip-shift"
        steps.append(Crops(4 if flip else 1, flip, seed=seed))
    if network.variant == "affine-bn":
        steps.append(keras.layers.Normalization(mean=images.mean, variance=images.variance))
    else:
        steps += [keras.layers.Rescaling((1 - network.lowest) / 255, network.lowest), keras.layers.ReLU()]
    if network.arch == "fcn":
        steps.append(keras.layers.Flatten())
    if network.conducting and network.variant != "absnorm":
        steps.append(Doubled())
    return keras.Sequential(steps, name="prepare")


def _fcn(make: _LayerFactory, name: str, p):
    for units in UNITS[name]:
        p = make.release(make.normed(make.dense(units)(p)))
    return p


def _cnn(make: _LayerFactory, name: str, p):
    """Use strides of 2 and no pooling, section 4.2."""
    for layer, filters in enumerate(FILTERS[name]):
        p = make.release(make.normed(make.conv(filters, make.network.kernel if layer else 5, 2)(p)))
    return keras.layers.Flatten()(p)


def _resnet(make: _LayerFactory, name: str, p):
    """Build ResNet-18 for small images; a block adds the potentials of its second convolution and its shortcut."""
    p = make.release(make.normed(make.conv(RESNET_FILTERS[0], 3, 1)(p)))
    for stage, filters in enumerate(RESNET_FILTERS):
        for block in range(2):
            strides = 2 if stage and not block else 1
            inner = make.release(make.normed(make.conv(filters, 3, strides)(p)))
            z = make.normed(make.conv(filters, 3, 1, make.network.branch)(inner))
            beside = make.normed(make.conv(filters, 1, strides)(p)) if strides == 2 else p
            p = make.release(keras.layers.Add()([z, beside]))
    return keras.layers.GlobalAveragePooling2D()(p)
