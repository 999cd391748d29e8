"""``make run`` on a fresh machine says that it installs, how far it is, and where the log is if it fails."""

import shutil
import subprocess
import sys

import pytest

from tests.pages import ROOT

PIP = """
for n in $(seq 45); do echo "Collecting package-$n"; echo "  Downloading it"; done
echo "Installing collected packages: all of them"
exit $1
"""


@pytest.fixture
def install(tmp_path):
    """Run ``make run``'s installation in an empty checkout, with a pip that ends with a given code."""
    if not shutil.which("make") or not shutil.which("g++"):
        pytest.skip("needs make and g++")
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    (tmp_path / ".venv" / "bin" / "python").symlink_to(sys.executable)
    (tmp_path / "pip.sh").write_text(PIP)

    def run(code: int) -> subprocess.CompletedProcess:
        command = ["make", "--silent", ".venv/.installed", f"PIP=sh pip.sh {code}"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    return run


def test_an_installation_says_how_far_it_is_in_a_few_lines(install, tmp_path):
    done = install(0)
    assert (done.returncode, done.stderr) == (0, "")
    first, *progress = done.stdout.splitlines()
    assert first.startswith("Installing spikenet into .venv") and first.endswith("the log is .venv/install.log")
    assert [line.split()[0] for line in progress] == ["20", "40", "45"]
    assert (tmp_path / ".venv" / ".installed").exists()
    assert len((tmp_path / ".venv" / "install.log").read_text().splitlines()) == 92


def test_an_installation_that_fails_shows_the_end_of_its_log(install, tmp_path):
    done = install(3)
    assert done.returncode == 2
    assert "The installation failed. Its log, .venv/install.log, ends with:\n" in done.stderr
    assert "Installing collected packages: all of them\nexit code 3" in done.stderr
    assert not (tmp_path / ".venv" / ".installed").exists()
