"""Recipes for networks of conductance neurons: an architecture for each data set, and how it is trained."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import keras

from spikenet.errors import InvalidValueError
from spikenet.experiments.experiment import Setup
from spikenet.papers.hodgkin_huxley_networks.architectures import Architecture
from spikenet.validate import check_share, check_whole

# Of networks with signed weights, which do not decay. Affine ones: the paper's, section 4.3. AbsNorm: best of 3e-4,
# 1e-3 and 3e-3 for CIFAR-10's dense network, after 3 epochs, on images held out.
_SIGNED_RATES = {"affine": 1e-3, "affine-bn": 1e-3, "absnorm": 3e-3}


@dataclass(frozen=True)
class ConductanceRecipe:
    """An architecture and its training with Adam and the paper's betas.

    Parameters
    ----------
    network : Architecture
        What is trained.
    rate : float
        Largest learning rate; it rises for the share ``warmup`` of the steps and then falls to a hundredth along half a
        cosine.
    epochs, batch : int
        Passes over the images, and images a step.
    augment : str
        How training images are moved, see ``AUGMENTATIONS``.
    decay : float
        Share by which each step shrinks the weights, as a multiple of the rate, except for biases and BatchNorm's:
        conductances go to 1 (their offsets or logarithms to 0) and kernels to 0.
    balance : int
        Number of training images over which the first conductances are balanced, see `balance_conductances`.
    """

    network: Architecture
    rate: float
    epochs: int
    batch: int = 512
    warmup: float = 0.1
    augment: str = "none"
    decay: float = 0.0
    balance: int = 0

    def __post_init__(self):
        check_whole(self.epochs, "epochs")
        check_whole(self.batch, "batch")
        check_whole(self.balance, "balance", least=0)
        check_share(self.warmup, "warmup", one=False)
        if not 0 < self.rate < float("inf"):
            raise InvalidValueError(f"rate is {self.rate}, wanted a number above 0")
        if not 0 <= self.decay < float("inf"):
            raise InvalidValueError(f"decay is {self.decay}, wanted a number from 0")
        if self.balance and self.network.variant in _SIGNED_RATES:
            raise InvalidValueError(
                f"{self.network.variant} networks have no conductances to balance; wanted balance 0"
            )

    def optimizer(self, n_images: int) -> keras.optimizers.Optimizer:
        """Return a new optimizer for that many images an epoch."""
        steps = self.epochs * -(-n_images // self.batch)
        rising = round(self.warmup * steps)
        start, top = (0.0, self.rate) if rising else (self.rate, None)
        rate = keras.optimizers.schedules.CosineDecay(
            start, steps - rising, 0.01, warmup_target=top, warmup_steps=rising
        )
        optimizer = keras.optimizers.Adam(rate, 0.9, 0.99, weight_decay=self.decay or None)
        optimizer.exclude_from_weight_decay(var_names=["bias", "gamma", "beta"])
        return optimizer

    def __str__(self) -> str:
        moved = "images as they are" if self.augment == "none" else f"images moved ({self.augment})"
        what = f"{self.network.variant} {self.network.arch}, rate {self.rate:g}"
        decay = f", decay {self.decay:g}" if self.decay else ""
        balance = f", balanced over {self.balance} images" if self.balance else ""
        return f"{what}{decay}{balance}, {self.epochs} epochs of {self.batch}, {moved}"


_DENSE = Architecture(precision="mixed_bfloat16")
_CONV = replace(Architecture("cnn"), e_rest=0.0, gain=1.0, leak=0.02)
LOGARITHMS: Mapping[str, str] = MappingProxyType({"start": "lognormal", "rule": "exponential"})
_SCALED = {**LOGARITHMS, "rule": "scaled"}
_WIDE = {"gain": 1.0, "wide": 1.0}  # for networks whose last layer varies by about 1, affine ones or with BatchNorm
# Chosen on training images held out, one seed each: MNIST to the end, CIFAR-10's dense network for 4 epochs, its CNN
# for 2 and then with a lower rate, its ResNet for 125 steps. MNIST's ResNet is a first guess.
RECIPES: Mapping[tuple[str, str], ConductanceRecipe] = MappingProxyType(
    {
        ("mnist", "fcn"): ConductanceRecipe(_DENSE, 3e-2, 20, augment="affine"),
        ("mnist", "cnn"): ConductanceRecipe(_CONV, 5e-2, 10, 128, augment="shift"),
        ("mnist", "resnet18"): ConductanceRecipe(
            replace(_CONV, arch="resnet18", width=0.25, start="sparse"), 3e-2, 8, 128, augment="shift"
        ),
        ("cifar10", "fcn"): ConductanceRecipe(
            replace(_DENSE, **_SCALED, spread=1.5, e_rest=0.0, gain=1.0), 6e-2, 70, augment="flip-shift", decay=0.005
        ),
        ("cifar10", "cnn"): ConductanceRecipe(
            replace(_CONV, **_SCALED), 3e-2, 60, 128, augment="flip-shift", decay=0.01
        ),
        ("cifar10", "resnet18"): ConductanceRecipe(
            replace(_CONV, **_SCALED, arch="resnet18", width=0.25, branch=1e-3, gain=3.0, wide=1.0),
            6e-2,
            24,
            128,
            augment="flip-shift",
            decay=0.005,
            balance=256,
        ),
    }
)


def choose_recipe(
    name: str, setup: Setup, adapt: Callable[[ConductanceRecipe], ConductanceRecipe] = lambda recipe: recipe
) -> ConductanceRecipe:
    """Return the recipe for data set ``name`` and the options of the setup.

    Option ``recipe`` holds changes, ``"rate=0.01 network.leak=0.1"``, which are made after those of ``adapt``. Networks
    with signed weights have their own rates, no decay and no balance, whatever ``adapt`` returns; affine ones and those
    with BatchNorm have no gain. Raises InvalidValueError for what cannot be.
    """
    options = setup.options
    if (name, options["arch"]) not in RECIPES:
        known = sorted(arch for data, arch in RECIPES if data == name)
        raise InvalidValueError(f"unknown arch {options['arch']!r}; there are {', '.join(known)}")
    recipe = adapt(RECIPES[name, options["arch"]])
    network = replace(recipe.network, variant=options["variant"])
    if network.variant == "cwa-bn" or not network.conducting:
        network = replace(network, **_WIDE)
    signed = network.variant in _SIGNED_RATES
    own = {"rate": _SIGNED_RATES[network.variant], "decay": 0.0, "balance": 0} if signed else {}
    recipe = replace(recipe, network=network, **own)
    recipe = _changed(recipe, options["recipe"])
    return replace(recipe, epochs=int(options["epochs"])) if options["epochs"] else recipe


def _changed(recipe: ConductanceRecipe, changes: str) -> ConductanceRecipe:
    """Make all changes at once, so that only the result has to be consistent."""
    own, network = {}, {}
    for change in changes.split():
        place, equals, text = change.partition("=")
        inside = place.startswith("network.")
        whole, name = (recipe.network if inside else recipe), place.removeprefix("network.")
        if not equals or name not in whole.__dataclass_fields__ or name in ("network", "arch", "variant"):
            names = [*(f for f in recipe.__dataclass_fields__ if f != "network")]
            names += [f"network.{f}" for f in recipe.network.__dataclass_fields__]
            raise InvalidValueError(f"recipe has {change!r}; wanted NAME=VALUE with NAME one of {', '.join(names)}")
        kind = type(getattr(whole, name))
        try:
            (network if inside else own)[name] = kind(text)
        except ValueError:
            raise InvalidValueError(
                f"recipe has {change!r}; wanted a {kind.__name__}, like {getattr(whole, name)!r}"
            ) from None
    return replace(recipe, **own, network=replace(recipe.network, **network))
