import dataclasses
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikenet.errors import InvalidValueError
from spikenet.experiments.claim import Claim

SOURCE = "Bogatenko et al. (2023), table 1"
FINITE = st.floats(-1e6, 1e6)


@given(FINITE, FINITE, st.floats(0, 1e3))
def test_near_holds_within_the_tolerance_on_both_sides(paper, measured, tolerance):
    claim = Claim.near("id", SOURCE, paper=paper, measured=measured, tolerance=tolerance, reason="seeds")
    assert claim.holds == (paper - tolerance <= measured <= paper + tolerance)


@pytest.mark.parametrize(
    ("measured", "slack", "at_least", "at_most"),
    [
        (97.7, 0, True, True),
        (97.6, 0, False, True),
        (97.8, 0, True, False),
        (97.6, 0.2, True, True),
        (98, 0.2, True, False),
    ],
)
def test_bounds_hold_with_their_slack(measured, slack, at_least, at_most):
    given_ = {"paper": 97.7, "measured": measured, "slack": slack, "reason": "float32"}
    assert Claim.at_least("id", SOURCE, **given_).holds is at_least
    assert Claim.at_most("id", SOURCE, **given_).holds is at_most


def test_a_range_holds_between_its_ends():
    claims = [Claim.between("id", SOURCE, low=2, high=4, measured=m, reason="figure 4") for m in (1.9, 2, 4, 4.1)]
    assert [claim.holds for claim in claims] == [False, True, True, False]
    assert claims[0].paper == "2 to 4"


@pytest.mark.parametrize("measured", [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_holds_no_claim(measured):
    assert not Claim.near("id", SOURCE, paper=1, measured=measured, tolerance=9, reason="seeds").holds
    assert not Claim.at_least("id", SOURCE, paper=1, measured=measured).holds
    assert not Claim.at_most("id", SOURCE, paper=1, measured=measured).holds


def test_nobody_sets_holds_by_hand():
    claim = Claim.at_least("id", SOURCE, paper=97.7, measured=90)
    with pytest.raises(TypeError):
        Claim("id", SOURCE, 97.7, 90.0, "none", low=97.7, holds=True)
    with pytest.raises(AttributeError):
        claim.holds = True
    with pytest.raises(TypeError):
        dataclasses.replace(claim, holds=True)


def test_the_paper_and_the_tolerance_are_told_in_words():
    assert Claim.at_least("id", SOURCE, paper=97.7, measured=98).paper == ">= 97.7"
    assert Claim.at_most("id", SOURCE, paper=0.1, measured=98).paper == "<= 0.1"
    assert Claim.at_least("id", SOURCE, paper=97.7, measured=98).tolerance == "none"
    assert Claim.near("id", SOURCE, paper=1, measured=1, tolerance=2.5, reason="seeds").tolerance == "± 2.5: seeds"


@pytest.mark.parametrize(
    "claim",
    [
        Claim.near("a", SOURCE, paper=73.3, measured=72.1, tolerance=2, reason="seeds").with_note("SGD was tried"),
        Claim.at_least("b", SOURCE, paper=97.7, measured=90),
        Claim.at_most("c", SOURCE, paper=10, measured=math.nan),
        Claim("d", SOURCE, None, 3, "the bar of issue 2", high=4),
    ],
)
def test_a_claim_survives_strict_json(claim):
    stored = json.loads(json.dumps(claim.to_json(), allow_nan=False))
    again = Claim.from_json(stored)
    assert stored["holds"] == claim.holds == again.holds
    assert {"id", "source", "paper", "measured", "tolerance", "holds", "note"} <= set(stored)
    assert repr(again) == repr(claim)  # NaN equals nothing, but reads the same


def test_holds_is_computed_again_from_a_file():
    stored = Claim.at_least("b", SOURCE, paper=97.7, measured=90).to_json() | {"holds": True}
    assert not Claim.from_json(stored).holds


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Claim.near("a", SOURCE, paper=1, measured=1, tolerance=2, reason=" "), "needs its reason"),
        (lambda: Claim.at_least("a", SOURCE, paper=1, measured=1, slack=1), "needs its reason"),
        (lambda: Claim.at_most("a", SOURCE, paper=1, measured=1, slack=-1, reason="r"), "give a number from 0"),
        (lambda: Claim.between("a", SOURCE, low=2, high=1, measured=1, reason="r"), "between 2.0 and 1.0"),
        (lambda: Claim("a", SOURCE, None, 1, "none"), "nothing can fail"),
        (lambda: Claim.near("a", SOURCE, paper=math.nan, measured=1, tolerance=1, reason="r"), "between nan"),
        (lambda: Claim.at_least("", SOURCE, paper=1, measured=1), "needs an id and a source"),
        (lambda: Claim.at_least("a", "", paper=1, measured=1), "needs an id and a source"),
    ],
)
def test_a_claim_that_says_nothing_is_refused(make, message):
    with pytest.raises(InvalidValueError, match=message):
        make()
