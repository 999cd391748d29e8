import pytest

from spikenet.errors import InvalidValueError
from spikenet.experiments.registry import ExperimentEntry, ExperimentOption


def test_an_entry_reads_as_a_row_of_the_list_of_experiments():
    entry = ExperimentEntry("tiny", "A tiny one", "Someone (2023), table 1", "some.module")
    assert entry[:3] == ("tiny", "A tiny one", "Someone (2023), table 1")
    assert entry.module == "some.module"


def test_an_option_that_is_a_list_has_at_least_one_number():
    option = ExperimentOption([0.1, 10.0], least=0.1)
    option.check("rates", [1.0])
    with pytest.raises(InvalidValueError, match=r"option rates is an empty list; .* like \[0.1, 10.0\]"):
        option.check("rates", [])
