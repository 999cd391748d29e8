"""What a wrong call has to do: raise a SpikenetError whose message is a sentence."""

from collections.abc import Callable

import pytest

from spikenet.errors import SpikenetError


def check_refused(call: Callable[[], object]) -> None:
    """Fail unless the call raises a SpikenetError that says what came and what was wanted."""
    with pytest.raises(SpikenetError) as caught:
        call()
    message = str(caught.value)
    assert len(message.split()) >= 4, f"no sentence: {message!r}"
    assert "Traceback" not in message and " object at 0x" not in message, message
