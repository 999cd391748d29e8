"""Sources of a few lines in the shape of Brian2's, joined, compiled and run."""

import subprocess
from pathlib import Path

import pytest

from spikenet.engines.standalone.merging import NEURONS, PLUMBING, PROGRAM, merge_cuda_sources, merge_sources

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


def run(folder: Path, *command: str) -> int:
    command = command or ("g++", "-I.", NEURONS, PLUMBING, "-o", "main")
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


@pytest.fixture
def cuda_sources(sources, tmp_path) -> set[str]:
    """The same in CUDA: one has a macro by the name of the others' function, one a kernel that is started later."""
    texts = {name.replace(".cpp", ".cu"): text for name, text in sources.items() if not name.startswith("brianlib")}
    macro = "#define helper(x) (x - 1)"
    down = texts["code_objects/down.cu"].replace("namespace { int helper(int x) { return x - 1; } }", f"    {macro}")
    assert macro in down
    kernel = "__global__ void _reset_up(int*);"
    header = tmp_path / "code_objects/up.h"
    header.write_text(header.read_text().replace("#endif", f"{kernel}\n#endif"))
    texts["code_objects/up.cu"] += "__global__ void\n_reset_up(int* value) { *value += 1; }\n"
    after = (
        texts["code_objects/after_run_up.cu"]
        .replace("helper(1)", "helper(0)")
        .replace("(0.0);", "(0.0); _reset_up(&value);")
    )
    texts |= {"code_objects/down.cu": down, "code_objects/after_run_up.cu": '#include "code_objects/up.h"\n' + after}
    texts["synapses_classes.cu"] = ""
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    return set(texts)


def compiled_as_cuda(folder: Path) -> int:
    return run(folder, "g++", "-x", "c++", "-D__global__=", "-I.", PROGRAM, "-o", "main")


def test_in_cuda_all_is_one_source_that_does_the_same(cuda_sources, tmp_path):
    assert merge_cuda_sources(tmp_path, cuda_sources) == {PROGRAM}
    assert compiled_as_cuda(tmp_path) == 3132 % 256


def test_sources_of_others_are_left_to_themselves(cuda_sources, tmp_path):
    assert merge_cuda_sources(tmp_path, [*cuda_sources, "/elsewhere/more.cu"]) == {PROGRAM, "/elsewhere/more.cu"}
    assert "more.cu" not in (tmp_path / PROGRAM).read_text()
    assert not (tmp_path / "thrust").exists()  # they may use it


def test_where_only_vectors_of_the_host_are_used_thrust_is_not_read(cuda_sources, tmp_path):
    """No Thrust is here, so that g++ would stop at its headers."""
    objects = tmp_path / "objects.h"
    lines = "#include <thrust/host_vector.h>\n#include <thrust/device_vector.h>\n#include <thrust/system_error.h>\n"
    objects.write_text(lines + objects.read_text())
    with (tmp_path / "objects.cu").open("a") as file:
        file.write("thrust::host_vector<int*> spaces(1);\n")
    merge_cuda_sources(tmp_path, cuda_sources)
    assert compiled_as_cuda(tmp_path) == 3132 % 256


@pytest.mark.parametrize("line", ["thrust::device_vector<int> x;", "#include <thrust/sort.h>"])
@pytest.mark.parametrize("name", ["objects.h", "code_objects/down.cu"])
def test_where_more_of_thrust_is_used_it_stays(cuda_sources, tmp_path, name, line):
    with (tmp_path / name).open("a") as file:
        file.write(f"{line}\n")
    merge_cuda_sources(tmp_path, cuda_sources)
    assert not (tmp_path / "thrust").exists()
