"""The list entry of an experiment: what is known of it before its module is imported."""

import math
from collections.abc import Mapping
from typing import NamedTuple

from spikenet.errors import InvalidTypeError, InvalidValueError

_MOST = 2**31 - 1  # of a whole number
_KINDS = {bool: "true or false", int: "a whole number", float: "a number", str: "text", list: "a list"}


class ExperimentOption(NamedTuple):
    """An option of an experiment.

    Parameters
    ----------
    default : bool, int, float, str or list
        The value without the option; a value has the same type.
    help : str
        What it means, for ``spikenet run NAME --help``.
    choices : tuple of str, optional
        The values that there are.
    least : float, optional
        The lowest number.

    Examples
    --------
    >>> from spikenet.experiments.registry import ExperimentOption
    >>> ExperimentOption(0.05, "Time scale of the slow variable.", least=0).check("epsilon", 0.1)
    """

    default: object
    help: str = ""
    choices: tuple[str, ...] = ()
    least: float | None = None

    def check(self, name: str, value: object) -> None:
        """Raise an error if ``value`` cannot be the value of this option, which is called ``name``.

        Raises
        ------
        InvalidTypeError
            For another type than the default's.
        InvalidValueError
            For a number that is not finite, too low or too high, an empty list, and a text that is none of the
            choices.
        """
        default = self.default
        kinds = (int, float) if type(default) is float else (type(default),)
        if type(value) not in kinds:
            raise InvalidTypeError(
                f"option {name} is {value!r}, a {type(value).__name__}; give {_KINDS[type(default)]}, like {default!r}"
            )
        if self.choices and value not in self.choices:
            raise InvalidValueError(f"option {name} is {value!r}; there are {', '.join(map(repr, self.choices))}")
        if value == [] != default:
            raise InvalidValueError(f"option {name} is an empty list; give at least one number, like {default!r}")
        for number in value if isinstance(value, list) else [value]:
            if isinstance(value, list) and default:
                ExperimentOption(default[0], least=self.least).check(f"{name} (each)", number)
            elif isinstance(number, float) and not math.isfinite(number):
                raise InvalidValueError(f"option {name} is {number!r}; give a finite number, like {default!r}")
            elif isinstance(number, int) and abs(number) > _MOST:
                raise InvalidValueError(f"option {name} is out of range; give a whole number, like {default!r}")
            elif self.least is not None and number < self.least:
                raise InvalidValueError(f"option {name} is {number!r}; give at least {self.least:g}, like {default!r}")


class ExperimentEntry(NamedTuple):
    """One experiment of a paper.

    Parameters
    ----------
    name : str
        What is typed after ``spikenet run``.
    title : str
        What the experiment shows, in a few words.
    source : str
        The paper, and its table, figure or section.
    module : str
        The module within the paper's package; it has ``run(setup, context)``, and perhaps ``check(setup)``.
    options : mapping of str to ExperimentOption
        The experiment's own options.
    renamed : mapping of str to str
        Former names of options, with the new ones.
    """

    name: str
    title: str
    source: str
    module: str
    options: Mapping[str, ExperimentOption] = {}
    renamed: Mapping[str, str] = {}


def defaults(options: Mapping[str, ExperimentOption]) -> dict[str, object]:
    """Return the values of options that are not given."""
    return {name: option.default for name, option in options.items()}
