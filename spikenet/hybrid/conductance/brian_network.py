"""A trained Keras network whose conductance layers are Brian2 neurons."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import keras
import numpy as np

from spikenet.errors import InvalidValueError
from spikenet.hybrid.conductance.checks import check_images, check_order, check_weights
from spikenet.hybrid.conductance.forward import Forward, keras_values, pieces_of
from spikenet.hybrid.conductance.graph import Graph, Step
from spikenet.hybrid.conductance.membranes import Membranes
from spikenet.hybrid.conductance.modes import Mode, SteadyState
from spikenet.hybrid.conductance.verification import BrianVerification, Comparison
from spikenet.hybrid.evaluation import Evaluation, check_labels, evaluation_of
from spikenet.progress import Progress
from spikenet.recording import Recording, Spikes

if TYPE_CHECKING:
    from spikenet.hybrid.conductance.circuit import Circuit


@dataclass(frozen=True, eq=False)
class BrianNetwork:
    """Keras does what lies between the conductance layers, Brian2 their neurons, layer after layer. By `to_brian`.

    Images are what the Keras model takes. Frozen: change it by making another.
    """

    graph: Graph
    membranes: Membranes
    mode: Mode

    @property
    def model(self) -> keras.Model:
        return self.graph.model

    @property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers that are neurons, in order."""
        return tuple(step.name for step in self.graph.neurons)

    def logits(self, images, progress=None) -> np.ndarray:
        """What the model's last layer gives in the end, (sample, class)."""
        forward = Forward(self.graph, self.membranes, self.mode, self.mode.readout_input)
        return np.concatenate([found[:, -1] for _, found in self._passed(forward, images, progress)])

    def logits_over_time(self, images, progress=None) -> np.ndarray:
        """What it would give if the run ended after each step, (sample, time, class): of spikes, of those so far."""
        forward = Forward(self.graph, self.membranes, self.mode, self.mode.readout_input_over_time)
        return np.concatenate([found for _, found in self._passed(forward, images, progress)])

    def predict(self, images, progress=None) -> np.ndarray:
        """The class of each image, (sample,) int. Errors: InvalidValueError for models that give no classes."""
        self._check_classes()
        return self.logits(images, progress).argmax(axis=-1)

    def evaluate(self, images, labels, progress=None) -> Evaluation:
        """The share of images that get their label (image,), of all and of each class.

        Errors: InvalidTypeError, InvalidValueError.
        """
        images, n_classes = check_images(self.graph, images), self._check_classes()
        labels = check_labels(labels, len(images), n_classes)
        return evaluation_of(self.predict(images, progress), labels, n_classes)

    def record(
        self, images, layers=None, units: Mapping | None = None, record=("trace",), *, variable: str | None = None
    ) -> dict[str, Recording]:
        """Recordings of the neurons by layer, as `simulate` makes them: of all layers, or of those named.

        ``units`` gives the units to hold by layer (those of images are numbered y, x, filter); the others are all
        held. ``variable`` is what the trace shows of spiking neurons: ``z``, ``v``, ``p`` ...; of others it is z.

        Errors: InvalidValueError for layers, units and things to record that this network has not.
        """
        record = _names("record", record)
        chosen = self._chosen(layers, {} if units is None else units, record, variable)
        found: dict[str, list[Recording]] = {name: [] for name in chosen}

        def hear(step: Step, recording: Recording) -> None:
            if step.name in chosen:
                found[step.name].append(_some(recording, record, chosen[step.name]))

        variable = variable if self.mode.spiking else None
        wanted = {step.name: (record, variable) for step in self.graph.neurons if step.name in chosen}
        # Nobody reads the output: any values will do.
        forward = Forward(
            self.graph,
            self.membranes,
            self.mode,
            self.mode.readout_input,
            hear,
            lambda step: wanted.get(step.name, ((), None)),
        )
        for _ in self._passed(forward, images, None):
            pass
        return {name: _joined(parts) for name, parts in found.items()}

    def verify(self, images, progress=None) -> BrianVerification:
        """How far the neurons and the logits are from the Keras model's; spiking neurons send rates in place of p."""
        self._check_classes()
        comparison = Comparison(self.mode, self.membranes.steps, self.sample_dt)
        forward = Forward(self.graph, self.membranes, self.mode, self.mode.readout_input_over_time, comparison.hear)
        images = self._checked(images)
        with Progress(f"{len(images)} images", progress) as shown:
            for here in pieces_of(self.graph, self.membranes.steps, len(images)):
                potentials, logits = keras_values(self.graph, images[here])
                comparison.expect(potentials)
                comparison.compare(forward(images[here], here.start), logits)
                shown.at(here.stop / len(images))
        return comparison.result()

    def as_network(self, image) -> "Circuit":
        """All layers as one Brian2 `Network` with `Synapses`, for one image: ``run()`` it, or take it apart.

        It does what `record` shows of the same image, to rounding; where neurons release by chance, as often but not
        at the same moments. Errors: InvalidValueError for settled networks, whose layers do not move at once, and
        where layers do not follow each other one by one.
        """
        from spikenet.hybrid.conductance.wiring import circuit_of  # noqa: PLC0415 (Brian2 takes 1.6 s to import)

        return circuit_of(self.graph, self.membranes, self.mode, image)

    @property
    def sample_dt(self) -> float:
        """Seconds between two values that a layer hands on."""
        return self.membranes.job(self.mode.record).steps.sample_dt

    def _checked(self, images) -> np.ndarray:
        """Images that the network can be shown, now that its weights are what they are."""
        check_order(self.graph)
        check_weights(self.graph)
        return check_images(self.graph, images)

    def _check_classes(self) -> int:
        """How many classes there are."""
        shape = self.model.output_shape
        if len(shape) != 2:
            raise InvalidValueError(
                f"the model gives {('image', *shape[1:])}, wanted ('image', class); end it with Flatten and Dense, or "
                "take logits and record"
            )
        return shape[-1]

    def _passed(self, forward: Forward, images, progress) -> Iterator[tuple[slice, np.ndarray]]:
        images = self._checked(images)
        with Progress(f"{len(images)} images", progress) as shown:
            for here in pieces_of(self.graph, self.membranes.steps, len(images)):
                yield here, forward(images[here], here.start)
                shown.at(here.stop / len(images))

    def _chosen(self, layers, units: Mapping, record, variable) -> dict[str, np.ndarray | None]:
        """The units to hold by layer; None for all."""
        sites = {step.name: step for step in self.graph.neurons}
        if not isinstance(units, Mapping):
            raise InvalidValueError(f"units are {units!r}, wanted a mapping such as {{{next(iter(sites))!r}: [0, 1]}}")
        sent = {"spikes", "count", "first_spike"}.intersection(record)
        every = [name for name, step in sites.items() if step.sends or not sent]
        layers = tuple(units or every) if layers is None else _names("layers", layers)
        for name in (*layers, *units):
            if name not in sites:
                raise InvalidValueError(f"no neurons are called {name!r}; there are {', '.join(sites)}")
        if beside := [name for name in units if name not in layers]:
            raise InvalidValueError(f"units of {', '.join(beside)} are chosen, but the layers are {', '.join(layers)}")
        if variable not in (None, self.membranes.variable) and not self.mode.spiking:
            raise InvalidValueError(f"the variable is {variable!r}, but graded neurons are recorded as z")
        if "trace" in record and isinstance(self.mode, SteadyState):
            raise InvalidValueError("settled neurons have no trace but record=('final',); take sn.Transient()")
        for step in (sites[name] for name in layers):
            if step.dendrite and sent:
                raise InvalidValueError(
                    f"{step.name} is a dendrite, which sends no spikes; record its trace, or a soma's"
                )
            if step.dendrite and variable not in (None, "z"):
                raise InvalidValueError(
                    f"the variable is {variable!r}, but {step.name} is a dendrite, which hands on z"
                )
        return {name: _units(sites[name], units[name]) if name in units else None for name in layers}


def _names(what: str, given) -> tuple[str, ...]:
    """One name or several."""
    names = (given,) if isinstance(given, str) else given
    if not isinstance(names, Iterable) or not (names := tuple(names)):
        raise InvalidValueError(f"{what} is {given!r}, wanted a name or several")
    return names


def _units(site: Step, units) -> np.ndarray:
    """Numbers of units of this layer."""
    held = np.asarray(units)
    if held.dtype.kind not in "iu" or held.ndim != 1 or not ((held >= 0) & (held < site.units)).all():
        raise InvalidValueError(
            f"the units of {site.name} are {held.tolist()}, wanted one whole number or more, from 0 to {site.units - 1}"
        )
    return held


def _some(recording: Recording, record, units: np.ndarray | None) -> Recording:
    """What was asked for, of these units, numbered anew."""
    values = {name: recording.values[name] for name in record}
    if units is None:
        return replace(recording, values=values)
    for name, value in values.items():
        values[name] = _of_units(value, units) if isinstance(value, Spikes) else value[..., units]
    return replace(recording, values=values, shape=(recording.shape[0], len(units)))


def _of_units(spikes: Spikes, units: np.ndarray) -> Spikes:
    here = [(k, spikes.unit == unit) for k, unit in enumerate(units)]
    sample, time = (np.concatenate([array[at] for _, at in here]) for array in (spikes.sample, spikes.time))
    unit = np.concatenate([np.full(np.count_nonzero(at), k) for k, at in here])
    return Spikes.of_neurons(sample * len(units) + unit, time, len(units))


def _joined(parts: list[Recording]) -> Recording:
    """Recordings of one piece of the samples after the other as one."""
    starts = np.cumsum([0, *(part.shape[0] for part in parts)])
    values = {}
    for name, value in parts[0].values.items():
        pieces = [part.values[name] for part in parts]
        if isinstance(value, Spikes):
            sample = np.concatenate([one.sample + start for one, start in zip(pieces, starts, strict=False)])
            values[name] = Spikes(
                sample, *(np.concatenate([getattr(one, of) for one in pieces]) for of in ("unit", "time"))
            )
        else:
            values[name] = np.concatenate(pieces)
    return replace(parts[0], values=values, shape=(int(starts[-1]), parts[0].shape[1]))
