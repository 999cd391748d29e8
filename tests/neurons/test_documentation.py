"""Every neuron model documents itself: ``help(sn.FHN)`` shows equations, parameters with units, and the reference."""

import contextlib
import copy
import inspect
import io
import pickle
import pydoc
from dataclasses import replace

import numpy as np
import pytest

import spikenet as sn
from spikenet.engines.job import spec_of
from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.neurons import MODELS, NeuronModel
from spikenet.neurons.documentation import document
from spikenet.units import show, unit_text
from tests.planning import plan

every_model = pytest.mark.parametrize("model", MODELS.values(), ids=list(MODELS))
BARE = NeuronModel(name="bare", equations="dv/dt = i_in/tau : 1\ni_in : 1", outputs="v", parameters={"tau": "20 ms"})


def section(model: NeuronModel, title: str) -> list[str]:
    """Lines of one section of a model's docstring."""
    heading = f"\n\n{title}\n{'-' * len(title)}\n"
    assert model.__doc__.count(heading) == 1, title
    return model.__doc__.split(heading)[1].split("\n\n")[0].splitlines()


def rows(model: NeuronModel, title: str) -> dict[str, list[str]]:
    """Words of each row of a section's table, without its heading."""
    return {line.split()[0]: line.split()[1:] for line in section(model, title)[1:]}


@every_model
def test_a_model_is_described_in_a_few_sentences(model):
    first, _, more = model.description.partition("\n\n")
    assert "\n" not in first and len(first) <= 120 and first.endswith(".")
    assert more.count(".") >= 2
    assert model.__doc__.startswith(model.description)


@every_model
def test_every_parameter_is_shown_with_value_unit_and_description(model):
    table = rows(model, "Parameters")
    assert list(table) == list(model.parameters)
    for name, parameter in model.parameters.items():
        number, unit, *words = table[name]
        assert f"{number} {unit}" in (show(parameter.value, parameter.dimensions), f"{parameter.value:g} 1")
        assert words and " ".join(words) == model.symbols[name]


@every_model
def test_every_port_and_output_is_shown_with_unit_and_description(model):
    for title, names in (("Ports", model.ports), ("Outputs", model.outputs)):
        table = rows(model, title)
        assert list(table) == list(names)
        for name in names:
            unit, *words = table[name]
            assert unit == unit_text(model.variables[name])
            assert words and " ".join(words) == model.symbols[name]


@every_model
def test_equations_initial_values_method_and_reference_are_shown(model):
    assert section(model, "Equations") == [line for line in model.equations.splitlines() if line]
    assert list(rows(model, "Initial values")) == list(model.initial)
    assert section(model, "Numerical method")[0].split() == ["method", model.method]
    assert model.reference and section(model, "Reference") == [model.reference]


@every_model
def test_threshold_and_reset_are_shown_where_there_are_any(model):
    if not model.spiking:
        assert "\nSpikes\n" not in model.__doc__
        return
    text = "\n".join(section(model, "Spikes"))
    assert model.threshold in text and (model.refractory or "") in text
    assert all(line.strip() in text for line in (model.reset or "").splitlines())


@every_model
def test_help_shows_the_instance_and_not_its_class(model):
    """pydoc and IPython look at the instance's own ``__doc__`` first, and at the class only where there is none."""
    assert inspect.getdoc(model) == model.__doc__  # IPython's ``sn.FHN?`` asks this
    text = pydoc.plain(pydoc.render_doc(model))
    assert all(line.strip() in text for line in model.__doc__.splitlines())
    assert "with_parameters" not in text


def test_help_prints_it():
    shown = io.StringIO()
    with contextlib.redirect_stdout(shown):
        help(sn.FHN)
    assert "FitzHugh-Nagumo" in shown.getvalue() and "epsilon  0.05   1     ratio" in shown.getvalue()


def test_the_class_keeps_its_own_docstring():
    assert NeuronModel.__doc__.startswith("A neuron: its equations")
    assert "with_parameters" in pydoc.plain(pydoc.render_doc(NeuronModel))


def test_other_parameters_and_initial_values_are_shown_as_they_are():
    assert rows(sn.LIF(tau_mem="5 ms"), "Parameters")["tau_mem"][:2] == ["5", "ms"]
    assert rows(sn.LIF, "Parameters")["tau_mem"][:2] == ["20", "ms"]
    assert rows(sn.LIF.with_initial(v="-60 mV"), "Initial values")["v"] == ["-60", "mV"]
    assert rows(sn.LIF.with_initial(v=[-0.06, -0.05]), "Initial values")["v"] == ["one", "a", "unit"]
    assert rows(sn.CWA(e_rest="-44 mV"), "Initial values")["v"] == ["-44", "mV"]


def test_a_model_without_a_description_shows_what_it_has():
    assert document(BARE) == BARE.__doc__
    assert BARE.__doc__.startswith("The neuron model bare.\n\nEquations\n---------\ndv/dt")
    assert rows(BARE, "Parameters") == {"tau": ["20", "ms"]}
    assert "Reference" not in BARE.__doc__ and "Initial values" not in BARE.__doc__


@pytest.mark.parametrize("again", [lambda one: pickle.loads(pickle.dumps(one)), copy.deepcopy, copy.copy, replace])
def test_the_documentation_survives_pickle_copy_and_replace(again):
    other = again(sn.FHN)
    assert (other.description, other.symbols) == (sn.FHN.description, sn.FHN.symbols)
    assert other.__doc__ == sn.FHN.__doc__


def test_the_documentation_is_frozen():
    with pytest.raises(TypeError):
        sn.FHN.symbols["a"] = "other"
    with pytest.raises(AttributeError):
        sn.FHN.__doc__ = "other"


def test_the_documentation_does_not_change_the_key_of_a_compiled_program():
    other = replace(sn.FHN, description="Another text.", symbols={})
    specs = [spec_of(plan(model, np.zeros((1, 1)), sn.Schedule("1 ms"))[0]) for model in (sn.FHN, other)]
    assert specs[0] == specs[1]


@pytest.mark.parametrize(
    ("changes", "error", "words"),
    [
        ({"description": 3}, InvalidTypeError, "bare: description is 3, wanted a text"),
        ({"reference": None}, InvalidTypeError, "bare: reference is None, wanted a text"),
        ({"symbols": ["tau"]}, InvalidTypeError, r"symbols is \['tau'\], wanted a mapping from names"),
        ({"symbols": {"tau_m": "time"}}, InvalidValueError, "symbols describes 'tau_m', .* there are tau, v, i_in"),
        ({"symbols": {"tau": 3}}, InvalidTypeError, "bare: the description of tau is 3, wanted a text"),
    ],
)
def test_documentation_that_does_not_fit_the_model_is_refused(changes, error, words):
    with pytest.raises(error, match=words):
        replace(BARE, **changes)
