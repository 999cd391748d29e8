"""Equations are read as Brian2 reads them."""

import pytest
from brian2.equations.equations import Equations

from spikenet.errors import InvalidValueError, UnitError
from spikenet.neurons import MODELS
from spikenet.neurons.equations.definitions import (
    check_name,
    definitions,
    equation_lines,
    identifiers,
    names_in_programs,
    rename,
    without_floor_division,
)
from spikenet.neurons.group import parameter_lines
from spikenet.units import DIMENSIONLESS, dimensions_of, parse_unit

KINDS = {"state": "differential equation", "subexpression": "subexpression", "free": "parameter"}


@pytest.mark.parametrize("name", MODELS)
def test_kinds_and_dimensions_are_those_that_brian2_finds(name):
    model = MODELS[name]
    brian2s = Equations(model.equations + "\n" + parameter_lines(model))
    ours = definitions(model.equations, name)
    assert set(ours) == set(brian2s.names) - set(model.parameters)
    for variable, one in ours.items():
        assert brian2s[variable].type == KINDS[one.kind]
        assert (dimensions_of(brian2s[variable].unit) or DIMENSIONLESS) == one.dimensions


def test_comments_flags_and_blanks_are_passed_over():
    found = definitions(
        """
        # a comment: not a line

        dv/dt = -v/tau : volt (unless refractory)  # why: because
        tau : second (constant)
        on : boolean
        """,
        "m",
    )
    assert {name: one.kind for name, one in found.items()} == {"v": "state", "tau": "free", "on": "free"}
    assert found["v"].dimensions == parse_unit("volt")[0]
    assert found["on"].dimensions == DIMENSIONLESS


@pytest.mark.parametrize(
    ("equations", "error", "words"),
    [
        ("dv/dt = -v/tau", InvalidValueError, "m: cannot read the equation 'dv/dt = -v/tau'"),
        ("leak and input", InvalidValueError, "cannot read the equation 'leak and input'"),
        ("d_v/dt = -_v/tau : 1", InvalidValueError, "m: a variable is '_v'; wanted a letter"),
        ("dexp/dt = -exp/tau : 1", InvalidValueError, "m: a variable is 'exp', which is a function in equations"),
        ("dv/dt = -v/tau : 1\ndv/dt = v/tau : 1", InvalidValueError, "m: v is defined twice"),
        ("dv/dt = -v/tau : parsec", UnitError, "unknown unit 'parsec'"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(equations, error, words):
    with pytest.raises(error, match=words):
        definitions(equations, "m")


@pytest.mark.parametrize("name", ["v", "g_exc", "v2", "a_1_b", "V", "E_L", "damp", "class_", "m", "h", "n"])
def test_letters_digits_and_underscores_are_good_names(name):
    check_name(name, "a variable")


@pytest.mark.parametrize("name", ["2v", "_v", "v-rest", "", "ü", None, 3])
def test_other_names_are_refused(name):
    with pytest.raises(InvalidValueError, match="a variable is .* wanted a letter, then letters, digits and _"):
        check_name(name, "a variable")


def test_an_equation_may_go_on_over_several_lines():
    text = """
        dv/dt = (v_rest - v   # leak

            + r*i_in) / tau : volt (unless refractory)
        i_in : amp  # a port
    """
    assert equation_lines(text) == [
        "dv/dt = (v_rest - v + r*i_in) / tau : volt (unless refractory)",
        "i_in : amp  # a port",
    ]
    assert definitions(text, "m")["v"].flags == {"unless refractory"}


def test_names_with_capitals_get_names_in_lower_case_of_their_own():
    names = names_in_programs(["V", "v", "E_L", "e", "MS", "tau"])
    assert names == {"V": "v_", "E_L": "e_l", "MS": "ms_"}
    assert rename("dV/dt = (E_L - V)/tau : volt", names) == "dv_/dt = (e_l - v_)/tau : volt"


def test_each_variable_keeps_a_name_of_its_own():
    names = names_in_programs(["V", "v", "dV", "Xi", "Xi_1", "dt_", "T"])
    assert len({*names.values(), "v"}) == 6 and all(map(str.islower, names.values()))
    assert rename("dV = 2*v : 1\ndV/dt = dV - V : 1", names) == "dv = 2*v : 1\ndv_/dt = dv - v_ : 1"
    assert not any(name.startswith("xi") for name in names.values())


def test_only_whole_names_are_identifiers():
    assert identifiers("sin(2*pi*f*t)", "a + dt", None) == ["sin", "pi", "f", "t", "a", "dt"]
    assert identifiers("tau + v_t + exp(it)") == ["tau", "v_t", "exp", "it"]
    assert identifiers("1e-3 + 2.e3*v") == ["v"]


def test_a_whole_quotient_is_that_of_its_remainder():
    code = without_floor_division("2*(u + 1) // w - u // w // 2")
    assert "//" not in code
    for u, w in [(0.3, 0.1), (0.7, 0.1), (-0.3, 0.1), (1.0, 0.1), (0.6, -0.2), (7, 2), (-7, 2), (0, 3), (1e30, 0.1)]:
        assert eval(code, {"u": u, "w": w}) == 2 * (u + 1) // w - u // w // 2
    assert without_floor_division("u  % w") == "u  % w"
