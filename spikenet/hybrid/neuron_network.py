"""The verbs that every network with neurons has: predict, evaluate, verify, record, logits and logits over time."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping

import numpy as np

from spikenet.decode import decode_dwell_logits, low_pass
from spikenet.errors import InvalidValueError
from spikenet.hybrid.evaluation import Evaluation
from spikenet.hybrid.verification import Verification
from spikenet.recording import Recording
from spikenet.renames import renamed_arguments
from spikenet.validate import check_labels


class NeuronNetwork(ABC):
    """A Keras network in which Brian2 neurons stand in for some layers."""

    @property
    @abstractmethod
    def layers(self) -> tuple[str, ...]:
        """Names of the layers that are neurons, in order."""

    @property
    @abstractmethod
    def decoders(self) -> tuple[str, ...]:
        """Names of the decoders that this network can have; the first one is its own."""

    @property
    @abstractmethod
    def sample_dt(self) -> float:
        """Time between two logits in s."""

    def predict(
        self,
        images,
        decode: str | None = None,
        *,
        smooth=0.0,
        progress: Callable[[float], None] | None = None,
    ) -> np.ndarray:
        """Return the class of each image.

        Parameters
        ----------
        images : array, (image, ...)
            As the Keras model takes them.
        decode : str, optional
            One of ``decoders``, the network's own if left out. "dwell" gives the class that wins for the longest time,
            "mean" the one that wins on average over time.
        smooth : quantity, str or float
            Time constant of a low-pass filter of the logits, with the decoder "dwell".
        progress : callable, optional
            Called with the part that is done, from 0 to 1. Without it a bar is shown after two seconds.

        Returns
        -------
        ndarray, (image,) int

        Raises
        ------
        InvalidValueError, InvalidTypeError
            For images that the network cannot take, and for a decoder that it cannot have.
        """
        return self._classes(self._check_images(images), decode, smooth, progress)

    def evaluate(
        self,
        images,
        labels,
        decode: str | None = None,
        *,
        smooth=0.0,
        progress: Callable[[float], None] | None = None,
    ) -> Evaluation:
        """Return the share of images that get their label, of all and of each class.

        Parameters
        ----------
        images : array, (image, ...)
            As the Keras model takes them.
        labels : array, (image,) int
            From 0 to the number of classes less 1.
        decode, smooth, progress
            As in `predict`.

        Returns
        -------
        Evaluation

        Raises
        ------
        InvalidValueError, InvalidTypeError
            As in `predict`, and for what is no label for each image.
        """
        images, n_classes = self._check_images(images), self._count_classes()
        labels = check_labels(labels, len(images), n_classes)
        return Evaluation.of_classes(self._classes(images, decode, smooth, progress), labels, n_classes)

    def verify(self, images, *, progress: Callable[[float], None] | None = None) -> Verification:
        """Compare the neurons and the logits with those of the Keras network.

        Parameters
        ----------
        images : array, (image, ...)
            As the Keras model takes them.
        progress : callable, optional
            As in `predict`.

        Returns
        -------
        Verification
        """
        self._count_classes()
        return self._verify(self._check_images(images), progress)

    @renamed_arguments(keep="record", output="variable")
    def record(
        self,
        images,
        layers=None,
        units: Mapping | None = None,
        record=("mean",),
        variable: str | None = None,
        *,
        progress: Callable[[float], None] | None = None,
    ) -> dict[str, Recording]:
        """Show images to the network and record its neurons.

        Parameters
        ----------
        images : array, (image, ...)
            As the Keras model takes them.
        layers : str or sequence of str, optional
            Names of layers; those of ``units``, or all, if left out.
        units : mapping of str to sequence of int, optional
            Units to keep by layer; all units of the other layers are kept. Units of images are numbered (y, x, filter).
        record : str or sequence of str
            What to keep: "mean", "trace" and "final" of the ``variable``; "count", "first_spike" and "spikes".
        variable : str, optional
            The variable to record, the one that is passed on to the next layer if left out: of spiking activations
            ``sent``, the number of spikes so far.
        progress : callable, optional
            As in `predict`.

        Returns
        -------
        dict of str to Recording
            By layer: arrays (image, unit) and traces (image, time, unit).

        Raises
        ------
        InvalidValueError, InvalidTypeError
            For images that the network cannot take, and for layers, units and things to record that it has not.
        """
        return self._record(self._check_images(images), layers, units, record, variable, progress)

    def logits(self, images, *, progress: Callable[[float], None] | None = None) -> np.ndarray:
        """Return what the read-out gives in the end.

        Parameters
        ----------
        images : array, (image, ...)
            As the Keras model takes them.
        progress : callable, optional
            As in `predict`.

        Returns
        -------
        ndarray, (image, class)
        """
        return self._logits(self._check_images(images), progress)

    def logits_over_time(self, images, *, progress: Callable[[float], None] | None = None) -> np.ndarray:
        """Return what the read-out gives at every ``sample_dt``. Where memory is short, use `stream_logits`.

        Parameters
        ----------
        images : array, (image, ...)
            As the Keras model takes them.
        progress : callable, optional
            As in `predict`.

        Returns
        -------
        ndarray, (image, time, class)
        """
        return np.concatenate([logits for _, logits in self.stream_logits(images, progress=progress)])

    def stream_logits(
        self, images, *, progress: Callable[[float], None] | None = None
    ) -> Iterator[tuple[slice, np.ndarray]]:
        """Return the logits over time, a piece of the images at a time.

        Parameters
        ----------
        images : array, (image, ...)
            As the Keras model takes them. They are checked at once, not when the first piece is asked for.
        progress : callable, optional
            As in `predict`.

        Yields
        ------
        slice
            The images of the piece.
        ndarray, (image, time, class)
            Their logits. All pieces together are what `logits_over_time` returns.
        """
        return self._stream(self._check_images(images), progress)

    def _classes(self, images: np.ndarray, decode: str | None, smooth, progress) -> np.ndarray:
        """Return the class of each checked image, (image,)."""
        if self._count_classes() == 1:
            raise InvalidValueError(
                "the model gives one number for an image, and the class is the largest of several; compare "
                "logits(images) with a threshold, or end the model with a Dense of two units"
            )
        decode = self.decoders[0] if decode is None else decode
        if decode not in self.decoders:
            raise InvalidValueError(f"this network has no decoder {decode!r}; it has {', '.join(self.decoders)}")
        if decode == "dwell":
            pieces = (logits for _, logits in self._stream(images, progress))
            filtered = (low_pass(one, self.sample_dt, smooth) if smooth else one for one in pieces)
            return np.concatenate([decode_dwell_logits(one) for one in filtered])
        if smooth:
            raise InvalidValueError(f"smooth is {smooth!r}, and only decode='dwell' takes a filter, not {decode!r}")
        return self._decode(images, decode, progress)

    @abstractmethod
    def _check_images(self, images) -> np.ndarray:
        """Return images as the network takes them. Raises InvalidTypeError, InvalidValueError."""

    @abstractmethod
    def _count_classes(self) -> int:
        """Return the number of classes. Raises InvalidValueError for a network that gives none."""

    @abstractmethod
    def _decode(self, images: np.ndarray, decode: str, progress) -> np.ndarray:
        """Return the class of each checked image, (image,), by one of ``decoders`` other than "dwell"."""

    @abstractmethod
    def _logits(self, images: np.ndarray, progress) -> np.ndarray:
        """Return the logits of checked images, (image, class)."""

    @abstractmethod
    def _stream(self, images: np.ndarray, progress) -> Iterator[tuple[slice, np.ndarray]]:
        """Yield the logits over time of checked images, (image, time, class)."""

    @abstractmethod
    def _verify(self, images: np.ndarray, progress) -> Verification:
        """Compare the network with the Keras network on checked images."""

    @abstractmethod
    def _record(self, images: np.ndarray, layers, units, record, variable, progress) -> dict[str, Recording]:
        """Record the neurons on checked images."""
