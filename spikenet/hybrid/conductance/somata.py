"""Which membranes release themselves, and which are dendrites whose potentials a soma adds up, where neurons spike."""

from collections.abc import Mapping
from dataclasses import replace

from spikenet.errors import InvalidValueError
from spikenet.hybrid.conductance.checks import Kind, check_network, is_affine, releases
from spikenet.hybrid.conductance.graph import Graph, Step, same
from spikenet.layers.conductance import Release


def with_somata(graph: Graph) -> Graph:
    """The graph with its dendrites and somata marked.

    A layer of conductances is a dendrite if something else than a release takes its potential: an Add, or
    BatchNormalization. A release of a dendrite's potential, or of what comes of that, is a soma. Errors: those of
    `check_network`, and InvalidValueError for potentials that reach the read-out, which is given spikes, and for a
    soma's release that does not end at 1.
    """
    kinds, made = check_network(graph), _made(graph)
    taken = {key for step in graph.steps if not _passes(step) for key in step.takes}
    dendrites = {made[key] for key in taken if key in made}
    _check_once(graph, dendrites)
    steps = []
    for step in graph.steps:
        potentials = [key for key in step.takes if kinds[key] in (Kind.POTENTIAL, Kind.MIXED)]
        if potentials and (is_affine(step.layer) or any(kinds[key] is Kind.AFFINE for key in step.gives)):
            raise InvalidValueError(_unreleased(f"{step.name} ({type(step.layer).__name__})"))
        soma = releases(step.layer) and any(made.get(key) in (None, *dendrites) for key in potentials)
        if soma and not _ends_at_one(step) and any(kinds[key] is Kind.MIXED for key in potentials):
            raise InvalidValueError(
                f"{step.name} ({type(step.layer).__name__}) releases potentials that are added or scaled and may be "
                "above 1, and a soma sends a spike a bin at most; wanted sn.layers.Release or ReLU(max_value=1)"
            )
        steps.append(replace(step, dendrite=step in dendrites, soma=soma))
    if kinds[graph.end] is Kind.MIXED or made.get(graph.end) in dendrites:
        raise InvalidValueError(_unreleased("the end of the model"))
    return replace(graph, steps=tuple(steps))


def _passes(step: Step) -> bool:
    """Whether a potential is only released there, or led into an inner model and out of it."""
    return step.layer is same or releases(step.layer)


def _check_once(graph: Graph, dendrites: set[Step]) -> None:
    """Errors: InvalidValueError for values that several steps make, where it matters which of them did."""
    given = [key for step in graph.steps for key in step.gives]
    if dendrites and len(set(given)) < len(given):
        raise InvalidValueError(
            "a model within the model is called twice, and spiking networks that add or scale potentials cannot have "
            "that; build it twice"
        )


def _ends_at_one(step: Step) -> bool:
    """Whether a release gives no more than 1, whatever it takes."""
    return isinstance(step.layer, Release) or getattr(step.layer, "max_value", None) == 1


def _made(graph: Graph) -> Mapping[int, Step]:
    """The layer of conductances that a value is the potential of, by the value's key."""
    found = {}
    for step in graph.steps:
        if step.conducting:
            found |= dict.fromkeys(step.gives, step)
        elif step.layer is same and step.takes[0] in found:
            found |= dict.fromkeys(step.gives, found[step.takes[0]])
    return found


def _unreleased(what: str) -> str:
    return (
        f"{what} takes membrane potentials, and spiking neurons hand on spikes alone; wanted a Release behind each "
        "conductance layer, or behind what adds up or scales potentials"
    )
