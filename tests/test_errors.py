"""One root, and the family of built-in errors that a user would catch anyway."""

import inspect

import pytest

from spikenet import errors

ALL = [one for _, one in inspect.getmembers(errors, inspect.isclass) if not issubclass(one, Warning)]
FAMILIES = {
    errors.InvalidValueError: ValueError,
    errors.UnitError: ValueError,
    errors.InvalidTypeError: TypeError,
    errors.DataError: OSError,
    errors.BuildError: RuntimeError,
    errors.ToolchainError: errors.BuildError,
    errors.DeviceError: NotImplementedError,
    errors.SimulationError: RuntimeError,
    errors.RunFolderError: OSError,
    errors.TrainingError: RuntimeError,
    errors.CheckpointError: OSError,
}


@pytest.mark.parametrize("error", ALL)
def test_every_error_has_the_one_root(error):
    assert issubclass(error, errors.SpikenetError)


@pytest.mark.parametrize(("error", "family"), FAMILIES.items())
def test_every_error_is_caught_by_its_built_in_family(error, family):
    with pytest.raises(family, match="what came"):
        raise error("what came")


def test_every_error_has_a_family():
    assert set(FAMILIES) == set(ALL) - {errors.SpikenetError}


def test_a_wrong_unit_is_a_wrong_value():
    assert issubclass(errors.UnitError, errors.InvalidValueError)
