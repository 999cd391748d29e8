"""What the benchmarks measure against: instructions of a compiled loop, and what a core can do at most."""

import shutil
import subprocess

import pytest

from benchmarks.hot_loop import counted
from tests.pages import ROOT

# A step of two states in halves: one vector of x and y in each round of the inner loop.
LISTING = """
0000000000001000 <somewhere else()>:
    1000:	vmulpd %ymm1,%ymm1,%ymm0
    1004:	jmp    1000 <somewhere else()>

0000000000002000 <run_stateupdater()>:
    2000:	xor    %eax,%eax
    2004:	vmulpd %zmm9,%zmm9,%zmm0
    2008:	vmovupd (%rbx,%rax,1),%zmm2
    200c:	vaddpd (%r9,%rax,1),%zmm2,%zmm1
    2010:	vmulpd %zmm2,%zmm2,%zmm0
    2014:	vfnmadd132pd %zmm3,%zmm4,%zmm0
    2018:	vfmsub213pd (%r9,%rax,1),%zmm2,%zmm0
    201c:	vsubpd %zmm0,%zmm1,%zmm1
    2020:	vmovupd %zmm0,(%rbx,%rax,1)
    2024:	vmovupd %zmm1,(%r9,%rax,1)
    2028:	add    $0x40,%rax
    202c:	jne    2008 <run_stateupdater()+0x8>
    2030:	dec    %edi
    2034:	jne    2004 <run_stateupdater()+0x4>
    2038:	ret
"""


def test_the_innermost_loop_is_counted_by_kind():
    loop = counted(LISTING, "stateupdater", stores=2)
    assert (loop.fma, loop.multiply, loop.add, loop.divide, loop.other) == (2, 1, 2, 0, 5)
    assert (loop.arithmetic, loop.bytes) == (5, 64)


def test_a_step_that_writes_one_vector_is_half_of_that_loop():
    assert counted(LISTING, "stateupdater", stores=1).arithmetic == 2.5


def test_a_function_without_arithmetic_has_no_hot_loop():
    assert counted(LISTING, "no such function", stores=2) is None
    assert counted("0000000000001000 <stateupdater>:\n    1000:\tret\n", "stateupdater", stores=2) is None


@pytest.mark.skipif(not shutil.which("g++"), reason="no g++")
def test_a_core_is_measured_in_every_mix_and_in_both_precisions(tmp_path):
    program, source = tmp_path / "peak", ROOT / "benchmarks" / "peak.cpp"
    subprocess.run(["g++", "-std=c++17", "-O3", "-march=native", source, "-o", program], check=True)
    best = {}
    for bits in ("64", "32"):
        lines = subprocess.run([program, bits], capture_output=True, text=True, check=True).stdout.splitlines()
        rates = {tuple(map(int, mix)): float(rate) for *mix, rate in map(str.split, lines)}
        assert len(rates) == 6 and {(24, 0), (24, 24), (0, 24)} < set(rates)
        assert min(rates.values()) > 1e8  # numbers a second
        best[bits] = max(rates.values())
    assert best["32"] > best["64"]  # a vector holds twice as many
    assert subprocess.run([program], capture_output=True).returncode == 1
