"""How the networks of conductance neurons are trained: recipes, the training, and what is measured of it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import keras
import numpy as np

from spikenet.data import Dataset, load_dataset
from spikenet.data.split import choose, shares
from spikenet.errors import InvalidValueError, TrainingError
from spikenet.experiments.experiment import Desk, Setup
from spikenet.layers import balance_conductances
from spikenet.papers.bogatenko2023.ann import classify
from spikenet.papers.hodgkin_huxley_networks.networks import Images, Network, build_cwa, release_names
from spikenet.train import Guard, Trainer

# Of networks whose weights have either sign, which do not decay. Affine ones: the paper's, section 4.3. AbsNorm: best
# of 3e-4, 1e-3, 3e-3 for CIFAR-10's dense network, after 3 epochs, on images held out.
_RATES = {"affine": 1e-3, "affine-bn": 1e-3, "absnorm": 3e-3}


@dataclass(frozen=True)
class Recipe:
    """A network and its training: Adam with the paper's betas, the rate rising for ``warmup`` of the steps and then
    falling to a hundredth along half a cosine.

    Each step shrinks the weights by ``decay`` times the rate, biases and BatchNorm's excepted: conductances go to 1
    (their offsets or logarithms to 0), where no input tells more than another, and kernels to 0. With ``balance``,
    first conductances are balanced over so many training images, see `balance_conductances`.
    """

    network: Network
    rate: float
    epochs: int
    batch: int = 512
    warmup: float = 0.1
    augment: str = "none"
    decay: float = 0.0
    balance: int = 0

    def __post_init__(self):
        for name in ("epochs", "batch"):
            if getattr(self, name) < 1:
                raise InvalidValueError(f"{name} is {getattr(self, name)}, wanted at least 1")
        if not (0 < self.rate < float("inf") and 0 <= self.warmup < 1):
            raise InvalidValueError(f"rate {self.rate}, warmup {self.warmup}; wanted a rate above 0, a share below 1")
        if not 0 <= self.decay < float("inf"):
            raise InvalidValueError(f"decay is {self.decay}, wanted a number from 0")
        if self.balance < 0:
            raise InvalidValueError(f"balance is {self.balance}, wanted a number of images, 0 for none")
        if self.balance and self.network.variant in _RATES:
            raise InvalidValueError(
                f"{self.network.variant} networks have no conductances to balance; wanted balance 0"
            )

    def optimizer(self, n_images: int) -> keras.optimizers.Optimizer:
        """A new one, for that many images an epoch."""
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


_DENSE = Network(precision="mixed_bfloat16")
_CONV = replace(Network("cnn"), e_rest=0.0, gain=1.0, leak=0.02)
LOGARITHMS: Mapping[str, str] = MappingProxyType({"start": "lognormal", "rule": "exponential"})
_SCALED = {**LOGARITHMS, "rule": "scaled"}
_WIDE = {"gain": 1.0, "wide": 1.0}  # of networks whose last layer varies by about 1, affine or through BatchNorm
# Looked at on training images held out, one seed each: MNIST to the end, CIFAR-10's dense network for 4 epochs, its CNN
# for 2, with a lower rate then, as a longer training wants, its ResNet for 125 steps. MNIST's ResNet is a first guess.
RECIPES: Mapping[tuple[str, str], Recipe] = MappingProxyType(
    {
        ("mnist", "fcn"): Recipe(_DENSE, 3e-2, 20, augment="affine"),
        ("mnist", "cnn"): Recipe(_CONV, 5e-2, 10, 128, augment="shift"),
        ("mnist", "resnet18"): Recipe(
            replace(_CONV, arch="resnet18", width=0.25, start="sparse"), 3e-2, 8, 128, augment="shift"
        ),
        ("cifar10", "fcn"): Recipe(
            replace(_DENSE, **_SCALED, spread=1.5, e_rest=0.0, gain=1.0), 6e-2, 70, augment="flip-shift", decay=0.005
        ),
        ("cifar10", "cnn"): Recipe(replace(_CONV, **_SCALED), 3e-2, 60, 128, augment="flip-shift", decay=0.01),
        ("cifar10", "resnet18"): Recipe(
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
CONDUCTANCE_OPTIONS: Mapping[str, object] = MappingProxyType(
    {"arch": "fcn", "variant": "cwa", "epochs": 0, "held": 5000, "test": 1, "images": 0, "recipe": ""}
)
_HELD_SEED = 0


def recipe_of(name: str, setup: Setup, adapt: Callable[[Recipe], Recipe] = lambda recipe: recipe) -> Recipe:
    """The recipe for data set ``name`` and the options of the setup.

    ``recipe`` holds changes, ``"rate=0.01 network.leak=0.1"``, which come after those of ``adapt``. Networks whose
    weights are of either sign have their own rates, no decay and no balance, whatever ``adapt`` says; affine
    ones and those with BatchNorm no gain. Errors: InvalidValueError.
    """
    options = setup.options
    if (name, options["arch"]) not in RECIPES:
        known = sorted(arch for data, arch in RECIPES if data == name)
        raise InvalidValueError(f"unknown arch {options['arch']!r}; there are {', '.join(known)}")
    recipe = adapt(RECIPES[name, options["arch"]])
    network = replace(recipe.network, variant=options["variant"])
    if network.variant == "cwa-bn" or not network.conducting:
        network = replace(network, **_WIDE)
    signed = network.variant in _RATES
    own = {"rate": _RATES[network.variant], "decay": 0.0, "balance": 0} if signed else {}
    recipe = replace(recipe, network=network, **own)
    recipe = _changed(recipe, options["recipe"])
    return replace(recipe, epochs=int(options["epochs"])) if options["epochs"] else recipe


def _changed(recipe: Recipe, changes: str) -> Recipe:
    """All changes at once: in whatever order they are given, only what comes of them has to fit together."""
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


@dataclass(frozen=True, eq=False)
class Parts:
    """Images to train on, to judge every epoch by (perhaps none), and to test with (none while searching)."""

    train: Dataset
    held: tuple[np.ndarray, np.ndarray] | None
    test: tuple[np.ndarray, np.ndarray] | None

    @property
    def judged(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Images and labels by the name of their part."""
        return {name: pair for name, pair in (("held out", self.held), ("test", self.test)) if pair}


def parts_for(name: str, setup: Setup) -> Parts:
    """The data set in the size of the setup, divided as its options want.

    ``held`` training images are held out; ``test=0`` leaves the test images alone, for a search; ``images`` takes
    only so many of the training and of the test images. Errors: InvalidValueError.
    """
    data, held, images = load_dataset(name, setup.data), int(setup.options["held"]), int(setup.options["images"])
    if images:
        rng = np.random.default_rng(_HELD_SEED)
        train, test = (choose(y, shares(y, min(images, len(y))), rng) for y in (data.y_train, data.y_test))
        few = {"x_train": data.x_train[train], "y_train": data.y_train[train]}
        data = replace(data, **few, x_test=data.x_test[test], y_test=data.y_test[test])
    tested = (data.x_test, data.y_test) if setup.options["test"] else None
    if not held:
        return Parts(data, None, tested)
    data = data.split_validation(min(held, len(data.x_train) // 5), _HELD_SEED)
    return Parts(data, (data.x_test, data.y_test), tested)


@dataclass(frozen=True, eq=False)
class Trained:
    """A trained network, its epochs as plain JSON, and the per cent of each judged part that it recognises."""

    model: keras.Model = field(repr=False)
    history: dict
    right: dict[str, float]

    def course(self, name: str) -> np.ndarray:
        """A number of every epoch, (epoch,) or (epoch, layer); not a number where there is none."""
        return np.array([epoch[name] for epoch in self.history["epochs"]], float)


def keep_cwa(  # noqa: PLR0913 (two of them are rarely given)
    desk: Desk, recipe: Recipe, parts: Parts, seed: int, key: str = "", guarded: bool = True
) -> Trained:
    """A network trained once a run; a resumed run finds it, or goes on from its last whole epoch.

    The last epoch's network is the result, in single precision whatever it was trained in; the test images are looked
    at once, after it. ``key`` names the recipe where a run has several of one network; a network that is not
    ``guarded`` may fall silent. Errors: TrainingError for a collapse, and for what another recipe has trained.
    """
    images = Images.of(parts.train.name, parts.train.x_train, recipe.augment)
    model = build_cwa(recipe.network, images, seed)
    key = f"{key or f'{recipe.network.variant} {recipe.network.arch}'}, seed {seed}"
    guard = Guard(release_names(model), **({} if guarded else {"least": 0.0}))
    wanted = f"{recipe}; {recipe.network}"
    found = desk.keep(key, lambda: {"recipe": wanted} | _train(desk, model, recipe, parts, _Lesson(key, seed, guard)))
    if found.get("recipe", wanted) != wanted:
        raise TrainingError(f"{key}: this run was begun with {found['recipe']}; wanted {wanted}: begin a new one")
    if recipe.network.precision != "float32":
        model = build_cwa(replace(recipe.network, precision="float32"), images, seed)
    model.set_weights(found["weights"])
    right = {name: 100 * float(np.mean(classify(model, x) == y)) for name, (x, y) in parts.judged.items()}
    return Trained(model, found["history"], right)


@dataclass(frozen=True)
class _Lesson:
    key: str
    seed: int
    guard: Guard


def _train(desk: Desk, model: keras.Model, recipe: Recipe, parts: Parts, lesson: _Lesson) -> dict:
    folder = desk.checkpoints(lesson.key)
    images, labels = parts.train.x_train, parts.train.y_train
    if recipe.balance:
        balance_conductances(model, images[: recipe.balance])
    trainer = Trainer(
        model,
        recipe.optimizer(len(images)),
        keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        recipe.batch,
        lesson.seed,
        parts.held,
        checkpoints=folder,
        tensorboard=folder / "tensorboard",
        guard=lesson.guard,
    )
    resume = any(folder.glob("epoch-*.npz"))
    with desk.progress(f"{lesson.key}: {recipe}", recipe.epochs) as progress:
        history = trainer.fit(images, labels, recipe.epochs, resume=resume, progress=progress.at)
    return {"history": json.loads(history.to_json()), "weights": model.get_weights()}
