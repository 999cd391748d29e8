"""The text that ``help(sn.FHN)`` shows: what a neuron model says about itself, laid out in sections."""

from collections.abc import Callable, Mapping, Sequence

from spikenet.units import SECOND, Dimensions, show, unit_text


def document(model) -> str:
    """Return the docstring of one `NeuronModel`: its description, then a section for each kind of field."""

    dimensions = model.variables

    def variables(names: Sequence[str]) -> list[str]:
        rows = [(name, unit_text(dimensions[name]), model.symbols.get(name, "")) for name in names]
        return _table([("name", "unit", "description"), *rows])

    initial = [
        (name, *_number_and_unit(float(value), dimensions[name])) if not value.ndim else (name, "one a unit", "")
        for name, value in model.initial.items()
    ]
    spikes = {name: getattr(model, name) for name in ("threshold", "reset", "refractory") if getattr(model, name)}
    steps = (("method", model.method), ("dt", show(model.dt, SECOND)), ("sample_dt", show(model.sample_dt, SECOND)))
    sections = {
        "Equations": [line for line in model.equations.splitlines() if line],
        "Ports": variables(model.ports),
        "Outputs": variables(model.outputs),
        "Parameters": parameter_table(model),
        "Spikes": _table([(name, "; ".join(map(str.strip, code.splitlines()))) for name, code in spikes.items()]),
        "Initial values": _table([("name", "value", "unit"), *initial]) if initial else [],
        "Numerical method": _table(steps),
        "Reference": [model.reference] if model.reference else [],
    }
    return with_sections(model.description or f"The neuron model {model.name}.", sections)


def with_sections(description: str, sections: Mapping[str, Sequence[str]]) -> str:
    """Return a docstring: a description, then the sections that have lines."""
    texts = [f"{title}\n{'-' * len(title)}\n" + "\n".join(lines) for title, lines in sections.items() if lines]
    return "\n\n".join([description, *texts])


def parameter_table(model) -> list[str]:
    """Return the parameters of a model with value, unit and description, one a line."""
    rows = [
        (
            name,
            *(("one a unit", str(one)) if one.varies else _number_and_unit(one.value, one.dimensions)),
            model.symbols.get(name, ""),
        )
        for name, one in model.parameters.items()
    ]
    return _table([("name", "value", "unit", "description"), *rows]) if rows else []


def _number_and_unit(value: float, dimensions: Dimensions) -> tuple[str, str]:
    """Return a quantity as two texts: ``20`` and ``ms``, or ``0.05`` and ``1`` if it has no unit."""
    number, _, unit = show(value, dimensions).partition(" ")
    return number, unit or "1"


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Return rows as lines with aligned columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


class Docstring:
    """The docstring of the class, and of each instance: laid out when ``help()`` or IPython asks for it."""

    def __init__(self, of_class: str | None, document: Callable[[object], str] = document):
        self._of_class = of_class
        self._document = document

    def __get__(self, model, owner: type) -> str | None:
        return self._of_class if model is None else self._document(model)
