"""Wrong calls of the command line: one message, an exit code of 1 or 2, and nothing on standard output."""

import pytest
from typer.testing import CliRunner

from spikenet import cli

ERRORS = {
    "an unknown experiment": "run nonsense",
    "an option that there is not": "run fhn-ann --nonsense 3",
    "an option of text": "run fhn-ann --epochs many",
    "an option that is negative": "run fhn-ann --epochs -3",
    "an option that is not finite": "run fhn-embed --epsilon NaN",
    "an option that is too large": "run fhn-ann --epochs 99999999999999",
    "an option that is half a number": "run fhn-ann --epochs 1.5",
    "an option that is true": "run fhn-ann --epochs true",
    "an option that is nothing": "run fhn-ann --epochs=",
    "an option that is a list": "run fhn-ann --epochs [1,2]",
    "a list of text": 'run fhn-search --epsilons ["a"]',
    "a list with a negative number": "run fhn-search --epsilons [0.1,-1]",
    "an unknown arch": "run cwa-mnist --arch vgg",
    "an unknown variant": "run cwa-mnist --variant nonsense",
    "an unknown input": "run cwa-spiking --input loud",
    "a former option": "run cwa-spiking --inputs analog",
    "a setting that there is not": "run fhn-ann --set nonsense=1",
    "deep JSON": f"run fhn-ann --set epochs={'[' * 5000}",
    "seeds twice": "run fhn-ann --seeds 3,3,",
    "no seed": "run fhn-ann --seeds 0",
    "a negative seed": "run fhn-ann --seeds=-1,",
    "a seed that is too large": "run fhn-ann --seeds 4294967296,",
    "a folder that exists": "run fhn-ann --out .",
    "a folder of a user that there is not": "run fhn-ann --out ~nouser/a",
    "a folder that is not UTF-8": "run fhn-ann --out a\udcff",
    "a folder in a file": "run fhn-ann --out file/a",
    "nothing to resume": "run fhn-ann --resume",
    "nothing to resume in a folder": "run fhn-ann --resume --out new",
    "a report of nothing": "report nowhere",
    "a report of a file": "report file",
    "a report of an empty folder": "report .",
    "a report with markup in its name": "report [b]nowhere[/b]",
}
USAGE = {
    "no experiment": "run",
    "two experiments": "run fhn-ann fhn-embed",
    "an option without a value": "run fhn-ann --epochs",
    "an option with one dash": "run fhn-ann -e 3",
    "unknown data": "run fhn-ann --data half",
    "an unknown engine": "run fhn-ann --engine abacus",
    "seeds of text": "run fhn-ann --seeds two",
    "too many seeds": "run fhn-ann --seeds 99999",
    "a setting without a value": "run fhn-ann --set epochs",
    "a report without a folder": "report",
    "an unknown use of the cache": "cache burn",
    "an unknown command": "fly",
    "an unknown option of a command": "doctor --fast",
    "an argument of a command that takes none": "list all",
}


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("a")
    return tmp_path


def call(line: str):
    return CliRunner().invoke(cli.app, line.split(" "), prog_name="spikenet")


@pytest.mark.parametrize("line", ERRORS.values(), ids=ERRORS)
def test_what_cannot_be_is_one_message(here, line):
    result = call(line)
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("Error: ") and result.stderr.count("\n") == 1
    assert len(result.stderr.split()) >= 5
    assert [path.name for path in here.iterdir()] == ["file"]


@pytest.mark.parametrize("line", USAGE.values(), ids=USAGE)
def test_wrong_usage_says_so(here, line):
    result = call(line)
    assert result.exit_code == 2
    assert "Usage: spikenet" in result.stderr and "Traceback" not in result.stderr
    assert [path.name for path in here.iterdir()] == ["file"]
