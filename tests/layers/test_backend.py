import importlib
import subprocess
import sys

import pytest

import spikenet.layers.backend


def test_the_back_end_of_the_tests_is_no_fault():
    importlib.reload(spikenet.layers.backend)


@pytest.mark.parametrize("use", ["sn.Population", "sn.Hybrid", "sn.Trainer"])
def test_an_unknown_back_end_is_one_sentence_at_import(use):
    code = f"import os; os.environ['KERAS_BACKEND'] = 'nonsense'; import spikenet as sn; {use}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "InvalidValueError: Keras cannot be imported with KERAS_BACKEND='nonsense'" in done.stderr
