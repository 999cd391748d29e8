"""What a C++ binary depends on."""

import pytest

from spikenet.engines.standalone.cpp import target as cpp_target
from spikenet.engines.standalone.cpp.target import CppTarget
from spikenet.errors import BuildError


def test_the_spec_has_the_flags_and_the_rest_the_processor(monkeypatch):
    monkeypatch.setattr(cpp_target, "compiler_flags", lambda: ("-O1",))
    monkeypatch.setattr(cpp_target, "processor", lambda: "a fast one")
    target = CppTarget("float32")
    assert target.settings() == {"precision": "float32", "flags": ["-O1"]}
    assert target.environment() == {"processor": "a fast one"}


def test_without_a_compiler_it_says_what_to_install(monkeypatch):
    monkeypatch.setenv("CXX", "no-such-compiler")
    assert CppTarget().compiler() is None
    with pytest.raises(BuildError, match=r"no C\+\+ compiler was found; install g\+\+, or set CXX"):
        raise CppTarget().no_compiler_error()
