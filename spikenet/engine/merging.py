"""Few large sources out of many small ones: the compiler reads what they all include once instead of once each.

`PLUMBING` is what reads, writes, and counts time; `NEURONS` is what is done for every neuron in every step. Both
include Brian2's own files, which stay as they are.
"""

import re
from collections.abc import Iterable
from pathlib import Path

PLUMBING, NEURONS = "plumbing.cpp", "neurons.cpp"
_CODE = "code_objects/"
# For synapses, of which a spikenet project has none.
_LEFT_OUT = {"brianlib/spikequeue.cpp", "synapses_classes.cpp"}


def merge_sources(folder: Path, sources: Iterable[str]) -> set[str]:
    """Write the large sources into ``folder`` and tell their names; ``sources`` are the names of the small ones."""
    code = sorted(name for name in sources if name.startswith(_CODE))
    rest = sorted((name for name in set(sources) - set(code) - _LEFT_OUT), key=lambda name: (name == "main.cpp", name))
    (folder / PLUMBING).write_text("".join(f'#include "{name}"\n' for name in rest))
    (folder / NEURONS).write_text(_joined({name: (folder / name).read_text() for name in code}))
    return {PLUMBING, NEURONS}


def _joined(texts: dict[str, str]) -> str:
    """Code objects in one source, each in a namespace of its own: they all bring functions of the same names.

    What they include comes first, so that their own includes add nothing inside the namespaces.
    """
    includes = dict.fromkeys(line for text in texts.values() for line in re.findall(r"^#include.*$", text, re.M))
    parts = []
    for name, text in texts.items():
        stem = Path(name).stem
        function = f"_{stem}" if f"void _{stem}()" in text else f"_run_{stem}"
        parts.append(f'namespace of{function} {{\n#include "{name}"\n}}')
        parts.append(f"void {function}() {{ of{function}::{function}(); }}")
    return "\n".join([*includes, *parts, ""])
