"""Sources of a few lines in the shape of Brian2's, joined, compiled and run."""

import subprocess
from pathlib import Path

import pytest

from spikenet.engine.merging import NEURONS, PLUMBING, merge_sources

CODE = """
#include "code_objects/{name}.h"
#include "objects.h"
#include <cmath>
namespace {{ int helper(int x) {{ return x {sign} 1; }} }}
void _run_{name}()
{{
    using namespace brian;
    value = 10*value + helper(2) + (int)std::sqrt(0.0);
}}
"""
MAIN = """
#include "objects.h"
#include "code_objects/up.h"
#include "code_objects/up_1.h"
#include "code_objects/down.h"
#include "code_objects/after_run_up.h"
int main() { _run_up(); _run_down(); _run_up_1(); _after_run_up(); return brian::value; }
"""


@pytest.fixture
def sources(tmp_path) -> dict[str, str]:
    """Three code objects, and one that is run at the end."""
    codes = {name: CODE.format(name=name, sign=sign) for name, sign in (("up", "+"), ("up_1", "+"), ("down", "-"))}
    after = codes["up"].replace("_run_up", "_after_run_up").replace("/up.h", "/after_run_up.h")
    codes["after_run_up"] = after.replace("helper(2)", "helper(1)")
    texts = {f"code_objects/{name}.cpp": text for name, text in codes.items()}
    headers = {
        f"code_objects/{name}.h": f"#ifndef {name}_h\n#define {name}_h\nvoid {function}();\n#endif\n"
        for name, function in (
            ("up", "_run_up"), ("up_1", "_run_up_1"), ("down", "_run_down"), ("after_run_up", "_after_run_up"),
        )
    }  # fmt: skip
    texts["objects.cpp"] = '#include "objects.h"\nint brian::value = 0;\n'
    texts["main.cpp"] = MAIN
    texts["synapses_classes.cpp"] = texts["brianlib/spikequeue.cpp"] = "#error left out\n"
    headers["objects.h"] = "#ifndef objects_h\n#define objects_h\nnamespace brian { extern int value; }\n#endif\n"
    for name, text in (texts | headers).items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return texts


def run(folder: Path) -> int:
    command = ["g++", "-I.", NEURONS, PLUMBING, "-o", "main"]
    subprocess.run(command, cwd=folder, check=True, stdin=subprocess.DEVNULL)
    return subprocess.run([folder / "main"], check=False).returncode


def test_joined_sources_do_what_the_small_ones_do(sources, tmp_path):
    """`helper` is another function in every code object: 3, then 31, then 313, then 3132, as a byte."""
    assert merge_sources(tmp_path, sources) == {NEURONS, PLUMBING}
    assert run(tmp_path) == 3132 % 256


def test_whatever_else_there_is_goes_into_the_plumbing_and_main_comes_last(sources, tmp_path):
    (tmp_path / "more.cpp").write_text("")
    merge_sources(tmp_path, [*sources, "more.cpp"])
    lines = (tmp_path / PLUMBING).read_text().splitlines()
    assert lines == ['#include "more.cpp"', '#include "objects.cpp"', '#include "main.cpp"']
