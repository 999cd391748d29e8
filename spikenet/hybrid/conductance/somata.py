"""Dendrites and somata: how spiking networks add up or scale potentials before they release."""

from collections.abc import Mapping
from dataclasses import replace

from spikenet.errors import InvalidValueError
from spikenet.hybrid.conductance.checks import ValueKind, check_network, is_affine, is_release
from spikenet.hybrid.network.graph import Graph, Step, StepKind, identity
from spikenet.layers.conductance import Release


def with_somata(graph: Graph) -> Graph:
    """Return the graph with its dendrites and somata marked.

    A conductance layer is a dendrite if anything but a release takes its potential, such as an Add or
    BatchNormalization. A release of a dendrite's potential, or of what is made of it, is a soma.

    Raises
    ------
    InvalidValueError
        As `check_network`; for potentials that reach the read-out, which takes spikes; and for a soma that may release
        more than 1.
    """
    kinds, sources = check_network(graph), _sources(graph)
    taken = {key for step in graph.steps if not _keeps_potential(step) for key in step.takes}
    dendrites = {sources[key] for key in taken if key in sources}
    steps = []
    for step in graph.steps:
        potentials = [key for key in step.takes if kinds[key] in (ValueKind.POTENTIAL, ValueKind.COMBINED)]
        if potentials and (is_affine(step.layer) or any(kinds[key] is ValueKind.AFFINE for key in step.gives)):
            raise InvalidValueError(_unreleased(f"{step.name} ({type(step.layer).__name__})"))
        kind = StepKind.DENDRITE if step in dendrites else step.kind
        if is_release(step.layer) and any(sources.get(key) in (None, *dendrites) for key in potentials):
            _check_ends_at_one(step, [kinds[key] for key in potentials])
            kind = StepKind.SOMA
        steps.append(replace(step, kind=kind))
    if kinds[graph.end] is ValueKind.COMBINED or sources.get(graph.end) in dendrites:
        raise InvalidValueError(_unreleased("the end of the model"))
    return replace(graph, steps=tuple(steps))


def _keeps_potential(step: Step) -> bool:
    """Return whether a potential is only released there, or led into an inner model or out of it."""
    return step.layer is identity or is_release(step.layer)


def _check_ends_at_one(step: Step, kinds: list[ValueKind]) -> None:
    """Raise InvalidValueError for a soma that may release more than 1."""
    ends = isinstance(step.layer, Release) or getattr(step.layer, "max_value", None) == 1
    if ValueKind.COMBINED in kinds and not ends:
        raise InvalidValueError(
            f"{step.name} ({type(step.layer).__name__}) releases potentials that are added or scaled and may be "
            "above 1, and a soma sends a spike a step at most; wanted sn.layers.Release or ReLU(max_value=1)"
        )


def _sources(graph: Graph) -> Mapping[int, Step]:
    """Return the conductance layer whose potential a value is, by the value's key."""
    found = {}
    for step in graph.steps:
        if step.has_conductances:
            found |= dict.fromkeys(step.gives, step)
        elif step.layer is identity and step.takes[0] in found:
            found |= dict.fromkeys(step.gives, found[step.takes[0]])
    return found


def _unreleased(what: str) -> str:
    return (
        f"{what} takes membrane potentials, and spiking neurons pass on spikes alone; wanted a Release behind each "
        "conductance layer, or behind what adds up or scales potentials"
    )
