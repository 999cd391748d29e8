"""The README's script runs as it stands."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

README = Path(__file__).parent.parent / "README.md"


@pytest.mark.slow
def test_the_script_does_what_it_says():
    script = re.search(r"```python\n(.*?)```", README.read_text(), re.DOTALL)[1]
    assert len([line for line in script.splitlines() if line.strip() and not line.startswith("#")]) <= 20
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    accuracies = [float(found) for found in re.findall(r"accuracy=([\d.]+)", done.stdout)]
    assert len(accuracies) == 2 and accuracies[0] < accuracies[1] and accuracies[1] > 0.9
    means = [float(found) for found in re.search(r"\[\[(.*?)\]\]", done.stdout)[1].split()]
    assert means == pytest.approx([0.5, 0.0, -0.5], abs=0.05)  # the recording is no whole number of cycles


@pytest.mark.slow
def test_the_network_in_the_loop_learns():
    script = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)[1]
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    assert float(re.search(r"accuracy=([\d.]+)", done.stdout)[1]) > 0.8


def test_every_experiment_and_engine_in_it_exists():
    from spikenet.engines.base import ENGINES  # noqa: PLC0415 - keeps collection light
    from spikenet.papers import EXPERIMENTS  # noqa: PLC0415

    text = README.read_text()
    assert set(re.findall(r"spikenet run ([\w-]+)", text)) <= set(EXPERIMENTS)
    assert set(re.findall(r'^\| `"(\w+)"`', text, re.MULTILINE)) == set(ENGINES)


@pytest.mark.slow
def test_the_conductance_network_is_the_same_on_brian2():
    script = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)[2]
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=300, cwd=README.parent
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert "same class for 100.00%" in done.stdout
    assert float(re.search(r"accuracy=([\d.]+)", done.stdout)[1]) > 0.97


def test_the_plain_brian2_script_counts_spikes():
    """On C++: CUDA takes a compiler of its own."""
    script = re.findall(r"```python\n(.*?)```", README.read_text(), re.DOTALL)[3]
    program = script.replace('sn.device("cuda"', 'sn.device("cpp"')
    assert program != script
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr[-2000:]
    assert 4000 < int(done.stdout) < 20_000  # without noise each spikes twice in 100 ms, every 35.8 ms
