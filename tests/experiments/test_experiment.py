import io
import shlex

import numpy as np
import pytest
from rich.console import Console

from spikenet.errors import InvalidTypeError, InvalidValueError
from spikenet.experiments.experiment import Experiment, Outcome, RunContext, Setup, format_option, parse_option
from spikenet.papers import EXPERIMENTS, load_experiment


@pytest.fixture
def context(tmp_path):
    return RunContext(tmp_path, Console(file=io.StringIO()))


@pytest.mark.parametrize("name", sorted(EXPERIMENTS))
def test_every_entry_of_a_paper_is_an_experiment_of_that_name(name):
    experiment = load_experiment(name)
    assert isinstance(experiment, Experiment)
    assert (experiment.name, experiment.title, experiment.source) == EXPERIMENTS[name][:3]
    experiment.complete(Setup())


@pytest.mark.parametrize(("name", "hint"), [("fhn-emebd", "did you mean fhn-embed"), ("zzz", "choose one of fhn-ann")])
def test_an_unknown_experiment_is_refused_with_a_way_out(name, hint):
    with pytest.raises(InvalidValueError, match=hint):
        load_experiment(name)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"data": "half"}, "unknown data 'half'; there are mini, full"),
        ({"engine": "fpga"}, "there are response, cpp, cuda, runtime"),
        ({"seeds": ()}, "at least one"),
        ({"seeds": (1, 1)}, "each once"),
        ({"seeds": (-1,)}, "from 0"),
        ({"seeds": (2**32,)}, "from 0 to 4294967295"),
        ({"seeds": (True,)}, "seed is True"),
        ({"seeds": (1.0,)}, "seed is 1.0"),
    ],
)
def test_a_setup_that_cannot_be_is_refused(wrong, message):
    with pytest.raises(InvalidValueError, match=message):
        Setup(**wrong)


def test_a_setup_does_not_change_with_what_it_was_made_of():
    options = {"epsilon": 0.05}
    setup = Setup(seeds=range(1, 4), options=options)
    options["epsilon"] = 1.0
    assert setup.options["epsilon"] == 0.05
    assert setup.seeds == (1, 2, 3)
    with pytest.raises(TypeError):
        setup.options["epsilon"] = 1.0


@pytest.mark.parametrize(
    ("setup", "command"),
    [
        (Setup(), "spikenet run x --data mini --engine response --seeds 1"),
        (Setup("full", "cpp", (1, 2, 3)), "spikenet run x --data full --engine cpp --seeds 3"),
        (Setup(seeds=(7,)), "spikenet run x --data mini --engine response --seeds 7,"),
        (Setup(seeds=(7, 2), out="a b"), "spikenet run x --data mini --engine response --seeds 7,2, --out 'a b'"),
    ],
)
def test_the_command_says_how_to_run_it_again(setup, command):
    assert setup.command("x") == command
    assert setup.command("x", resume=True) == command + " --resume"


@pytest.mark.parametrize("value", [1, 0.05, True, "cpp", "1", "a b", "true", [1, 2], ["a"]])
def test_options_are_read_as_they_were_written(value):
    word = shlex.split(Setup(options={"o": value}).command("x"))[-1]
    assert parse_option(word.removeprefix("o=")) == value
    assert type(parse_option(format_option(value))) is type(value)


def test_options_have_defaults_and_kinds():
    experiment = Experiment("x", "t", "s", lambda *_: Outcome({}), {"epsilon": 0.05, "epochs": 3, "name": "a"})
    complete = experiment.complete(Setup(options={"epsilon": 1}))
    assert dict(complete.options) == {"epsilon": 1, "epochs": 3, "name": "a"}
    with pytest.raises(InvalidValueError, match="no option 'gamma'; it has epsilon, epochs, name"):
        experiment.complete(Setup(options={"gamma": 1}))
    for name, value in (("epochs", 0.5), ("epochs", True), ("epsilon", "a"), ("epsilon", True), ("name", 1)):
        with pytest.raises(InvalidTypeError, match=f"option {name} is {value!r}"):
            experiment.complete(Setup(options={name: value}))


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity"])
def test_numbers_that_are_not_finite_are_no_options(text):
    """JSON as Python reads it has them; the settings of a run could not be written with one."""
    experiment = Experiment("x", "t", "s", lambda *_: Outcome({}), {"epsilon": 0.05})
    with pytest.raises(InvalidValueError, match="option epsilon is .*; give a finite number, like 0.05"):
        experiment.complete(Setup(options={"epsilon": parse_option(text)}))


def test_the_context_logs_to_the_console_and_the_file(context, tmp_path):
    context.log("seed 1 [of 2]")
    context.write_log("in the file only")
    assert context.console.file.getvalue() == "seed 1 [of 2]\n"
    lines = (tmp_path / "log.txt").read_text().splitlines()
    assert [line.split(" ", 2)[2] for line in lines] == ["seed 1 [of 2]", "in the file only"]


def test_the_context_gives_paths_in_the_run_folder(context, tmp_path):
    assert context.figure("a") == context.figure("a.png") == tmp_path / "a.png"
    assert context.figure("gamma-0.5") == tmp_path / "gamma-0.5.png"
    assert context.file("ann.keras") == tmp_path / "ann.keras"


@pytest.mark.parametrize("name", ["../a", "a/b", "result.json", "kept", ".hidden", ""])
def test_names_that_are_taken_or_lead_elsewhere_are_refused(context, name):
    with pytest.raises(InvalidValueError, match="plain name"):
        context.file(name)


def test_the_context_computes_once_and_counts_the_seconds_saved(context, tmp_path):
    calls = []
    compute = lambda: calls.append(1) or {"a": np.arange(3)}  # noqa: E731
    first = context.cached("piece", compute)
    later = RunContext(tmp_path, context.console)
    np.testing.assert_array_equal(later.cached("piece", compute)["a"], first["a"])
    assert len(calls) == 1
    assert context.seconds_saved == 0 < later.seconds_saved
    assert "piece: found" in (tmp_path / "log.txt").read_text()


def test_progress_ends_with_the_time_it_took(context, tmp_path):
    with context.progress("embed", 2) as progress:
        progress.step()
        progress.at(1.0)
    assert "embed: 0.0 s" in (tmp_path / "log.txt").read_text()
