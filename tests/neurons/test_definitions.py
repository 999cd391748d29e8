"""Equations are read as Brian2 reads them."""

import pytest
from brian2.equations.equations import Equations

from spikenet.errors import InvalidValueError, UnitError
from spikenet.neurons import MODELS
from spikenet.neurons.definitions import check_name, definitions, mentions
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
        ("dV/dt = -V/tau : 1", InvalidValueError, "m: a variable is 'V'; wanted lower-case letters"),
        ("dv/dt = -v/tau : 1\ndv/dt = v/tau : 1", InvalidValueError, "m: v is defined twice"),
        ("dv/dt = -v/tau : parsec", UnitError, "unknown unit 'parsec'"),
    ],
)
def test_a_line_that_cannot_be_read_is_named(equations, error, words):
    with pytest.raises(error, match=words):
        definitions(equations, "m")


@pytest.mark.parametrize("name", ["v", "g_exc", "v2", "a_1_b"])
def test_lower_case_names_are_good(name):
    check_name(name, "a variable")


@pytest.mark.parametrize(
    "name", ["V", "vRest", "2v", "_v", "v-rest", "", "t", "dt", "xi", "i", "N", "n_spikes", None, 3]
)
def test_other_names_are_refused(name):
    with pytest.raises(InvalidValueError, match="a variable is .* wanted lower-case"):
        check_name(name, "a variable")


def test_only_whole_names_are_mentions():
    assert mentions("sin(2*pi*f*t)", "t")
    assert mentions("a + dt", "t", "dt")
    assert not mentions("tau + v_t + exp(it)", "t")
    assert not mentions(None, "t")
