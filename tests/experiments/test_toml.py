import math
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikenet.experiments.run_folder import to_toml

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
VALUES = st.one_of(st.integers(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False), TEXT)
VALUES = st.one_of(VALUES, st.lists(VALUES))


@given(st.dictionaries(TEXT, VALUES), st.dictionaries(TEXT, VALUES))
def test_settings_are_read_back_as_they_were(values, options):
    config = {**values, "options": options}
    assert tomllib.loads(to_toml(config)) == config


def test_numbers_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="JSON"):
        to_toml({"x": math.nan})
