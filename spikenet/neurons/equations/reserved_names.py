"""Names that equations cannot give to a variable or parameter: they mean something to Brian2, Python or C++.

Kept here, so that making a model does not import Brian2; a test asks Brian2 for the same names.
"""

import keyword
import re

FUNCTIONS = frozenset(
    "abs arccos arcsin arctan ceil clip cos cosh exp expm1 exprel floor int log log10 log1p poisson rand randn sign "
    "sin sinh sqrt tan tanh timestep".split()
)
CONSTANTS = frozenset(("e", "inf", "pi"))
SPECIAL = frozenset(("N", "dt", "i", "t", "t_in_timesteps", "xi"))
STATES = frozenset(("lastspike", "not_refractory", "refractory", "refractory_until"))  # that Brian2 adds
FUNCTIONS_OF_C = frozenset(("acos", "asin", "atan", "int_", "pow"))  # of other names than in equations
_OF_ENGINES = frozenset(("cpp", "first_spike", "j", "n_spikes", "output_final", "output_sum", "self"))
_CPP = frozenset(
    # keywords
    "alignas alignof and_eq asm auto bitand bitor bool case catch char char8_t char16_t char32_t co_await co_return "
    "co_yield compl concept const const_cast consteval constexpr constinit decltype default delete do double "
    "dynamic_cast enum explicit export extern false float friend goto inline long mutable namespace new noexcept "
    "not_eq nullptr operator or_eq private protected public register reinterpret_cast requires short signed sizeof "
    "static static_assert static_cast struct switch template this thread_local throw true typedef typeid typename "
    "union unsigned using virtual void volatile wchar_t xor xor_eq "
    # macros and types of the standard headers, and what is predefined
    "assert errno int8_t int16_t int32_t int64_t linux size_t stderr stdin stdout uint8_t uint16_t uint32_t uint64_t "
    "unix "
    # names in the programs that Brian2 and Brian2CUDA write
    "bid brian std tid vectorisation_idx".split()
)
_UNIT = re.compile(
    "[YZEPTGMkmunpfazy]?(?:(?:met(?:re|er)|gram(?:me)?|second|amp(?:ere)?|mole?|molar|candle|radian|steradian|hertz|newton|"
    "pascal|joule|watt|coulomb|volt|farad|ohm|siemens|weber|tesla|henry|lumen|lux|becquerel|gray|sievert|katal)[23]?"
    ")|(?:[YZEPTGMkhdcmunpfazy]|da)?lit(?:re|er)|(?:kelvin|kilogram(?:me)?)[23]?|[kM]?Hz|[cmu]m[23]?|[mu]s|[mnpu]A|[mnu]M|mV|[nu]S|[npu]F"
)


def is_unit(name: str) -> bool:
    """Return True if Brian2 has a unit of this name."""
    return _UNIT.fullmatch(name) is not None


def meaning_of(name: str) -> str | None:
    """Return what a name stands for already, in a few words; None if it is free."""
    kinds = {
        "a function in equations": FUNCTIONS,
        "a constant in equations": CONSTANTS,
        "a variable that Brian2 has": SPECIAL | STATES,
        "a variable of the engines": _OF_ENGINES,
        "a word of C++": _CPP,
        "a word of Python": keyword.kwlist,
    }
    if is_unit(name):
        return "a unit"
    if name.startswith("xi_"):
        return "noise in equations"
    return next((kind for kind, names in kinds.items() if name in names), None)


def is_known(name: str) -> bool:
    """Return True if Brian2 knows the name without a definition, as a function, a constant or a unit for example."""
    known = FUNCTIONS | CONSTANTS | SPECIAL | STATES | _OF_ENGINES | {"and", "or", "not", "True", "False"}
    return name in known or name.startswith("xi_") or is_unit(name)
