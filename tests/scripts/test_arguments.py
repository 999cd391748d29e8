"""What is refused of run arguments; that they arrive is shown in ``test_block.py``."""

from types import SimpleNamespace

import numpy as np
import pytest
from brian2 import NeuronGroup, TimedArray, mV, second

from spikenet.errors import InvalidTypeError, InvalidValueError, UnitError
from spikenet.scripts.arguments import check_mapping, write_arguments


@pytest.fixture
def cells():
    equations = "v : volt\nkind : integer\non : boolean\nlevel : 1"
    return NeuronGroup(3, equations, name="Cells", namespace={}, dtype={"level": np.float32})


@pytest.fixture
def device(cells):
    variables = [cells.variables[name] for name in ("v", "kind", "on", "level", "N")]
    return SimpleNamespace(arrays=variables)


def test_values_go_to_numbered_files_and_single_ones_to_the_command(device, cells, tmp_path):
    boost = TimedArray([1.0, 2.0], dt=1 * second, name="boost")
    given = {cells.v: [1, 2, 3] * mV, "Cells.kind": 7, cells.on: True, cells.level: [1, 2, 3], boost: [3.0, 4.0]}
    words = write_arguments(device, tmp_path, given)
    assert words == [
        f"Cells.v={tmp_path}/argument_0.dat",
        "Cells.kind=7",
        "Cells.on=True",
        f"Cells.level={tmp_path}/argument_3.dat",
        f"boost.values={tmp_path}/argument_4.dat",
    ]
    assert np.fromfile(tmp_path / "argument_0.dat").tolist() == [0.001, 0.002, 0.003]
    assert np.fromfile(tmp_path / "argument_3.dat", np.float32).tolist() == [1, 2, 3]
    write_arguments(device, tmp_path, given)
    assert len(list(tmp_path.iterdir())) == 3  # the disk does not fill


@pytest.mark.parametrize(
    ("key", "value", "error", "told"),
    [("v", 1 * second, UnitError, "Cells.v has"), ("v", [1, 2] * mV, InvalidValueError, r"\(2,\), wanted \(3,\)"),
     ("kind", 1.5, InvalidTypeError, "Cells.kind is no whole number"), ("on", 1, InvalidTypeError, "truth values"),
     ("v", 3, UnitError, r"Cells.v is 3, wanted a quantity in (V|volt)"), ("v", [1, 2, 3], UnitError, "with its unit"),
     ("v", None, InvalidTypeError, "Cells.v is None"), ("level", None, InvalidTypeError, "Cells.level is None"),
     ("level", 2 * mV, UnitError, "Cells.level has the unit volt"),
     ("v", np.nan * mV, InvalidValueError, "not finite"), ("N", 4, InvalidValueError, "read only")],
)  # fmt: skip
def test_what_does_not_fit_is_refused_and_nothing_written(device, tmp_path, key, value, error, told):
    with pytest.raises(error, match=told):
        write_arguments(device, tmp_path, {f"Cells.{key}": value})
    assert not list(tmp_path.iterdir())


def test_what_is_no_mapping_is_refused():
    with pytest.raises(InvalidTypeError, match=r"run arguments are \[1\], wanted a mapping"):
        check_mapping([1])
    assert check_mapping(None) == {} and check_mapping({"a": 1}) == {"a": 1}


@pytest.mark.parametrize(("key", "error"), [("Cells.w", InvalidValueError), (3, InvalidTypeError)])
def test_what_is_no_variable_is_refused(device, tmp_path, key, error):
    with pytest.raises(
        error,
        match=r"is for .*(there are Cells.kind, .*a parameter: 'w|wanted group.variable)",
    ):
        write_arguments(device, tmp_path, {key: 1})
