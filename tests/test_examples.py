"""The examples run from an empty folder, say what they found, and leave a picture."""

import re
import subprocess
import sys

import pytest

from tests.pages import ROOT

EXAMPLES = ROOT / "examples"


def run(name: str, folder, *arguments: str) -> str:
    command = [sys.executable, str(EXAMPLES / f"{name}.py"), *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    assert (folder / f"{name}.png").stat().st_size > 5000
    return done.stdout


def test_each_is_in_the_list_and_tested_here():
    names = {path.stem for path in EXAMPLES.glob("*.py")}
    assert names == set(re.findall(r"\[(\w+)\.py\]\(", (EXAMPLES / "README.md").read_text(encoding="utf-8")))
    assert names == {name.removeprefix("test_run_") for name in globals() if name.startswith("test_run_")}


def test_run_simulate(tmp_path):
    least = float(re.search(r"spike: ([\d.]+) nA", run("simulate", tmp_path))[1])
    assert least == pytest.approx(0.2, abs=0.015)


@pytest.mark.slow  # the guide to Brian2 scripts runs the same
def test_run_brian2_network(tmp_path):
    rate = float(re.search(r": ([\d.]+) a second each", run("brian2_network", tmp_path))[1])
    assert 2 < rate < 20


@pytest.mark.slow
def test_run_embed(tmp_path):
    shares = [float(one) for one in re.findall(r"([\d.]+)% by", run("embed", tmp_path))]
    plain_dwell, plain_mean, fitted_dwell, fitted_mean = shares
    assert plain_dwell < fitted_dwell and plain_mean < fitted_mean and fitted_mean > 96


@pytest.mark.slow
def test_run_train(tmp_path):
    assert float(re.search(r"([\d.]+)% of the test images", run("train", tmp_path))[1]) > 88


@pytest.mark.slow
def test_run_chain(tmp_path):
    counts = list(map(int, re.search(r"\[(.*)\]", run("chain", tmp_path))[1].split(",")))
    assert counts == [22, 11, 3, 0]


@pytest.mark.slow
def test_run_plastic_network(tmp_path):
    rate, low, high = map(float, re.findall(r"\d+\.\d+", run("plastic_network", tmp_path)))
    assert 2 < rate < 10 and 0 <= low < 0.2 and 0.6 < high < 1.2


@pytest.mark.slow
def test_run_short_term_plasticity(tmp_path):
    depressed, facilitated = map(float, re.findall(r": ([\d.]+) times", run("short_term_plasticity", tmp_path)))
    assert depressed < 0.3 and facilitated > 2


@pytest.mark.slow
def test_run_diehl_cook(tmp_path):
    assert float(re.match(r"(\d+) %", run("diehl_cook", tmp_path))[1]) > 50


@pytest.mark.slow
def test_the_same_network_runs_on_cuda(emulator, tmp_path):
    """The emulator takes long, so that there are too few images to learn from: every digit once or twice."""
    assert "% of the last 5 digits" in run("diehl_cook", tmp_path, "cuda", "20")
