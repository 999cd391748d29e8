import os
import re
import signal
import subprocess
import sys
import types
from datetime import datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

import spikenet
from spikenet import cli, papers
from spikenet.doctor import Check
from spikenet.experiments.cached_results import load_or_compute
from spikenet.experiments.registry import ExperimentEntry, ExperimentOption

TINY = """
import time
from spikenet.errors import InvalidValueError
from spikenet.experiments.claim import Claim
from spikenet.experiments.experiment import Outcome
from spikenet.report.figure import Figure
from spikenet.report.table import Table

def run(setup, context):
    for seed in setup.seeds:
        context.cached(f"seed {seed}", lambda: seed)
        context.log(f"kept {seed}")
        time.sleep(setup.options["sleep"])
    if setup.options["fail"]:
        raise InvalidValueError("gamma is [nan]; give a number")
    context.figure("dot").write_bytes(b"png")
    return Outcome(
        {"n": len(setup.seeds)},
        claims=(Claim.at_least("count", "Someone (2023), table 1", paper=2, measured=len(setup.seeds)),),
        tables=(Table("Main", ("seed",), tuple((s,) for s in setup.seeds)), Table("Second", ("x",), ((1,),))),
        figures=(Figure("dot.png", "A dot", "A dot"),),
    )
"""
START = """
import spikenet.papers as papers
from spikenet.experiments.registry import ExperimentEntry, ExperimentOption
options = {"sleep": ExperimentOption(0.0), "fail": ExperimentOption(False)}
entry = ExperimentEntry("tiny", "A tiny one", "Someone (2023), table 1", "tiny_experiment", options)
papers.EXPERIMENTS = {"tiny": entry}
from spikenet.cli import main
main()
"""


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty folder to run in, and a list of one tiny experiment."""
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib" / "tiny_experiment.py").write_text(TINY)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.syspath_prepend(tmp_path / "lib")
    options = {
        "sleep": ExperimentOption(0.0, "Seconds to sleep.", least=0),
        "fail": ExperimentOption(False, "Whether it fails."),
    }
    entry = ExperimentEntry("tiny", "A tiny one", "Someone (2023), table 1", "tiny_experiment", options)
    entry = entry._replace(renamed={"nap": "sleep"})
    monkeypatch.setattr(papers, "EXPERIMENTS", {"tiny": entry})
    monkeypatch.setattr(cli, "EXPERIMENTS", {"tiny": entry})
    monkeypatch.setenv("TF_CPP_MIN_LOG_LEVEL", "3")
    return tmp_path / "work"


def call(*words):
    return CliRunner().invoke(cli.app, [str(word) for word in words], prog_name="spikenet")


def test_the_list_names_every_experiment_and_its_table():
    result = call("list")
    assert result.exit_code == 0
    for name, entry in papers.EXPERIMENTS.items():
        assert name in result.stdout
        assert entry.source.split(",")[-1].strip().split()[0] in result.stdout


def test_the_version_is_told():
    assert call("--version").stdout == f"spikenet {spikenet.__version__}\n"


def test_importing_the_command_loads_nothing_heavy():
    code = "import sys, spikenet.cli; print(*{name.split('.')[0] for name in sys.modules})"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"tensorflow", "keras", "brian2", "matplotlib", "numpy", "jinja2"} & set(loaded)


def test_a_run_prints_its_main_table_and_where_its_report_is(here):
    result = call("run", "tiny", "--seeds", 3, "--out", "mine")
    assert result.exit_code == 0, result.output
    assert "Main" in result.stdout
    assert "Second" not in result.stdout
    assert "✓ holds" in result.stdout
    assert "Report:   mine/report.html\nPicture:  mine/dot.png\n" in result.stdout
    assert (here / "mine" / "report.html").is_file()


def test_claims_that_do_not_hold_are_no_error_and_are_shown(here):
    result = call("run", "tiny", "--seeds", "7,", "--out", "mine")
    assert result.exit_code == 0
    assert "✗ does not hold" in result.stdout


def test_a_report_is_rebuilt_from_the_result(here):
    call("run", "tiny", "--out", "mine")
    (here / "mine" / "report.html").unlink()
    result = call("report", "mine")
    assert result.exit_code == 0
    assert "Main" in result.stdout
    assert "Second" in result.stdout
    assert (here / "mine" / "report.html").is_file()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("run", "tniy"), "did you mean tiny?"),
        (("run", "tiny", "--out", "lib"), "exists"),
        (("run", "tiny", "--resume"), "no interrupted tiny"),
        (("run", "tiny", "--seeds", "1,1"), "each once"),
        (("run", "tiny", "--seeds", "0"), "at least one"),
        (("run", "tiny", "--set", "slep=1"), "no option 'slep'; it has sleep, fail"),
        (("run", "tiny", "--set", "sleep=long"), "option sleep is 'long'"),
        (("run", "tiny", "--sleep", "-1"), "option sleep is -1; give at least 0, like 0.0"),
        (("run", "tiny", "--nap", "1"), "tiny: option nap is sleep now"),
        (("run", "tiny", "--out", "~nouser/a"), "out is '~nouser/a', and there is no such user"),
        (("run", "tiny", "--out", "[b]/\udcff"), "which is not UTF-8; give another one"),
        (("run", "tiny", "--slep", "1"), "no option 'slep'; it has sleep, fail"),
        (("run", "--slep", "1", "tiny"), "no option 'slep'; it has sleep, fail"),
        (("run", "tiny", "--sleep=long"), "option sleep is 'long'"),
        (("run", "tiny", "--sleep", "0.0", "--fail", "true"), "gamma is [nan]; give a number"),
        (("run", "tiny", "--set", "fail=true"), "gamma is [nan]; give a number"),
        (("report", "nowhere"), "nowhere is not a finished run"),
    ],
)
def test_an_error_is_one_message_and_exit_code_1(here, words, message):
    (here / "lib").mkdir()
    result = call(*words)
    assert result.exit_code == 1
    assert result.stdout == ""
    errors = [line for line in result.stderr.splitlines() if line.startswith("Error: ")]
    assert len(errors) == 1
    assert message in errors[0]
    assert "Traceback" not in result.stderr


def test_an_error_of_the_machine_is_one_message_too(monkeypatch):
    def full():
        raise OSError(28, "No space left on device", "results")

    monkeypatch.setattr("spikenet.doctor.examine", full)
    result = call("doctor")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "Error: [Errno 28] No space left on device: 'results'\n"
    with pytest.raises(OSError):
        CliRunner().invoke(cli.app, ["--debug", "doctor"], catch_exceptions=False)


def test_debug_shows_where(here):
    with pytest.raises(spikenet.errors.InvalidValueError):
        CliRunner().invoke(cli.app, ["--debug", "run", "tniy"], catch_exceptions=False)


@pytest.mark.parametrize(
    "words",
    [("run",), ("run", "tiny", "--data", "half"), ("run", "tiny", "--engine", "x"), ("run", "tiny", "--seeds", "two"),
     ("run", "tiny", "--seeds", "99999999999"), ("run", "tiny", "--set", "sleep"), ("run", "--sleep", "1"),
     ("cache", "burn"), ("fly",)],
)  # fmt: skip
def test_wrong_usage_is_exit_code_2(here, words):
    result = call(*words)
    assert result.exit_code == 2
    assert not list(here.iterdir())


def start(here: Path, *words: str) -> subprocess.Popen:
    env = os.environ | {"PYTHONPATH": f"{here.parent / 'lib'}:{Path(spikenet.__file__).parent.parent}"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen([sys.executable, "-uc", START, *words], cwd=here, env=env, **pipes)


def wait_for(process: subprocess.Popen, text: str) -> None:
    assert any(text in line for line in iter(process.stderr.readline, "")), f"{text!r} was never said"


def interrupt(process: subprocess.Popen) -> tuple[str, str]:
    """Press Ctrl-C, and again as a person would: Python loses an interrupt that comes while it frees an object."""
    for _ in range(4):
        process.send_signal(signal.SIGINT)
        try:
            return process.communicate(timeout=10)
        except subprocess.TimeoutExpired:
            continue
    process.kill()
    return process.communicate()


def test_ctrl_c_leaves_one_line_no_half_run_and_a_way_to_go_on(here):
    process = start(here, "run", "tiny", "--seeds", "2", "--set", "sleep=60.0", "--out", "mine")
    wait_for(process, "kept 1")
    stdout, stderr = interrupt(process)
    assert (process.returncode, stdout) == (130, "")
    *before, line = stderr.splitlines()
    assert set(before) <= {"kept 1"}  # said twice if the signal comes while rich prints it
    found = re.fullmatch(r"Stopped\. Go on with: spikenet (run tiny .*--set sleep=60.0 --out mine --resume)", line)
    assert found
    assert not [path for path in here.iterdir() if not path.name.startswith(".")]
    load_or_compute(here / ".mine.partial" / "kept", "seed 2", lambda: 2)
    process = start(here, *found[1].split())
    wait_for(process, "kept 1")
    second = start(here, *found[1].split())
    _, refused = second.communicate(timeout=20)
    process.kill()
    process.communicate()
    assert second.returncode == 1
    assert f"another process (pid {process.pid}) is writing" in refused


def test_a_crash_of_the_whole_process_can_be_resumed(here):
    process = start(here, "run", "tiny", "--seeds", "2", "--set", "sleep=60.0", "--out", "mine")
    wait_for(process, "kept 1")
    process.kill()
    process.communicate()
    assert call("run", "tiny", "--seeds", 2, "--out", "mine").exit_code == 1
    partial = here / ".mine.partial"
    config = (partial / "config.toml").read_text()
    (partial / "config.toml").write_text(config.replace("60.0", "0.0"))
    result = call("run", "tiny", "--seeds", 2, "--out", "mine", "--resume")
    assert result.exit_code == 0, result.output
    assert "seed 1: found" in (here / "mine" / "log.txt").read_text()


@pytest.fixture
def project(monkeypatch):
    """The compile cache with one project in it."""
    built = datetime(2026, 1, 2, 3, 4)
    one = types.SimpleNamespace(
        path=Path("/cache/abc"), model="fhn", record=("mean", "trace"), variable="x", duration=0.1, precision="float32",
        engine="cpp", bytes=2_500_000, built=built, last_used=built,
    )  # fmt: skip
    cache = types.SimpleNamespace(
        cache_folder=lambda: Path("/cache"), cached_projects=lambda: [one], clear_cache=lambda: 2_500_000
    )
    monkeypatch.setitem(sys.modules, "spikenet.engines.standalone.project", cache)


@pytest.mark.parametrize(
    ("words", "texts"),
    [
        ((), ("fhn", "x mean trace", "100 ms", "float32", "cpp", "abc", "2026-01-02 03:04")),
        ((), ("Projects: 1, 2.5 MB in /cache",)),
        (("list",), ("fhn",)),
        (("size",), ("Projects: 1, 2.5 MB in /cache",)),
        (("clear",), ("2.5 MB freed in /cache",)),
    ],
)
def test_the_cache_is_listed_sized_and_cleared(project, words, texts):
    result = call("cache", *words)
    assert result.exit_code == 0
    for text in texts:
        assert text in result.stdout
    assert ("fhn" in result.stdout) == (words in ((), ("list",)))


@pytest.mark.parametrize(
    ("checks", "code"),
    [
        ((Check("g++", True, "12", "install it"), Check("GPU", False, "none", "buy one", required=False)), 0),
        ((Check("g++", False, "not found", "install it"),), 1),
    ],
)
def test_the_doctor_fails_only_for_what_is_required(monkeypatch, checks, code):
    monkeypatch.setattr("spikenet.doctor.examine", lambda: checks)
    result = call("doctor")
    assert result.exit_code == code
    for check in checks:
        assert (check.remedy in result.stdout) == (not check.ok)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["tiny", "--arch"], "--arch has no value"),
        (["tiny", "--arch", "--epochs", "3"], "--arch has no value"),
        (["--arch", "cnn"], "--arch cnn names nothing; wanted: spikenet run NAME --OPTION VALUE"),
        (["tiny", "arch", "cnn"], "tiny arch cnn names 'tiny', 'arch', 'cnn'; wanted: spikenet run NAME"),
        (["tiny", "-a", "cnn"], "unknown option '-a'"),
        (["tiny", "--", "cnn"], "unknown option '--'"),
    ],
)
def test_options_by_name_that_are_none_are_refused(words, message):
    with pytest.raises(cli.typer.BadParameter, match=message):
        cli._split_arguments(words)


@pytest.mark.parametrize("place", range(4))
def test_options_by_name_are_pairs_wherever_the_experiment_stands(place):
    options = [["--arch", "cnn"], ["--loop-epochs=3"], ["--rate", "-1"]]
    words = [*options[:place], ["tiny"], *options[place:]]
    assert cli._split_arguments(sum(words, [])) == ("tiny", ["arch=cnn", "loop_epochs=3", "rate=-1"])


def test_options_may_stand_before_the_experiment(here):
    words = ("run", "--sleep", "0.0", "--data", "mini", "--fail=true", "--seeds", "1", "tiny")
    result = call(*words)
    assert (result.exit_code, result.stdout) == (1, "")
    assert "gamma is [nan]; give a number" in result.stderr


def test_the_help_of_a_run_lists_the_options_of_its_experiment(here):
    """With defaults and meanings."""
    text = " ".join(call("run", "tiny", "--help").stdout.split())
    assert "Options of tiny" in text
    assert re.search(r"--sleep <float> Seconds to sleep. .* ?\[default: 0.0\]", text.replace("│", ""))
    assert "Options of tiny" not in call("run", "--help").stdout


def test_every_option_of_every_experiment_says_what_it_means():
    for entry in papers.EXPERIMENTS.values():
        for name, option in entry.options.items():
            assert option.help.endswith("."), f"{entry.name} --{name}"
            option.check(name, option.default)


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        ("spikenet ", {"list", "run", "report", "doctor", "cache"}),
        ("spikenet run fhn-e", {"fhn-embed"}),
        ("spikenet run cwa-mnist --ar", {"--arch"}),
        ("spikenet run cwa-mnist --arch ", {"fcn", "cnn", "resnet18"}),
        ("spikenet cache ", {"list", "size", "clear"}),
    ],
)
def test_a_shell_completes_commands_experiments_and_options(words, wanted):
    env = {"_SPIKENET_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(words.count(" "))}
    done = CliRunner().invoke(cli.app, prog_name="spikenet", env=env)
    assert set(done.stdout.split()) == wanted


@pytest.mark.parametrize(
    "words", [("fhn-embed", "--epoch", "3"), ("fhn-embed", "--epochs", "x"), ("fhn-embed", "--out", "."),
              ("cwa-mnist", "--arch", "vgg"), ("cwa-spiking", "--bins", "3"), ("fhn-embed", "--resume"),
              ("fhn-embed", "--resume", "--out", "new"), ("fhn-embed", "--out", "/dev/null/a")]
)  # fmt: skip
def test_what_is_wrong_is_told_before_tensorflow_is_imported(tmp_path, words):
    """In half a second; with TensorFlow it took ten."""
    code = "import sys; from spikenet.cli import main\ntry: main()\nfinally: print('tensorflow' in sys.modules)"
    command = [sys.executable, "-c", code, "run", *words]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "False\n")
    assert done.stderr.startswith("Error: ") and done.stderr.count("\n") == 1


@pytest.mark.parametrize("closed", ["2>&-", ">&- 2>&-"])
def test_a_process_without_streams_is_no_fault(tmp_path, closed):
    """``sys.stderr`` is None there."""
    line = f'"{sys.executable}" -c "from spikenet.cli import main; main()" report nowhere {closed}'
    assert subprocess.run(line, shell=True, cwd=tmp_path, check=False).returncode == 1
