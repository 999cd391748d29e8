"""Generates the CUDA project of a job: ``python -m spikenet.engine.generate_cuda FOLDER``; see `generate`."""

import json
import sys
from pathlib import Path

from spikenet.cuda.settings import preferences
from spikenet.cuda.toolchain import Toolchain, find_toolchain
from spikenet.engine.cuda_device import activate_cuda_device
from spikenet.engine.sources import write_sources
from spikenet.engine.spec import job_from_spec
from spikenet.errors import ToolchainError


def generate(folder: Path) -> None:
    """Write the sources of the project whose job, precision and compute capability stand in ``folder/job.json``."""
    spec = json.loads((folder / "job.json").read_text())
    with preferences(_toolchain(), spec["precision"], spec["compute_capability"]):
        device = activate_cuda_device()
        write_sources(device, job_from_spec(spec), folder)
        device.let_the_stream_tell_the_size(folder)


def _toolchain() -> Toolchain | None:
    """None where there is none: sources can be written all the same."""
    try:
        return find_toolchain()
    except ToolchainError:
        return None


if __name__ == "__main__":
    generate(Path(sys.argv[1]))
