"""Train Keras models epoch by epoch, also with layers that run simulations."""

import os
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

import keras
import numpy as np

from spikenet.errors import InvalidTypeError, InvalidValueError, TrainingError
from spikenet.layers.keras_internals import released_gradients
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
    """Train a built Keras model on labelled images, with or without simulations in its layers.

    The training accuracy, the validation accuracy and the learning rate of each epoch are kept in a `History`. If the
    model has outputs at several instants, each instant is trained with the label of its image, and the image gets the
    class that most instants vote for (the lower one in a tie).

    Parameters
    ----------
    model : keras.Model
        Maps images (image, ...) to outputs (image, class) or (image, instant, class). It must be built.
    optimizer : keras.optimizers.Optimizer or str
        Optimizer or its name. An optimizer that was used before continues from its present state.
    loss : keras.losses.Loss, str or callable
        Loss, its name, or a function of (labels, outputs). Losses of Keras get the kind of labels that they need
        (one-hot or whole numbers); functions of your own get whole numbers.
    batch : int
        Images in each training step.
    seed : int
        Fixes the order of the images and the choice of the validation images, 0 to 2**32 - 1.
    validation : float, (images, labels) or None
        Share of the training images to hold out, from 0 to below 1, with the same share of each class; or separate
        validation data, images (image, ...) and labels (image,).
    patience : int, optional
        Stop when this many epochs in a row have not improved the validation accuracy, and restore the weights of the
        best epoch. If given, the weights of the best epoch are restored in any case.
    checkpoints : path, optional
        Folder for checkpoints, one after each epoch; the last two are kept.
    tensorboard : path, optional
        Folder for TensorBoard's event files.
    guard : Guard, optional
        Undoes epochs after which a layer is silent.

    Raises
    ------
    InvalidValueError, InvalidTypeError
        If a setting cannot be used.

    Examples
    --------
    >>> import keras
    >>> import numpy as np
    >>> import spikenet as sn
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2, "softmax")])
    >>> images, labels = np.eye(4, dtype="float32"), np.array([0, 1, 0, 1])
    >>> history = sn.Trainer(model, batch=2, validation=0).fit(images, labels, epochs=3, progress=sn.progress.silent)
    >>> [epoch.epoch for epoch in history.epochs]
    [1, 2, 3]
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
        check_folder(self.checkpoints, "checkpoints")
        check_folder(self.tensorboard, "tensorboard")
        check_whole(self.patience, "patience", optional=True)
        check_validation(self.validation, self.patience)
        if not isinstance(self.guard, Guard | None):
            raise InvalidTypeError(f"the guard is {self.guard!r}, wanted a sn.train.Guard or None")
        find_optimizer(self.optimizer)
        find_loss(self.loss)

    def fit(self, images, labels, epochs: int = 10, resume: bool = False, progress=None) -> History:
        """Train until ``epochs`` epochs are done, and return the history of all of them.

        If the training ends with an error, the model has the weights of the last complete epoch.

        Parameters
        ----------
        images : array (image, ...)
            Finite numbers, in the shape of the model's input.
        labels : array (image,)
            Class of each image, a whole number from 0.
        epochs : int
            Number of epochs in all, including those before a resumed training.
        resume : bool
            Continue from the newest checkpoint. The final weights are those of an uninterrupted training, bit by bit.
        progress : callable, optional
            Called with the part of the training that is done, from 0 to 1. Without it, a progress bar is shown.

        Returns
        -------
        History
            Loss, accuracy and more of each epoch.

        Raises
        ------
        InvalidValueError, InvalidTypeError
            If the model, the images or the labels cannot be used. Nothing has been trained then.
        CheckpointError
            If checkpoints cannot be read or written, or belong to another training.
        TrainingError
            If the loss or a weight is not finite, a simulation fails, or a layer stays silent.
        """
        check_whole(epochs, "epochs")
        if resume and self.checkpoints is None:
            raise InvalidValueError("resume=True wants the folder of the checkpoints; give checkpoints= to the Trainer")
        check_model(self.model)
        parts = split(LabelledImages(images, labels), self.validation, self.seed)
        optimizer, loss = find_optimizer(self.optimizer), find_loss(self.loss)
        optimizer.build(self.model.trainable_variables)
        identity = self._identity(optimizer, loss, parts)
        with ExitStack() as stack:
            shown = stack.enter_context(Progress("training", progress))
            store = stack.enter_context(open_store(self.checkpoints))
            state = store.begin(identity, resume=resume)
            active = None
            if self.guard:
                measure = make_activity_monitor(self.model, self.guard, parts[0].images, self.batch)
                active = _ActiveGuard(self.guard, measure, stack.enter_context(scaled_learning_rate(optimizer)))
            stack.enter_context(released_gradients())
            rounds = self._prepare(optimizer, loss, parts)
            log = stack.enter_context(scalar_writer(self.tensorboard))
            run = _TrainingRun(self, optimizer, rounds, lambda state: store.write(state, identity), log, active)
            return run.to(epochs, state, shown)

    def _prepare(self, optimizer, loss: Callable, parts: tuple[LabelledImages, LabelledImages | None]) -> EpochRunner:
        """Return what runs the epochs, after a check of the model's outputs for the first images."""
        training, held = parts
        images = training.images[: self.batch]
        try:
            predict = make_predict(self.model, images)
            with explain_errors("the first images"):
                outputs = probe(self.model, predict, images)
        except ValueError as error:
            raise InvalidValueError(f"the model cannot take images {images.shape[1:]}: {error}") from error
        n_classes = check_outputs(outputs, len(images), loss)
        for examples in filter(None, parts):
            examples.check_classes(n_classes)
        try:
            train = make_train_step(self.model, optimizer, loss, images)
        except ValueError as error:  # such as an optimizer that was built for another model
            raise InvalidValueError(f"the loss or the optimizer does not fit the model: {error}") from error
        return EpochRunner(StepFunctions(train, predict), training, held, self.batch, self.seed, n_classes)

    def _identity(
        self, optimizer, loss: Callable, parts: tuple[LabelledImages, LabelledImages | None]
    ) -> TrainingIdentity:
        if self.checkpoints is None:
            return TrainingIdentity({}, (), ())
        data = dict(zip(("training", "validation"), parts, strict=True))
        own = {"batch": self.batch, "seed": self.seed, "patience": self.patience}
        own |= {"guard": self.guard} if self.guard else {}
        settings = fingerprint(self.model, optimizer, loss, data, **own)
        return TrainingIdentity(settings, tuple(describe(self.model.variables)), tuple(describe(optimizer.variables)))


@dataclass(frozen=True, eq=False)
class _ActiveGuard:
    """A guard during a training: ``measure`` returns the activity of its layers, ``slow`` scales the learning rate."""

    settings: Guard
    measure: Callable[[], tuple[float, ...]]
    slow: Callable[[float], None]

    def slow_after(self, history: History) -> None:
        """Lower the learning rate once for each collapse in ``history``."""
        self.slow(self.settings.factor ** len(history.collapses))


@dataclass(frozen=True, eq=False)
class _TrainingRun:
    """One call of `Trainer.fit`, after all checks. ``keep`` writes a checkpoint, ``log`` an epoch for TensorBoard."""

    trainer: Trainer
    optimizer: keras.optimizers.Optimizer
    epochs: EpochRunner
    keep: Callable[[TrainingState], None]
    log: Callable[[Epoch], None]
    guard: _ActiveGuard | None

    def to(self, last: int, state: TrainingState | None, shown: Progress) -> History:
        """Train from ``state`` until ``last`` epochs are done or the patience ends."""
        model, patience = self.trainer.model, self.trainer.patience
        if state is None:
            state = TrainingState(History(), None, read_values(model.variables), [], [])
        else:
            state = self._resumed(state, last)
        monitor = LossMonitor(state.first_loss)
        try:
            while len(state.history.epochs) < last and not state.history.impatient(patience):
                done = len(state.history.epochs)
                state = self._guarded(state, monitor, shown.part(done / last, (done + 1) / last))
                self.keep(state)
                self.log(state.history.epochs[-1])
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
            raise InvalidValueError(f"epochs is {last}, but {done.epoch} are done; give at least {done.epoch}")
        write_values(self.trainer.model.variables, state.model)
        write_values(self.optimizer.variables, state.optimizer)
        self.log(done)  # again, in case the process was killed between the checkpoint and this
        return state

    def _guarded(self, before: TrainingState, monitor: LossMonitor, part: Progress) -> TrainingState:
        """Return the state after an epoch that left no layer silent; undo and repeat epochs until then."""
        if self.guard is None:
            return self._after_epoch(before, monitor, part)
        optimizer = read_values(self.optimizer.variables)
        for _ in range(self.guard.settings.tries + 1):
            self.guard.slow_after(before.history)
            state = self._after_epoch(before, monitor, part, self.guard.measure)
            epoch = state.history.epochs[-1]
            if not self.guard.settings.silent(epoch.activity):
                return state
            write_values(self.trainer.model.variables, before.model)
            write_values(self.optimizer.variables, optimizer)
            collapses = (*before.history.collapses, epoch.epoch)
            before = replace(before, history=replace(before.history, collapses=collapses))
        raise TrainingError(
            f"layer {self.guard.settings.layers[-1]} is silent after epoch {epoch.epoch} ({epoch.activity[-1]:.2%} of "
            f"its outputs are above zero), after {len(collapses)} collapses; the model has the weights of epoch "
            f"{epoch.epoch - 1} again. Start with larger weights, a lower learning rate or a leak"
        )

    def _after_epoch(self, before: TrainingState, monitor: LossMonitor, part: Progress, measure=None) -> TrainingState:
        model, number = self.trainer.model, len(before.history.epochs) + 1
        start = time.monotonic()
        loss, accuracy = self.epochs.train(number, monitor, part.at)
        if path := find_not_finite(model.variables):
            raise TrainingError(
                f"{path} holds a NaN or an infinity after epoch {number}; the model has the weights of epoch "
                f"{number - 1} again. Lower the learning rate, or clip the gradients (clipnorm)"
            )
        judged, by_class = self.epochs.validate(number, part.at)
        rate, activity = float(self.optimizer.learning_rate), measure() if measure else ()
        epoch = Epoch(number, loss, accuracy, judged, by_class, rate, time.monotonic() - start, activity)
        history = replace(before.history, epochs=(*before.history.epochs, epoch))
        values = read_values(model.variables)
        best = values if history.best is epoch else before.best
        return TrainingState(history, monitor.first, values, read_values(self.optimizer.variables), best)
