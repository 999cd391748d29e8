"""Generate the C++ project of a job: ``python -m spikenet.engines.standalone.cpp.generate FOLDER``.

It reads ``FOLDER/job.json`` and writes the sources beside it. It runs in a process of its own, so that the state of
Brian2 in the user's process stays as it is.
"""

import json
import shutil
import sys
from pathlib import Path

import brian2
import numpy as np

from spikenet.engines.job import job_from_spec
from spikenet.engines.standalone.blocks import CAPACITY
from spikenet.engines.standalone.cpp.device import activate_cpp_device
from spikenet.engines.standalone.cpp.target import known_flags
from spikenet.engines.standalone.merging import NEURONS, PLUMBING
from spikenet.engines.standalone.sources import TEMPLATES, write_sources

# Optimising the plumbing takes longer than it will ever run.
_PLUMBING = f"\n{Path(PLUMBING).stem}.o: OPTIMISATIONS += -O1\n"
# A double constant would pull a whole expression to double. Only in the neurons' code: the clocks stay in double.
_SINGLE_CONSTANTS = f"{Path(NEURONS).stem}.o: OPTIMISATIONS += -fsingle-precision-constant\n"
_ALLOCATOR = "aligned_new.cpp"


def generate(folder: Path) -> None:
    """Write the sources of a project. Its job and precision are in ``folder/job.json``."""
    spec = json.loads((folder / "job.json").read_text())
    _set_preferences(spec)
    device = activate_cpp_device(CAPACITY)
    device.extra_compile_args = known_flags(spec["flags"])
    device.insert_code("main", "spikenet::stream().divide();")
    write_sources(device, job_from_spec(spec), folder, additional_source_files=[_ALLOCATOR])
    with (folder / "makefile").open("a") as makefile:
        makefile.write(_PLUMBING + (_SINGLE_CONSTANTS if spec["precision"] == "float32" else ""))
    shutil.copy(TEMPLATES / _ALLOCATOR, folder / _ALLOCATOR)


def _set_preferences(spec) -> None:
    brian2.prefs.core.default_float_dtype = np.dtype(spec["precision"]).type
    brian2.prefs.codegen.cpp.extra_compile_args_gcc = []  # Brian2 would compile a test for each
    brian2.prefs.devices.cpp_standalone.openmp_threads = 0  # the program divides the neurons, not each step


if __name__ == "__main__":
    generate(Path(sys.argv[1]))
