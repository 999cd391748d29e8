"""The generated sources, without compiling them."""

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from spikenet.engines.job import spec_of
from spikenet.engines.simulate import Schedule
from spikenet.engines.standalone import blocks
from spikenet.engines.standalone.cpp import generate
from spikenet.engines.standalone.project import generator_script
from spikenet.neurons import FHN
from tests.planning import plan

TEMPLATES = Path(generate.__file__).parents[1] / "templates"


@pytest.fixture(scope="module")
def sources(tmp_path_factory) -> Path:
    """FHN in single precision with a drive that changes, ten substeps a step."""
    folder = tmp_path_factory.mktemp("project")
    job, _ = plan(FHN, np.zeros((1, 30, 2)), Schedule(2e-3, 1e-3, None, 1e-4), record=("mean", "trace", "final"))
    (folder / "job.json").write_text(json.dumps(spec_of(job) | {"precision": "float32", "flags": ["-O1", "-w"]}))
    program = f"{generator_script(generate.__name__)}; print(*filter(sys.modules.get, sys.modules))"
    command = [sys.executable, "-c", program, str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    (folder / "modules").write_bytes(done.stdout)
    return folder


def test_all_that_the_compiler_needs_is_there(sources):
    for name in ("main.cpp", "objects.cpp", "run.cpp", "makefile", "spikenet_stream.h"):
        assert (sources / name).is_file(), name
    assert (sources / "spikenet_stream.h").read_text() == (TEMPLATES / "spikenet_stream.h").read_text()
    assert (sources / "spikenet_blocks.h").read_text() == blocks.header()
    assert not (sources / "main").exists()


def test_what_the_generator_does_not_need_is_not_loaded(sources):
    """Importing Brian2 alone loads them, a third of its time."""
    loaded = (sources / "modules").read_text().split()
    assert "brian2" in loaded
    assert not {"matplotlib", "_pytest", "Cython", "charset_normalizer", "tensorflow"} & set(loaded)


def test_flags_and_precision_are_those_of_the_job(sources):
    makefile = (sources / "makefile").read_text()
    assert "-O1 -w" in makefile and "-fopenmp" not in makefile
    assert "\nneurons.o: OPTIMISATIONS += -fsingle-precision-constant\n" in makefile
    assert "\nplumbing.o: OPTIMISATIONS += -O1\n" in makefile
    assert re.search(r"\bfloat\s*\*\s*_array_neurons_x\b", (sources / "objects.h").read_text())


def test_the_makefile_has_two_sources_and_takes_shared_functions_from_the_neurons(sources):
    """What both have, the linker takes from the first: from the one that is optimised."""
    makefile = (sources / "makefile").read_text()
    assert re.search("^SRCS = neurons.cpp plumbing.cpp$", makefile, re.M)
    included = set(re.findall(r'#include "(\w+\.cpp)"', (sources / "plumbing.cpp").read_text()))
    assert included == {"aligned_new.cpp", "main.cpp", "network.cpp", "objects.cpp", "run.cpp"}
    update = '#include "code_objects/neurons_stateupdater_codeobject'
    assert (sources / "neurons.cpp").read_text().count(f"{update}.cpp") == 1
    assert f"{update}_1.cpp" not in (sources / "neurons.cpp").read_text()


def test_the_number_of_neurons_is_asked_of_the_stream(sources):
    codes = [path.read_text() for path in (sources / "code_objects").glob("*.cpp")]
    assert codes
    assert sum("const int64_t N = spikenet::stream().n;" in code for code in codes) >= 3
    assert not any(f"const int64_t N = {blocks.CAPACITY};" in code for code in codes)


def test_ten_substeps_are_a_loop_and_not_written_out(sources):
    update = next(
        path.read_text()
        for path in (sources / "code_objects").glob("*stateupdater*.cpp")
        if "_substep" in path.read_text()
    )
    assert "_substep<10" in update.replace(" ", "")


def test_what_is_kept_and_fed_is_written_and_read(sources):
    main = (sources / "main.cpp").read_text()
    for line in (
        'write("mean"',
        'write("final"',
        'check("x"',
        'check("y"',
        "next_chunk()",
        "set_from_command_line(args)",
    ):
        assert line in main, line
    feeder = (sources / "code_objects" / "i_in_feeder_codeobject.cpp").read_text()
    assert 'read_row("i_in", 30,' in feeder
