"""The generated CUDA sources, without a toolkit."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import NO_BRIAN2CUDA

pytest.importorskip("brian2cuda", reason=NO_BRIAN2CUDA)

from spikenet.engines.job import spec_of  # noqa: E402
from spikenet.engines.simulate import Schedule  # noqa: E402
from spikenet.engines.standalone.cuda.device import SIZE  # noqa: E402
from spikenet.engines.standalone.cuda.target import CudaTarget  # noqa: E402
from spikenet.neurons import FHN  # noqa: E402
from tests.planning import plan  # noqa: E402


@pytest.fixture(scope="module")
def sources(tmp_path_factory) -> Path:
    """FHN in single precision with a drive that changes, ten substeps a step; no toolkit is to be found."""
    folder = tmp_path_factory.mktemp("project")
    job, _ = plan(FHN, np.zeros((1, 30, 2)), Schedule(2e-3, 1e-3, None, 1e-4), record=("mean", "trace", "final"))
    spec = spec_of(job) | CudaTarget(None, "float32", 9.0).settings()
    (folder / "job.json").write_text(json.dumps(spec))
    command = [sys.executable, "-m", CudaTarget.generator, str(folder)]
    nowhere = os.environ | {"SPIKENET_CUDA": str(folder)}
    subprocess.run(command, check=True, capture_output=True, stdin=subprocess.DEVNULL, env=nowhere)
    return folder


def test_sources_need_no_toolkit(sources):
    for name in ("main.cu", "objects.cu", "rand.cu", "makefile", "spikenet_stream.h", "brianlib/cuda_utils.h"):
        assert (sources / name).is_file(), name
    makefile = (sources / "makefile").read_text()
    assert sys.prefix not in makefile  # it may be compiled elsewhere
    assert "-arch=sm_90" in makefile and "fast_math" not in makefile.replace("-ffast-math", "")


def test_the_compiler_reads_one_source_without_thrust_and_hardly_optimises_the_host(sources):
    makefile = (sources / "makefile").read_text()
    assert re.search("^SRCS = program.cu$", makefile, re.M)
    assert makefile.endswith("\nNVCCFLAGS += -Xcompiler -O1\n")
    program = (sources / "program.cu").read_text()
    for name in ("main", "objects", "rand", "run", "network", "code_objects/neurons_stateupdater_codeobject"):
        assert program.count(f'#include "{name}.cu"') == 1, name
    assert "using host_vector = std::vector" in (sources / "thrust" / "host_vector.h").read_text()


def test_the_number_of_neurons_is_left_to_the_stream(sources):
    for path in sources.rglob("*"):
        if path.suffix in (".cu", ".h"):
            assert not re.search(rf"\b({SIZE}|{SIZE + 1})\b", path.read_text()), path
    objects = (sources / "objects.cu").read_text()
    assert "_num__array_neurons_x = spikenet::stream().capacity();" in objects
    assert "new float[spikenet::stream().capacity()]" in objects


def test_ten_substeps_are_one_kernel(sources):
    update = (sources / "code_objects" / "neurons_stateupdater_codeobject.cu").read_text()
    assert update.count("__global__") == 1
    assert "_substep < 10;" in update


def test_single_precision_has_no_double_but_clocks_and_sums(sources):
    objects = (sources / "objects.cu").read_text()
    doubles = re.findall(r"double \* brian::(_array_\w+);", objects)
    assert doubles and all(re.search(r"clock|output_sum", name) for name in doubles)
    assert re.search(r"float \* brian::_array_neurons_x;", objects)
