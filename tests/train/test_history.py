import pytest
from hypothesis import given
from hypothesis import strategies as st

from spikenet.errors import InvalidValueError
from spikenet.train import Epoch, History

NUMBER = st.floats(allow_nan=False, allow_infinity=False)
EPOCH = st.builds(
    Epoch,
    epoch=st.integers(1, 1000),
    loss=NUMBER,
    accuracy=NUMBER,
    validation_accuracy=st.none() | NUMBER,
    per_class=st.lists(st.none() | NUMBER, max_size=3).map(tuple),
    learning_rate=NUMBER,
    seconds=NUMBER,
)
HISTORY = st.builds(History, st.lists(EPOCH, max_size=3).map(tuple), st.none() | st.integers(1, 9), st.booleans())


def judged(*accuracies):
    return History(tuple(Epoch(n, 1.0, 0.5, value, (), 0.1, 1.0) for n, value in enumerate(accuracies, start=1)))


@given(HISTORY)
def test_json_brings_every_number_back(history):
    assert History.from_json(history.to_json()) == history


@pytest.mark.parametrize("text", ["no json", "[]", "{}", '{"epochs": [{"epoch": 1}]}', '{"epochs": [], "more": 1}'])
def test_other_text_is_no_history(text):
    with pytest.raises(InvalidValueError, match=r"no history .* History.to_json\(\)"):
        History.from_json(text)


def test_the_first_of_equal_epochs_is_the_best():
    assert judged(0.2, 0.9, 0.4, 0.9).best.epoch == 2
    assert judged(None, None).best is None
    assert History().best is None


def test_patience_is_over_after_so_many_epochs_without_a_better_one():
    assert [judged(*[0.1, 0.5, 0.5, 0.4][:n]).impatient(2) for n in range(5)] == [False] * 4 + [True]
    assert not judged(0.5, 0.5).impatient(2) and judged(0.5, 0.5).impatient(1)
    assert not judged(0.5, 0.1, 0.1).impatient(None)
    assert not judged(None, None, None).impatient(1)
