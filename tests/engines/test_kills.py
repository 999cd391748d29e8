"""Simulations that are killed at random moments leave nothing; the long test is ``tools/kill_simulations.py 200``."""

import subprocess
import sys
from pathlib import Path

import pytest

TOOL = Path(__file__).parents[2] / "tools" / "kill_simulations.py"


@pytest.mark.slow
def test_killed_simulations_leave_no_process_no_files_and_no_broken_cache():
    done = subprocess.run([sys.executable, str(TOOL), "10"], capture_output=True, text=True)
    assert done.returncode == 0 and "10 kills, 0 faults" in done.stdout, done.stdout + done.stderr
