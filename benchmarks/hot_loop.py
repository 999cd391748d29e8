"""Instructions of a compiled program's hot loop: the innermost loop with the most arithmetic on whole vectors.

Reads what ``objdump -d`` says of a program for x86-64, the only processors for which it knows the instructions.
"""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

_FUNCTION = re.compile(r"^[0-9a-f]+ <(.*)>:$")
_INSTRUCTION = re.compile(r"^\s*([0-9a-f]+):\s+(\w+)\s*(.*)$")
_JUMP = re.compile(r"^j\w+$")
# Packed arithmetic: vfmadd132pd, vmulps, addpd ...
_KINDS = {
    "fma": re.compile(r"^vfn?m(add|sub)\d+p[sd]$"),
    "multiply": re.compile(r"^v?mulp[sd]$"),
    "add": re.compile(r"^v?(add|sub)p[sd]$"),
    "divide": re.compile(r"^v?divp[sd]$"),
}
_STORE = re.compile(r"^v?mov[au]p[sd]$")
_BYTES = {"x": 16, "y": 32, "z": 64}


@dataclass(frozen=True)
class HotLoop:
    """Instructions of one step of one vector of neurons.

    ``fma`` are fused multiply-adds, ``add`` additions and subtractions, ``other`` all that is no arithmetic: loads,
    stores, copies, and the loop itself. ``bytes`` is the width of a vector.
    """

    fma: float
    multiply: float
    add: float
    divide: float
    other: float
    bytes: int

    @property
    def arithmetic(self) -> float:
        """All arithmetic instructions."""
        return self.fma + self.multiply + self.add + self.divide

    def __str__(self) -> str:
        counts = ", ".join(f"{getattr(self, name):g} {name}" for name in (*_KINDS, "other"))
        return f"{self.arithmetic:g} arithmetic instructions on {8 * self.bytes} bits a step ({counts})"


def hot_loop(program: Path, function: str, stores: int) -> HotLoop | None:
    """Count the instructions of the hot loop in functions whose name has ``function`` in it.

    ``stores`` is how many vectors a step writes. None where there is no objdump, or no such loop.
    """
    if shutil.which("objdump") is None:
        return None
    command = ["objdump", "-d", "--no-show-raw-insn", "-C", str(program)]
    done = subprocess.run(command, capture_output=True, text=True)
    return None if done.returncode else counted(done.stdout, function, stores)


def counted(listing: str, function: str, stores: int) -> HotLoop | None:
    """Do the same with a disassembly."""
    loops = [loop for body in _bodies(listing, function) for loop in _innermost(body)]
    hot = max(loops, key=_arithmetic, default=[])
    if not _arithmetic(hot):
        return None
    written = sum(bool(_STORE.match(name)) and operands.endswith(")") for _, name, operands in hot)
    steps = written / stores
    if not steps:
        return None
    counts = {kind: sum(bool(form.match(name)) for _, name, _ in hot) / steps for kind, form in _KINDS.items()}
    widths = [_BYTES[found[1]] for _, _, operands in hot if (found := re.search(r"%([xyz])mm", operands))]
    return HotLoop(**counts, other=len(hot) / steps - sum(counts.values()), bytes=max(widths))


def _bodies(listing: str, function: str) -> list[list[tuple[int, str, str]]]:
    """Address, name and operands of each instruction of the functions."""
    bodies, inside = [], False
    for line in listing.splitlines():
        if header := _FUNCTION.match(line):
            inside = function in header[1]
            bodies += [[]] if inside else []
        elif inside and (found := _INSTRUCTION.match(line)):
            bodies[-1].append((int(found[1], 16), found[2], found[3].split(" <")[0].strip()))
    return bodies


def _innermost(body: list[tuple[int, str, str]]) -> list[list[tuple[int, str, str]]]:
    """Loops that have no other in them: from the target of a jump backwards to the jump."""
    ends = [
        (int(operands, 16), address)
        for address, name, operands in body
        if _JUMP.match(name) and re.fullmatch(r"[0-9a-f]+", operands) and int(operands, 16) <= address
    ]
    alone = [
        (start, end)
        for start, end in ends
        if not any((first, last) != (start, end) and start <= first and last <= end for first, last in ends)
    ]
    return [[one for one in body if start <= one[0] <= end] for start, end in alone]


def _arithmetic(loop: list[tuple[int, str, str]]) -> int:
    return sum(any(form.match(name) for form in _KINDS.values()) for _, name, _ in loop)
