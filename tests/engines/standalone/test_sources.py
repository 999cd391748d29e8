"""One program for all compiled engines: what it does in a chunk does not hang on the device."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from spikenet.engines.job import spec_of
from spikenet.engines.simulate import Schedule
from spikenet.engines.standalone.cpp.target import CppTarget
from spikenet.engines.standalone.cuda.target import CudaTarget
from tests.conftest import HAS_BRIAN2CUDA
from tests.planning import plan

TARGETS = {"cpp": CppTarget()} | ({"cu": CudaTarget(None)} if HAS_BRIAN2CUDA else {})
KEEP = ("mean", "trace", "final", "count", "first_spike", "spikes")


@pytest.fixture(scope="module")
def projects(tmp_path_factory, wavy) -> dict[str, Path]:
    """Sources of a neuron that spikes, under a drive that changes, started unit by unit; by the ending of their names.

    Without a compiler of any kind.
    """
    job, _ = plan(wavy.with_initial(v=[0.0, 0.1]), np.zeros((1, 30, 2)), Schedule("2 ms", "1 ms"), record=KEEP)
    folders, processes = {}, []
    for ending, target in TARGETS.items():
        folder = folders[ending] = tmp_path_factory.mktemp(ending)
        (folder / "job.json").write_text(json.dumps(spec_of(job) | target.settings()))
        command = [sys.executable, "-m", target.generator, str(folder)]
        processes.append(subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True))
    for process in processes:
        _, said = process.communicate()
        assert process.returncode == 0, said
    return folders


@pytest.mark.brian2cuda
def test_every_device_has_the_same_conversation_with_the_stream(projects):
    """All calls of the main program but those that seed chance or copy to and from a card."""
    talks = {}
    for ending, folder in projects.items():
        text = (folder / f"main.{ending}").read_text()
        talks[ending] = [
            line.strip()
            for line in text.splitlines()
            if re.search(r"stream\(\)\.(next_chunk|read|check|write|report|finish)|network\.t = |set_from_com.*;", line)
            and "void" not in line
        ]
    assert talks["cpp"] == talks["cu"]
    assert len(talks["cpp"]) == 12
    for word in (
        'read_units("v"',
        'check("v"',
        'write("mean"',
        'write("final"',
        'write("count"',
        'write("first_spike"',
    ):
        assert sum(word in line for line in talks["cpp"]) == 1, word


def test_every_device_feeds_and_records_in_the_same_way(projects):
    for ending, folder in projects.items():
        codes = {path.stem: path.read_text() for path in (folder / "code_objects").glob(f"*.{ending}")}
        feeder = codes["i_in_feeder_codeobject"]
        # The row by the clock's count: t / 1e-4 in single precision would be off by one from some row on.
        assert re.search(r'read_row\("i_in", 30, \*?_?\w*array_feed_i_in_clock_timestep\[0\], ', feeder), feeder
        assert "write_row(" in codes["trace_listener_codeobject"]
        assert "write_spikes(" in codes["spike_writer_codeobject"]


def test_settling_and_recording_share_their_code(projects):
    for ending, folder in projects.items():
        names = {path.stem for path in (folder / "code_objects").glob(f"*.{ending}")}
        assert "neurons_stateupdater_codeobject" in names
        assert not [name for name in names if name.endswith("_1")], names
        run = (folder / f"main.{ending}").read_text()
        assert run.count("_run_neurons_stateupdater_codeobject") == 2  # in the network of each run


def test_blocks_are_of_the_devices_own_size(projects):
    sizes = {ending: (folder / "spikenet_blocks.h").read_text() for ending, folder in projects.items()}
    assert "BLOCK = 128;" in sizes["cpp"]
    if HAS_BRIAN2CUDA:
        assert "BLOCK = 1;" in sizes["cu"]


def test_starts_of_each_unit_are_not_compiled_in(projects):
    for folder in projects.values():
        assert not list((folder / "static_arrays").iterdir())
