"""Generate the CUDA project of a job: ``python -m spikenet.engines.standalone.cuda.generate FOLDER``."""

import json
import sys
from pathlib import Path

import brian2

from spikenet.cuda.settings import preferences
from spikenet.cuda.toolchain import find_toolchain
from spikenet.engines.job import job_from_spec
from spikenet.engines.standalone.cuda.device import activate_cuda_device
from spikenet.engines.standalone.sources import write_sources

# For the host's code, which only hands on what kernels compute. Optimising it is a third of the compiler's time.
_HOST = "\nNVCCFLAGS += -Xcompiler -O1\n"


def generate(folder: Path) -> None:
    """Write the sources of a project. Its job, precision and compute capability are in ``folder/job.json``.

    Without a toolchain they name none, and can be compiled on another machine.
    """
    spec = json.loads((folder / "job.json").read_text())
    for folders in ("include_dirs", "library_dirs", "runtime_library_dirs"):
        brian2.prefs[f"codegen.cpp.{folders}"] = []  # this Python's own: not needed, and not there on another machine
    toolchain = find_toolchain() if spec["toolchain"] else None
    with preferences(toolchain, spec["precision"], spec["compute_capability"]):
        device = activate_cuda_device()
        write_sources(device, job_from_spec(spec), folder)
        device.read_size_at_run_time(folder)
    with (folder / "makefile").open("a") as makefile:
        makefile.write(_HOST)


if __name__ == "__main__":
    generate(Path(sys.argv[1]))
