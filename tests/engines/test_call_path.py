"""How far one call of `simulate` goes before neurons run: whoever reads it along need not open more files."""

import subprocess
import sys
from pathlib import Path

import spikenet as sn

PACKAGE = Path(sn.__file__).parent
# What every room uses, and nobody follows on the way.
LEAVES = {f"{name}.py" for name in "__init__ errors machine progress recording renames storage units validate".split()}


def test_a_cold_call_goes_through_at_most_twelve_files(cold, monkeypatch):
    """Files in which a function is called, from ``sn.simulate`` with an empty cache to the start of the program."""
    simulate, neuron, files, started = sn.simulate, sn.FHN, set(), []
    plain = subprocess.Popen

    def popen(command, *others, **settings):
        started.extend([command] if any(Path(word).name == "main" for word in command) else [])
        return plain(command, *others, **settings)

    def note(frame, event, _):
        path = Path(frame.f_code.co_filename)
        if event == "call" and not started and frame.f_code.co_name != "<module>" and PACKAGE in path.parents:
            files.add(str(path.relative_to(PACKAGE)))

    monkeypatch.setattr(subprocess, "Popen", popen)
    sys.setprofile(note)
    try:
        simulate(neuron, [[0.1]], duration="1 ms")
    finally:
        sys.setprofile(None)
    assert started and len(files - LEAVES) <= 12, sorted(files - LEAVES)
    assert len(files) <= 18, sorted(files)
    assert {"engines/simulate.py", "engines/job.py", "engines/standalone/project.py"} <= files
