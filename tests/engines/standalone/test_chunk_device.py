"""What the C++ and the CUDA device share; see also ``test_sources.py``, which compares what they write."""

import pytest

from spikenet.engines.standalone.chunk_device import SharedCodeObjects


class Device:
    """A device that gives a new code object each time."""

    def code_object(self, owner, name, abstract_code, variables, template_name, *others, **settings):
        return [abstract_code]


class Sharing(SharedCodeObjects, Device):
    pass


def test_the_same_code_is_one_code_object():
    device = Sharing()
    first = device.code_object(None, "update*", {None: "v = 1"}, {}, "stateupdate")
    assert device.code_object(None, "update*", {None: "v = 1"}, {}, "stateupdate") is first
    assert device.code_object(None, "update*", {None: "v = 2"}, {}, "stateupdate") is not first
    assert device.code_object(None, "reset*", {None: "v = 1"}, {}, "stateupdate") is not first
    assert Sharing().code_object(None, "update*", {None: "v = 1"}, {}, "stateupdate") is not first


@pytest.mark.parametrize("call", ["rand()", "randn()", "poisson(1)", "binomial_1()"])
def test_code_that_draws_numbers_is_one_code_object_a_run(call):
    device = Sharing()
    first = device.code_object(None, "update*", {None: f"v = {call}"}, {}, "stateupdate")
    assert device.code_object(None, "update*", {None: f"v = {call}"}, {}, "stateupdate") is not first
