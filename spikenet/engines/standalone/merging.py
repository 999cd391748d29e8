"""Few large sources made of many small ones, so that the compiler reads what they all include only once.

In C++, `PLUMBING` reads, writes and counts time, and `NEURONS` is the code that runs for every neuron in every step. In
CUDA, `PROGRAM` is all of it. They include Brian2's own files, which stay as they are.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

PLUMBING, NEURONS, PROGRAM = "plumbing.cpp", "neurons.cpp", "program.cu"
_CODE = "code_objects/"
# Needed for synapses only.
_LEFT_OUT = {"brianlib/spikequeue.cpp", "synapses_classes.cpp"}
_CUDA_PLUMBING = {f"{name}.cu" for name in ("main", "network", "objects", "rand", "run", "synapses_classes")}
# Brian2CUDA's headers include Thrust, which takes two thirds of the compiler's time. Where sources use no more of it
# than this, what they include is found beside them.
_STAND_INS = {
    "host_vector.h": """#include <vector>
namespace thrust { template <typename T> using host_vector = std::vector<T>; }
""",
    "device_vector.h": "",
    "pair.h": "",
    "system_error.h": "",
}
_THRUST = re.compile(r"\bthrust::(?!host_vector\b)|<thrust/(?!(?:host_vector|device_vector|pair|system_error)\.h>)")


class MergedSources:
    """A standalone device whose sources are compiled as the few that ``merge`` writes into its folder."""

    merge: Callable[[Path, Iterable[str]], set[str]]

    def generate_makefile(self, writer, *settings, **more):
        writer.source_files = self.merge(Path(writer.project_dir), writer.source_files)
        super().generate_makefile(writer, *settings, **more)


def merge_sources(folder: Path, sources: Iterable[str]) -> set[str]:
    """Write the large sources into ``folder`` and return their names. ``sources`` are the names of the small ones."""
    code = {name for name in sources if name.startswith(_CODE)}
    (folder / PLUMBING).write_text(_included(set(sources) - code - _LEFT_OUT))
    (folder / NEURONS).write_text(_joined(folder, code))
    return {PLUMBING, NEURONS}


def merge_cuda_sources(folder: Path, sources: Iterable[str]) -> set[str]:
    """Write the large source into ``folder``; return the names of what to compile: it, and the user's own sources.

    These link with it as before: variables of the device are declared ``extern`` in ``objects.h``, which nvcc only
    accepts because it makes relocatable code.
    """
    code = {name for name in sources if name.startswith(_CODE)}
    plumbing = _CUDA_PLUMBING & set(sources)
    foreign = set(sources) - code - plumbing
    (folder / PROGRAM).write_text(_joined(folder, code) + _included(plumbing))
    headers = [*folder.glob("*.h"), *folder.glob("*/*.h")]
    if not foreign and not any(_THRUST.search(path.read_text()) for path in _files(folder, code | plumbing) + headers):
        (folder / "thrust").mkdir(exist_ok=True)
        for name, text in _STAND_INS.items():
            (folder / "thrust" / name).write_text(text)
    return {PROGRAM} | foreign


def _files(folder: Path, names: Iterable[str]) -> list[Path]:
    return [folder / name for name in sorted(names)]


def _included(names: Iterable[str]) -> str:
    """Return lines that include sources one after the other, main last."""
    ordered = sorted(names, key=lambda name: (Path(name).stem == "main", name))
    return "".join(f'#include "{name}"\n' for name in ordered)


def _joined(folder: Path, names: Iterable[str]) -> str:
    """Return one source with all code objects, each in a namespace of its own: their functions have the same names.

    What they include comes first, so that their own includes add nothing inside the namespaces. Macros are undefined
    after the code object that defines them.
    """
    codes = {path.stem: _Code.read(path) for path in _files(folder, names)}
    lines = dict.fromkeys(line for code in codes.values() for line in code.includes())
    for code in sorted(codes.values(), key=lambda code: len(code.others())):  # others first
        kernels = [f"using of_{other}::{name};" for other in code.others() for name in codes[other].kernels()]
        lines[code.in_namespace("\n".join(kernels))] = None
    return "\n".join([*lines, ""])


@dataclass(frozen=True)
class _Code:
    """A code object: its source and its header."""

    path: Path
    text: str
    header: str

    @classmethod
    def read(cls, path: Path) -> "_Code":
        return cls(path, path.read_text(), path.with_suffix(".h").read_text())

    def includes(self) -> list[str]:
        return re.findall(r"^#include.*$", self.text, re.M)

    def others(self) -> list[str]:
        """Return the code objects whose kernels it may start, if it is what runs before or after another one."""
        included = re.findall(rf'^#include "{_CODE}(\w+)\.h"', self.text, re.M)
        return [name for name in included if name != self.path.stem]

    def kernels(self) -> list[str]:
        return re.findall(r"^__global__ void (\w+)\(", self.header, re.M)

    def in_namespace(self, before: str) -> str:
        space = f"of_{self.path.stem}"
        functions = [
            name for name in re.findall(r"^void (\w+)\(\);", self.header, re.M) if f"void {name}()" in self.text
        ]
        macros = dict.fromkeys(re.findall(r"^\s*#\s*define\s+(\w+)", self.text, re.M))
        return "\n".join(
            [
                f'namespace {space} {{\n{before}\n#include "{_CODE}{self.path.name}"\n}}',
                *(f"void {name}() {{ {space}::{name}(); }}" for name in functions),
                *(f"#undef {name}" for name in macros),
            ]
        )
