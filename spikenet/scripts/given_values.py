"""Values that a program is given when it starts, in place of those that the script sets.

`Script.run` puts them in before code that reads variables, so that initial values which are worked out from them
follow. Where the script itself has read a value and worked out others from it, in Python, it cannot be repeated: that
is refused. Brian2's own ``device.run(run_args=...)`` puts them in just before the first run(), as it does without a
block, or where the script calls ``device.apply_run_args()``.
"""

from collections.abc import Iterable

from brian2 import Clock

from spikenet.brian2_internals import ArrayVariable
from spikenet.errors import DeviceError
from spikenet.scripts import guards
from spikenet.scripts.brian2_script_internals import full_name, owner_of

EARLY = "SPIKENET_EARLY"  # an environment variable: whether values come before the code that reads them
_GIVE = "give_values();"
_FUNCTION = """const auto give_values = [&args]() {{
    if (!getenv("{early}")) return;
    for (const auto& arg : args) {{
        const std::string name = arg.substr(0, arg.find("=")), value = arg.substr(arg.find("=") + 1);
        const bool number = value.find_first_not_of("TrueFalse0123456789.+-ena") == std::string::npos;
        {sizes}
        set_variable_by_name(name, value);
    }}
}};"""
# Of synapses, whose number is known only when all are made: an array of another length is for later.
_SIZE = """if (name == "{name}" && ({array}.empty() || (!number
            && (size_t) std::ifstream(value, std::ios::ate).tellg() != sizeof({array}[0])*{array}.size()))) continue;"""
_FROM_PYTHON = ("synapses_create_array",)


class GivenValues:
    """The part of a device that puts given values in, before `EarlyReads`."""

    def __init__(self):
        self._gives = False  # whether values are put in here; a script may choose another place itself
        self._worked_out_from = {}  # variables that code has written: those that it has read, and theirs
        self._read_by_script = set()
        self._set_by_script = {}  # variables: those that the script had read before it set them in Python
        super().__init__()

    def give_values(self) -> None:
        """Put values in at this place, the last one, and before code that comes earlier."""
        self.apply_run_args()
        self._gives = True

    def generate_main_source(self, writer):
        queue = self.main_queue
        self.main_queue = [self.in_main(item) for item in queue]
        if self._gives:
            self.main_queue = [("insert_code", self._function()), *_with_values_before_code(self.main_queue)]
        try:
            super().generate_main_source(writer)
        finally:
            self.main_queue = queue

    def in_main(self, item: tuple) -> tuple:
        """Return what main() does for an item of its queue: seeds are hashed."""
        kind, seed = item
        return ("insert_code", f"{{ const uint64_t seed = {seed}u; {self.seeding} }}") if kind == "seed" else item

    def _function(self) -> str:
        sizes = [
            _SIZE.format(name=full_name(variable), array=self.get_array_name(variable, access_data=False))
            for variable in self.dynamic_arrays
            if not variable.read_only
        ]
        return _FUNCTION.format(early=EARLY, sizes="\n        ".join(sorted(set(sizes))))

    def refuse_values_used_before(self, variables: Iterable[ArrayVariable]) -> None:
        """Refuse values for variables that the script has read, and then worked out others from them in Python."""
        for variable in variables:
            for other, sources in self._set_by_script.items():
                if variable in sources - {other}:
                    raise DeviceError(
                        f"{full_name(variable)} was read before the script set {full_name(other)}, which may hang on "
                        f"it and would not follow; set that by a text, such as '2*{variable.name}', or read "
                        f"{variable.name} later"
                    )

    # What hangs on what ------------------------------------------------------------------------------------------

    def get_value(self, var, access_data=True):
        if self.run_so_far and not self._looking:
            self._read_by_script |= {var} | self._worked_out_from.get(var, set())
        return super().get_value(var, access_data)

    def code_object(self, owner, name, abstract_code, variables, template_name, *others, **settings):
        made = super().code_object(owner, name, abstract_code, variables, template_name, *others, **settings)
        arrays = {name: one for name, one in made.variables.items() if isinstance(one, ArrayVariable)}
        if template_name in _FROM_PYTHON:
            self._set_by_script[arrays["N"]] = set(self._read_by_script)
        else:
            code = abstract_code if isinstance(abstract_code, dict) else {None: abstract_code}
            written = {arrays[name] for name, _ in guards.written(code, variables)}
            self.hang_on(written or arrays.values(), arrays.values())
        return made

    def hang_on(self, written: Iterable[ArrayVariable], read: Iterable[ArrayVariable]) -> None:
        """Remember that code works variables out from others."""
        sources = set(read).union(*(self._worked_out_from.get(one, ()) for one in read))
        self._worked_out_from.update((variable, sources) for variable in written if not variable.read_only)

    def fill_with_array(self, var, arr):
        self._set_in_python(var)
        super().fill_with_array(var, arr)

    def variableview_set_with_index_array(self, variableview, item, value, check_units):
        self._set_in_python(variableview.variable)
        super().variableview_set_with_index_array(variableview, item, value, check_units)

    def _set_in_python(self, variable) -> None:
        by_brian2 = self._looking or isinstance(owner_of(variable), Clock) or variable.name.startswith("_")
        if not by_brian2:
            self._set_by_script[variable] = self._set_by_script.get(variable, set()) | self._read_by_script


def _with_values_before_code(queue: Iterable[tuple]) -> list[tuple]:
    """Return the queue of main() with values put in before each code object that runs before the first run()."""
    found, inside, running = [], 0, False
    for kind, arguments in queue:
        running |= kind == "run_network"
        inside += (kind == "start_run_func") - (kind == "end_run_func")
        if kind == "run_code_object" and not running and not inside:  # a function of its own has no arguments
            found.append(("insert_code", _GIVE))
        found.append((kind, arguments))
    return found
