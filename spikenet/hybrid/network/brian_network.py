"""Networks in which Brian2 neurons stand in for conductance layers, and for activations, of a Keras network."""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import keras
import numpy as np

from spikenet.decode import decode_mean_logits
from spikenet.engines.simulate import Simulation
from spikenet.errors import InvalidValueError
from spikenet.hybrid.activations.threshold_balancing import balance
from spikenet.hybrid.conductance.checks import (
    check_model_images,
    check_order,
    check_weights,
)
from spikenet.hybrid.network.forward import ForwardPass, keras_values
from spikenet.hybrid.network.graph import Graph, Step, StepKind
from spikenet.hybrid.network.modes import Mode, SteadyState, at_step_ends, sent_spikes
from spikenet.hybrid.network.operations import OperationCount
from spikenet.hybrid.neuron_network import NeuronNetwork
from spikenet.hybrid.selection import as_names, choose_units, join_recordings, keep_units
from spikenet.hybrid.verification import Comparison, Verification
from spikenet.progress import Progress
from spikenet.recording import Recording
from spikenet.renames import with_renames

if TYPE_CHECKING:
    from spikenet.hybrid.conductance.circuit import Circuit


def digest(model: keras.Model) -> bytes:
    """Return a number for the weights of a model: others have another one."""
    found = hashlib.blake2b(digest_size=16)
    for weight in model.weights:
        found.update(np.ascontiguousarray(keras.ops.convert_to_numpy(weight)).tobytes())
    return found.digest()


@with_renames
@dataclass(frozen=True, eq=False)
class BrianNetwork(NeuronNetwork):
    """A network in which Brian2 does conductance layers, or activations, and Keras all that lies between them.

    Made by `to_brian`. Frozen: change it by making another one.

    Attributes
    ----------
    graph : Graph
        The steps of the Keras model.
    simulation : Simulation
        The neurons, their times, the engine and the seed; every layer is simulated like this.
    mode : SteadyState, Transient or Spiking
        How the neurons run.
    calibrated_weights : bytes, optional
        Digest of the weights for which activations were calibrated.

    Examples
    --------
    >>> import keras, numpy as np, spikenet as sn
    >>> layers = [keras.Input((4,)), sn.layers.CWADense(8, name="hidden"), sn.layers.Release(), keras.layers.Dense(3)]
    >>> network = sn.to_brian(keras.Sequential(layers), sn.Transient(), engine="runtime")
    >>> network.record(np.ones((2, 4)), record="trace")["hidden"].trace.shape
    (2, 20, 8)
    """

    graph: Graph
    simulation: Simulation
    mode: Mode
    calibrated_weights: bytes | None = field(default=None, repr=False)

    @property
    def model(self) -> keras.Model:
        """The Keras model."""
        return self.graph.model

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers that are neurons, in order."""
        return tuple(step.name for step in self.graph.simulated_steps)

    @property
    def decoders(self) -> tuple[str, ...]:
        """Names of the decoders: of the read-out at the end, and of its output over time where there is one."""
        return (self.mode.decoder,) if isinstance(self.mode, SteadyState) else (self.mode.decoder, "dwell", "mean")

    @property
    def sample_dt(self) -> float:
        """Time between two values that a layer passes on, and between two logits, in s."""
        return self.simulation.steps.sample_dt

    def calibrated(self, images, *, progress: Callable[[float], None] | None = None) -> "BrianNetwork":
        """Return the network with thresholds and biases of its activations calibrated on training images.

        Parameters
        ----------
        images : array, (image, ...)
            As the Keras model takes them.
        progress : callable, optional
            As in `predict`.
        """
        images = replace(self, calibrated_weights=None)._check_images(images)
        with Progress(f"calibrating on {len(images)} images", progress) as shown:
            graph = balance(self.graph, self.simulation, self.mode, images, shown)
        spiking = any(step.kind is StepKind.ACTIVATION for step in graph.steps)
        return replace(self, graph=graph, calibrated_weights=digest(self.model) if spiking else None)

    def as_network(self, image) -> "Circuit":
        """Return all layers as one Brian2 ``Network`` with ``Synapses``, for one image.

        It does what `record` shows of the same image, to rounding; where neurons release by chance, as often, but not
        at the same moments. Sums of float32, which Keras rounds and Brian2 does not, may end on different sides of a
        threshold: a spike then comes some steps earlier or later. Spikes of networks whose layers have the dtype
        "float64" are the same.

        Parameters
        ----------
        image : array
            One image, as the Keras model takes it.

        Returns
        -------
        Circuit
            ``run()`` it, or take it apart.

        Raises
        ------
        InvalidValueError
            At steady state, as the layers do not run at once, and where conductance layers do not follow each other
            one by one.
        """
        # Brian2 takes 1.6 s to import.
        from spikenet.hybrid.activations.spiking_circuit import circuit_of_activations  # noqa: PLC0415
        from spikenet.hybrid.conductance.connectivity import circuit_of  # noqa: PLC0415

        if any(step.kind is StepKind.ACTIVATION for step in self.graph.steps):
            self._check_images(np.asarray(image)[None])
            return circuit_of_activations(self.graph, self.simulation, self.mode, image)
        return circuit_of(self.graph, self.simulation, self.mode, image)

    def _check_images(self, images) -> np.ndarray:
        """Check the network, too: its weights may have changed."""
        check_order(self.graph)
        check_weights(self.graph)
        if self.calibrated_weights not in (None, digest(self.model)):
            raise InvalidValueError(
                f"the weights of {self.model.name} have changed since its spiking activations were calibrated, and "
                "thresholds are those of before; calibrate again: network = network.calibrated(images)"
            )
        return check_model_images(self.graph, images)

    def _count_classes(self) -> int:
        shape = self.model.output_shape
        if len(shape) != 2:
            raise InvalidValueError(
                f"the model gives {('image', *shape[1:])}, wanted ('image', class); end it with Flatten and Dense, or "
                "take logits and record"
            )
        return shape[-1]

    def _decode(self, images: np.ndarray, decode: str, progress) -> np.ndarray:
        if decode == "mean":
            return np.concatenate([decode_mean_logits(logits) for _, logits in self._stream(images, progress)])
        return self._logits(images, progress).argmax(axis=-1)

    def _logits(self, images: np.ndarray, progress) -> np.ndarray:
        return np.concatenate([logits[:, -1] for _, logits in self._pieces(images, progress)])

    def _stream(self, images: np.ndarray, progress) -> Iterator[tuple[slice, np.ndarray]]:
        return self._pieces(images, progress, over_time=True)

    def _pieces(self, images: np.ndarray, progress, **settings) -> Iterator[tuple[slice, np.ndarray]]:
        forward = ForwardPass(self.graph, self.simulation, self.mode, **settings)
        with Progress(f"{len(images)} images", progress) as shown:
            yield from forward.pieces(images, shown)

    def _verify(self, images: np.ndarray, progress) -> Verification:
        comparison, recordings = Comparison(self.sample_dt), {}
        activations = {step.name for step in self.graph.steps if step.kind is StepKind.ACTIVATION}

        def keep(step: Step, recording: Recording) -> None:
            if step.kind is StepKind.DENDRITE:
                recordings[step.name] = at_step_ends(recording).mean(axis=1), None
            elif step.kind is StepKind.ACTIVATION:
                spikes = sent_spikes(recording)
                rates = spikes.mean(axis=1)
                comparison.add_rates(step.name, rates)
                recordings[step.name] = step.neurons.values(rates), int(spikes.sum(dtype=float))
            else:
                spikes = len(recording.spikes) if self.mode.spiking else None
                recordings[step.name] = self.mode.readout_input(recording)[:, -1], spikes

        operations = None if self.graph.conductance_steps else OperationCount(self.simulation.steps.samples)
        for here, logits in self._pieces(images, progress, over_time=True, on_recording=keep, on_step=operations):
            wanted, wanted_logits = keras_values(self.graph, images[here])
            for name, (found, spikes) in recordings.items():
                of_p = spikes is not None and name not in activations
                comparison.add_layer(name, found, np.maximum(wanted[name], 0) if of_p else wanted[name], spikes)
            comparison.add_logits(logits, wanted_logits)
        return comparison.result(operations and operations.an_image(len(images)))

    def _record(self, images, layers, units, record, variable, progress) -> dict[str, Recording]:
        record, steps = as_names("record", record), {step.name: step for step in self.graph.simulated_steps}
        of_spikes = {"spikes", "count", "first_spike"}.intersection(record)
        default = [name for name, step in steps.items() if step.releases or not of_spikes]
        chosen = choose_units({name: step.units for name, step in steps.items()}, layers, units, default)
        self._check_recordable([steps[name] for name in chosen], record, variable)
        parts: dict[str, list[Recording]] = {name: [] for name in chosen}

        def keep(step: Step, recording: Recording) -> None:
            if step.name in chosen:
                if at_rest:  # a value is its own mean
                    recording = replace(recording, values={**recording.values, "mean": recording.final})
                parts[step.name].append(keep_units(recording, record, chosen[step.name]))

        at_rest = isinstance(self.mode, SteadyState)
        wanted = dict.fromkeys(chosen, tuple(name for name in record if not (at_rest and name == "mean")))
        for _ in self._pieces(images, progress, on_recording=keep, record=wanted, variable=variable):
            pass
        return {name: join_recordings(found) for name, found in parts.items()}

    def _check_recordable(self, steps: list[Step], record: tuple[str, ...], variable: str | None) -> None:
        """Raise InvalidValueError for what these steps cannot record."""
        if variable not in (None, "z") and not self.mode.spiking:
            raise InvalidValueError(f"the variable is {variable!r}, but graded neurons are recorded as z")
        if isinstance(self.mode, SteadyState) and "trace" in record:
            raise InvalidValueError("neurons at steady state have no trace but record='final'; take sn.Transient()")
        for step in steps:
            if step.kind is StepKind.DENDRITE and {"spikes", "count", "first_spike"}.intersection(record):
                raise InvalidValueError(
                    f"{step.name} is a dendrite, which sends no spikes; record its trace, or a soma's"
                )
            if step.kind is StepKind.DENDRITE and variable not in (None, "z"):
                raise InvalidValueError(
                    f"the variable is {variable!r}, but {step.name} is a dendrite, which passes on z"
                )
