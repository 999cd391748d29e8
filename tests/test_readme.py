"""The README is short, and its scripts run as they stand."""

import re

import pytest

from tests.pages import ROOT, python_blocks, run_script

README = ROOT / "README.md"


def test_it_has_at_most_600_words():
    assert len(README.read_text(encoding="utf-8").split()) <= 600


def test_its_scripts_are_about_a_dozen_lines():
    scripts = python_blocks(README)
    assert len(scripts) == 2
    for script in scripts:
        assert len([line for line in script.splitlines() if line.strip()]) <= 16


def test_the_simulated_neurons_spike_more_the_stronger_the_current(tmp_path):
    output = run_script(python_blocks(README)[0], tmp_path)
    silent, weak, strong = map(int, re.search(r"\[\[(.*?)\]\]", output)[1].split())
    assert silent == 0 < weak < strong
    assert f"[[ {silent} {weak} {strong}]]" in README.read_text(encoding="utf-8"), "it promises another count"
    times = [float(one) for one in re.search(r"\n\[([\d.\s]+)\]", output)[1].split()]
    assert len(times) == weak and times == sorted(times) and times[-1] < 0.2
    assert "(1, 200, 3)" in output


def test_the_network_with_neurons_learns(tmp_path):
    output = run_script(python_blocks(README)[1], tmp_path)
    _, accuracy = map(float, re.search(r"\[([\d.]+), ([\d.]+)\]\s*$", output).groups())
    assert accuracy > 0.88


def test_every_engine_is_in_it():
    from spikenet.engines.base import ENGINES  # keeps collection light

    assert set(re.findall(r'`engine="(\w+)"`', README.read_text(encoding="utf-8"))) == set(ENGINES)


@pytest.mark.parametrize("section", ["Install", "Results", "Documentation", "What was not run", "Citation and licence"])
def test_it_says_what_a_newcomer_asks(section):
    assert f"\n## {section}\n" in README.read_text(encoding="utf-8")
