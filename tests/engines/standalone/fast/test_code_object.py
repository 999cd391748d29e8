"""What templates ask of generated C++."""

from types import SimpleNamespace

import brian2
import pytest

from spikenet.brian2_internals import CPPStandaloneDevice, expect_no_run
from spikenet.engines.standalone.fast.code_object import (
    code_of_neighbours,
    draws_uniform_numbers,
    independent_pragma,
    pathway_from_sources,
    with_spread_numbers,
)
from spikenet.errors import InvalidTypeError
from spikenet.scripts import device
from spikenet.scripts.guarded import GuardedCppDevice

_EFFECT = [
    "const int32_t _postsynaptic_idx = _ptr_array_s__synaptic_post[_idx];",
    "double g_post = _ptr_array_g[_postsynaptic_idx];",
    "const double w = _ptr_array_s_w[_idx];",
    "g_post += w;",
    "_ptr_array_g[_postsynaptic_idx] = g_post;",
]


@pytest.fixture
def pathway(monkeypatch):
    names = SimpleNamespace(get_array_name=lambda var: f"_array_s_{var}")
    monkeypatch.setattr(brian2, "get_device", lambda: names)
    return SimpleNamespace(prepost="pre", synapse_sources="_synaptic_pre", synapse_targets="_synaptic_post")


def test_neighbours_need_no_look_up(pathway):
    code = code_of_neighbours(_EFFECT, pathway)
    assert "const int32_t _postsynaptic_idx = _other + _k;" in code and "_synaptic_post" not in code


def test_effects_that_add_up_in_one_variable_stay_in_order(pathway):
    assert code_of_neighbours([*_EFFECT, "_ptr_array_x[_presynaptic_idx] = x_pre;"], pathway) == ""
    assert code_of_neighbours([*_EFFECT, "_ptr_array_total[0] = total;"], pathway) == ""


@pytest.mark.parametrize(
    "lines, independent",
    [
        (["_ptr_v[_idx] = v;", "v = _ptr_v[_idx] + _ptr_w[_other];"], True),
        (["_ptr_v[_idx] = v;", "v = _ptr_v[_linked_idx];"], False),
        (["_ptr_total[0] = total;"], False),
    ],
)
def test_steps_are_independent_where_none_reads_what_another_writes(lines, independent):
    assert bool(independent_pragma(lines, {}, ("_idx",))) == independent


def test_functions_with_a_memory_are_called_in_order():
    users = brian2.Function(abs, arg_units=[1], return_unit=1)
    lines = ["_ptr_v[_idx] = v;"]
    assert independent_pragma(lines, {"exp": brian2.DEFAULT_FUNCTIONS["exp"]}, ("_idx",))
    assert not independent_pragma(lines, {"f": users}, ("_idx",))
    assert not independent_pragma(lines, {"rand": brian2.DEFAULT_FUNCTIONS["rand"]}, ("_idx",))
    assert independent_pragma(lines, {"rand": brian2.DEFAULT_FUNCTIONS["rand"]}, ("_idx",), ("rand",))


def test_code_of_synapses_goes_by_the_pathway_from_their_sources():
    cells = brian2.NeuronGroup(2, "v : 1", threshold="v > 1", codeobj_class=brian2.NumpyCodeObject)
    links = brian2.Synapses(cells, cells, "w : 1", on_pre="v += w", on_post="w += 1", name="links")
    assert pathway_from_sources(links, _EFFECT).name == "links_pre"
    assert pathway_from_sources(links, ["w += 1;"]) is None
    assert pathway_from_sources(cells, _EFFECT) is None
    for one in (cells, links):
        expect_no_run(one)


def test_each_place_that_draws_has_numbers_of_its_own():
    lines = ["a = _rand(_vectorisation_idx);", "b = _rand(_vectorisation_idx);"]
    assert draws_uniform_numbers(lines) and not draws_uniform_numbers(["a = 1;"])
    assert with_spread_numbers(lines).splitlines() == [
        "a = _uniform(_key, _idx*2 + 0);",
        "b = _uniform(_key, _idx*2 + 1);",
    ]


def test_brian2s_own_templates_are_taken_where_asked_for_or_where_there_are_threads(monkeypatch):
    ours, device = GuardedCppDevice(), CPPStandaloneDevice()
    assert ours.code_object_class() is not device.code_object_class()
    monkeypatch.setitem(brian2.prefs, "devices.cpp_standalone.openmp_threads", 2)
    assert ours.code_object_class() is device.code_object_class()
    monkeypatch.setitem(brian2.prefs, "devices.cpp_standalone.openmp_threads", 0)
    ours.fast = False
    assert ours.code_object_class() is device.code_object_class()


def test_fast_is_yes_or_no():
    with pytest.raises(InvalidTypeError, match="fast is 1, wanted True or False"), device("cpp", fast=1):
        pass
