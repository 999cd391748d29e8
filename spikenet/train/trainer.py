"""The outer training loop, for full control over each epoch and for layers that run simulations."""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

import keras
import numpy as np

from spikenet.errors import InvalidTypeError, InvalidValueError, TrainingError
from spikenet.progress import Progress
from spikenet.train.checkpoints.checkpoint import TrainingIdentity, TrainingState
from spikenet.train.checkpoints.fingerprint import fingerprint
from spikenet.train.checkpoints.store import open_store
from spikenet.train.checkpoints.variables import describe, find_not_finite, read_values, write_values
from spikenet.train.epochs import EpochRunner, explain_errors
from spikenet.train.guard import Guard, make_activity_monitor, scaled_learning_rate
from spikenet.train.history import Epoch, History
from spikenet.train.labelled_images import LabelledImages, split
from spikenet.train.loss_monitor import LossMonitor
from spikenet.train.objective import find_loss
from spikenet.train.requirements import (
    check_folder,
    check_model,
    check_outputs,
    check_validation,
    find_optimizer,
)
from spikenet.train.steps import StepFunctions, make_predict, make_train_step, probe
from spikenet.train.tensorboard import scalar_writer
from spikenet.validate import check_seed, check_whole


@dataclass(frozen=True, eq=False)
class Trainer:
    """Trains a built Keras model on images with labels; every epoch is judged and can be returned to.

    The model takes (image, ...) and gives (image, class) or (image, instant, class). In the latter case each instant
    has its image's label, and an image gets the class that most instants vote for (the lower of equals).

    ``optimizer`` is a Keras optimizer or its name; an object goes on from where it stands, as with ``fit`` of Keras.
    ``loss`` is a Keras loss, its name, or a function of (labels, outputs); Keras' own losses but the sparse ones are
    given one-hot labels, functions of yours whole numbers. ``validation`` is the part of the training images that is
    held out (each class keeps its share), or a pair (images, labels). With ``patience``, training ends when so many
    epochs in a row were no better on the validation images, and the model is given the best epoch's weights.
    ``checkpoints`` and ``tensorboard`` are folders. A ``guard`` undoes epochs after which its last layer is silent.
    Errors: InvalidValueError, InvalidTypeError.
    """

    model: keras.Model
    optimizer: str | keras.optimizers.Optimizer = "adam"
    loss: str | Callable = "sparse_categorical_crossentropy"
    batch: int = 256
    seed: int = 0
    validation: float | Sequence[np.ndarray] | None = 0.1
    patience: int | None = None
    checkpoints: str | os.PathLike | None = None
    tensorboard: str | os.PathLike | None = None
    guard: Guard | None = None

    def __post_init__(self):
        check_whole(self.batch, "batch")
        check_seed(self.seed)
        check_folder("checkpoints", self.checkpoints)
        check_folder("tensorboard", self.tensorboard)
        check_whole(self.patience, "patience", optional=True)
        check_validation(self.validation, self.patience)
        if not isinstance(self.guard, Guard | None):
            raise InvalidTypeError(f"the guard is {self.guard!r}, wanted a sn.train.Guard or None")
        find_optimizer(self.optimizer)
        find_loss(self.loss)

    def fit(self, images, labels, epochs: int = 10, resume: bool = False, progress=None) -> History:
        """Train until ``epochs`` epochs are done, those before a resumption included.

        ``images`` (image, ...) finite numbers, ``labels`` (image,) whole numbers. ``resume`` goes on from the newest
        checkpoint, to the very weights that an uninterrupted training reaches. ``progress`` is told the part that is
        done; without it, a bar shows the time left. If training ends with an error, the model has the weights of the
        last whole epoch. Errors: InvalidValueError, InvalidTypeError, CheckpointError, TrainingError.
        """
        check_whole(epochs, "epochs")
        if resume and self.checkpoints is None:
            raise InvalidValueError("resume=True wants the folder of the checkpoints; give checkpoints to the Trainer")
        check_model(self.model)
        parts = split(LabelledImages(images, labels), self.validation, self.seed)
        optimizer, loss = find_optimizer(self.optimizer), find_loss(self.loss)
        optimizer.build(self.model.trainable_variables)
        identity = self._identity(optimizer, loss, parts)
        with ExitStack() as stack:
            shown = stack.enter_context(Progress("training", progress))
            store = stack.enter_context(open_store(self.checkpoints))
            state = store.begin(identity, resume=resume)
            watched = None
            if self.guard:
                look = make_activity_monitor(self.model, self.guard, parts[0].images, self.batch)
                watched = _ActiveGuard(self.guard, look, stack.enter_context(scaled_learning_rate(optimizer)))
            rounds = self._prepare(optimizer, loss, parts)
            tell = stack.enter_context(scalar_writer(self.tensorboard))
            run = _TrainingRun(self, optimizer, rounds, lambda state: store.write(state, identity), tell, watched)
            return run.to(epochs, state, shown)

    def _prepare(self, optimizer, loss: Callable, parts: tuple[LabelledImages, LabelledImages | None]) -> EpochRunner:
        """The epochs to come, checked by what the model says to the first images."""
        training, held = parts
        images = training.images[: self.batch]
        try:
            look = make_predict(self.model, images)
            with explain_errors("the first images"):
                outputs = probe(self.model, look, images)
        except ValueError as error:
            raise InvalidValueError(f"the model cannot take images {images.shape[1:]}: {error}") from error
        n_classes = check_outputs(outputs, len(images), loss)
        for examples in filter(None, parts):
            examples.check_classes(n_classes)
        try:
            train = make_train_step(self.model, optimizer, loss, images)
        except ValueError as error:  # such as an optimizer that was built for another model
            raise InvalidValueError(f"loss or optimizer do not fit the model: {error}") from error
        return EpochRunner(StepFunctions(train, look), training, held, self.batch, self.seed, n_classes)

    def _identity(
        self, optimizer, loss: Callable, parts: tuple[LabelledImages, LabelledImages | None]
    ) -> TrainingIdentity:
        if self.checkpoints is None:
            return TrainingIdentity({}, (), ())
        data = dict(zip(("training", "validation"), parts, strict=True))
        own = {"batch": self.batch, "seed": self.seed, "patience": self.patience}
        own |= {"guard": self.guard} if self.guard else {}
        settings = fingerprint(optimizer, loss, data, **own)
        return TrainingIdentity(settings, tuple(describe(self.model.variables)), tuple(describe(optimizer.variables)))


@dataclass(frozen=True, eq=False)
class _ActiveGuard:
    """A guard at work: ``look`` gives the activity of its layers, ``slow`` sets a factor on the learning rate."""

    guard: Guard
    look: Callable[[], tuple[float, ...]]
    slow: Callable[[float], None]

    def slow_after(self, history: History) -> None:
        """The learning rate that is due after so many collapses."""
        self.slow(self.guard.factor ** len(history.collapses))


@dataclass(frozen=True, eq=False)
class _TrainingRun:
    """One call of `Trainer.fit`, after all checks."""

    trainer: Trainer
    optimizer: keras.optimizers.Optimizer
    epochs: EpochRunner
    keep: Callable[[TrainingState], None]
    tell: Callable[[Epoch], None]
    watched: _ActiveGuard | None

    def to(self, last: int, state: TrainingState | None, shown: Progress) -> History:
        """Go on from ``state`` until ``last`` epochs are done or patience is over."""
        model, patience = self.trainer.model, self.trainer.patience
        state = (
            self._resumed(state, last)
            if state
            else TrainingState(History(), None, read_values(model.variables), [], [])
        )
        monitor = LossMonitor(state.first_loss)
        try:
            while len(state.history.epochs) < last and not state.history.impatient(patience):
                done = len(state.history.epochs)
                state = self._guarded(state, monitor, shown.part(done / last, (done + 1) / last))
                self.keep(state)
                self.tell(state.history.epochs[-1])
        except BaseException:
            write_values(model.variables, state.model)
            raise
        shown.at(1.0)
        history = replace(state.history, stopped_early=len(state.history.epochs) < last)
        if patience is None:
            return history
        write_values(model.variables, state.best)
        return replace(history, restored=history.best.epoch)

    def _resumed(self, state: TrainingState, last: int) -> TrainingState:
        done = state.history.epochs[-1]
        if last < done.epoch:
            raise InvalidValueError(f"epochs is {last}, but {done.epoch} are done; give at least as many")
        write_values(self.trainer.model.variables, state.model)
        write_values(self.optimizer.variables, state.optimizer)
        self.tell(done)  # again, in case the process was killed between the checkpoint and this
        return state

    def _guarded(self, before: TrainingState, monitor: LossMonitor, part: Progress) -> TrainingState:
        """The state after an epoch that left no layer silent."""
        if self.watched is None:
            return self._after_epoch(before, monitor, part)
        optimizer = read_values(self.optimizer.variables)
        for _ in range(self.watched.guard.tries + 1):
            self.watched.slow_after(before.history)
            state = self._after_epoch(before, monitor, part, self.watched.look)
            epoch = state.history.epochs[-1]
            if not self.watched.guard.silent(epoch.activity):
                return state
            write_values(self.trainer.model.variables, before.model)
            write_values(self.optimizer.variables, optimizer)
            collapses = (*before.history.collapses, epoch.epoch)
            before = replace(before, history=replace(before.history, collapses=collapses))
        raise TrainingError(
            f"layer {self.watched.guard.layers[-1]} is silent after epoch {epoch.epoch} ({epoch.activity[-1]:.2%} of "
            f"its outputs are above zero), {len(collapses)} collapses in all; the model has the weights of epoch "
            f"{epoch.epoch - 1} again. Start from more open channels, with a lower learning rate or a leak"
        )

    def _after_epoch(self, before: TrainingState, monitor: LossMonitor, part: Progress, look=None) -> TrainingState:
        model, number = self.trainer.model, len(before.history.epochs) + 1
        start = time.monotonic()
        loss, accuracy = self.epochs.train(number, monitor, part.at)
        if path := find_not_finite(model.variables):
            raise TrainingError(
                f"{path} holds a NaN or an infinity after epoch {number}; the model has the weights of epoch "
                f"{number - 1} again. Lower the learning rate, or clip the gradients (clipnorm)"
            )
        judged, by_class = self.epochs.validate(number, part.at)
        rate, activity = float(self.optimizer.learning_rate), look() if look else ()
        epoch = Epoch(number, loss, accuracy, judged, by_class, rate, time.monotonic() - start, activity)
        history = replace(before.history, epochs=(*before.history.epochs, epoch))
        values = read_values(model.variables)
        best = values if history.best is epoch else before.best
        return TrainingState(history, monitor.first, values, read_values(self.optimizer.variables), best)
