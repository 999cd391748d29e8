"""Names that are taken are those that Brian2, Python and C++ take."""

import keyword
import subprocess

import pytest
from brian2.core.namespace import DEFAULT_CONSTANTS, DEFAULT_FUNCTIONS, DEFAULT_UNITS
from brian2.devices.cpp_standalone.codeobject import CPPStandaloneCodeObject
from brian2.equations.equations import Equations

from spikenet.neurons.equations.reserved_names import (
    CONSTANTS,
    FUNCTIONS,
    FUNCTIONS_OF_C,
    is_known,
    is_unit,
    meaning_of,
)

PREFIXES = ("", *"YZEPTGMkhdcmunpfazy", "da")
WORDS = "metre gram second amp kelvin mole mol molar candle volt siemens litre Hz M".split()


def test_functions_and_constants_are_brian2s():
    assert set(DEFAULT_FUNCTIONS) == FUNCTIONS
    assert {name for name in DEFAULT_CONSTANTS if name.isidentifier()} == CONSTANTS


def test_units_are_brian2s_and_no_others():
    assert not [name for name in DEFAULT_UNITS if not is_unit(name)]
    tried = [f"{prefix}{word}{power}" for prefix in PREFIXES for word in WORDS for power in ("", "2", "3")]
    assert not [name for name in tried if is_unit(name) and name not in DEFAULT_UNITS]


@pytest.mark.parametrize("name", ["xi_a", "t_in_timesteps", "N", "refractory", "lambda", "ms", "clip", "pi"])
def test_what_brian2_refuses_has_a_meaning(name):
    with pytest.raises(SyntaxError):
        Equations.check_identifier(name)
    assert meaning_of(name)


def test_functions_have_these_names_in_c():
    """And a power is ``pow``. No variable can begin with an underscore."""
    others = {one.implementations[CPPStandaloneCodeObject].name for one in DEFAULT_FUNCTIONS.values()} - {None}
    assert {name for name in others if not name.startswith("_")} | {"pow"} == FUNCTIONS_OF_C


@pytest.mark.parametrize("name", ["v", "E_L", "new_", "g1", "damp", "xi2"])
def test_other_names_are_free(name):
    Equations.check_identifier(name)
    assert meaning_of(name) is None
    assert not is_known(name)


def test_words_of_cpp_and_its_macros_have_a_meaning(tmp_path):
    """What g++ refuses as a variable's name, out of words that Python and Brian2 would take."""
    words = "new double this errno linux unix static int64_t union signed private stdin".split()
    source = tmp_path / "name.cpp"
    head = "#include <cstdio>\n#include <cerrno>\n#include <cstdint>\nvoid f() {{ double {0} = 1; }}\n"
    for word in words:
        assert not keyword.iskeyword(word)
        source.write_text(head.format(word))
        refused = subprocess.run(["g++", "-fsyntax-only", source], capture_output=True, check=False).returncode
        assert meaning_of(word) if refused else True, word
