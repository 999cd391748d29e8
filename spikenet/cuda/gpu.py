"""Graphics processing units (GPUs) that NVIDIA's driver lists, and what can be done with CUDA on this machine."""

import os
import subprocess
from dataclasses import dataclass
from typing import Literal

import numpy as np

from spikenet.cuda.toolchain import Toolchain, find_toolchain
from spikenet.errors import InvalidValueError, ToolchainError

Mode = Literal["run", "compile", "generate"]

OLDEST = {13: (580, 7.5)}  # major version of CUDA: the oldest driver and compute capability, by its release notes
NEWEST = (13, 0)  # what the wheels of spikenet[cuda] bring
_QUERY = "index,uuid,name,driver_version,compute_cap,memory.total"
_MEBIBYTE = 1 << 20


@dataclass(frozen=True)
class Gpu:
    """A graphics processing unit.

    Attributes
    ----------
    name, driver : str
        Its name, and the version of its driver.
    compute_capability : float
        NVIDIA's number for what it can do, such as 9.0.
    memory : int
        In bytes; 0 where the driver does not say.
    uuid : str
        NVIDIA's identifier; empty where the driver does not say.
    """

    name: str
    driver: str
    compute_capability: float
    memory: int
    uuid: str = ""

    @property
    def only_this(self) -> tuple[str, ...]:
        """Words to put before a command, so that it sees this GPU and no other."""
        return ("env", f"CUDA_VISIBLE_DEVICES={self.uuid}") if self.uuid else ()

    def shortcomings(self, version: tuple[int, int], built_for: float | None = None) -> tuple[str, ...]:
        """Return the reasons why programs do not run on it; empty if they do.

        ``version`` is that of CUDA, ``built_for`` the compute capability that programs are compiled for, None for all.
        """
        driver, capability = OLDEST.get(version[0], (0, 0.0))
        release = ".".join(map(str, version))
        found = []
        if int(self.driver.partition(".")[0]) < driver:
            found.append(f"its driver is {self.driver}, and CUDA {release} wants {driver} or newer")
        if self.compute_capability < capability:
            found.append(
                f"its compute capability is {self.compute_capability}, and CUDA {release} wants {capability} or more"
            )
        if built_for is not None and self.compute_capability < built_for:
            found.append(f"its compute capability is {self.compute_capability}, and the program is for {built_for}")
        return tuple(found)


def gpus() -> tuple[Gpu, ...]:
    """Return the GPUs that programs of this process see, in order; none where there is no driver.

    The variable ``CUDA_VISIBLE_DEVICES`` chooses among them, by the numbers that ``nvidia-smi`` shows.
    """
    command = ["nvidia-smi", f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits"]
    try:
        listing = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    rows = [[field.strip() for field in line.split(",")] for line in listing.splitlines()]
    return tuple(gpu for row in _visible([row for row in rows if len(row) == 6]) if (gpu := _gpu(*row[1:])))


def usable_gpu(toolchain: Toolchain | None, capability: float | None = None) -> Gpu | None:
    """Return the first GPU on which programs of a toolchain run; None if there is none.

    ``capability`` is the compute capability that they are compiled for, None if it is chosen for the GPU. Raises
    InvalidValueError as `check_capability` does.
    """
    if toolchain is None or toolchain.emulated:
        return None
    check_capability(toolchain.version, capability)
    return next((gpu for gpu in gpus() if not gpu.shortcomings(toolchain.version, capability)), None)


def mode(toolchain: Toolchain | None = None, capability: float | None = None) -> Mode:
    """Return what this machine can do with a CUDA project: "run" it, "compile" it, or only "generate" its sources.

    Without ``toolchain`` it is looked for; an emulated one runs without a GPU. ``capability`` is the compute capability
    that the project is compiled for, None if it is chosen for the GPU.
    """
    try:
        toolchain = toolchain or find_toolchain()
    except ToolchainError:
        return "generate"
    return "run" if toolchain.emulated or usable_gpu(toolchain, capability) else "compile"


def check_capability(version: tuple[int, int], capability: float | None) -> None:
    """Raise InvalidValueError for a compute capability that this version of CUDA does not compile for."""
    _, oldest = OLDEST.get(version[0], (0, 5.0))  # 5.0 is Brian2CUDA's own limit
    number = isinstance(capability, int | float | np.number) and not isinstance(capability, bool)
    if capability is not None and not (number and oldest <= capability < 100):
        raise InvalidValueError(
            f"compute_capability is {capability!r}, and CUDA {version[0]}.{version[1]} wants {oldest} or more, such as "
            "9.0; None makes a binary for all"
        )


def _visible(rows: list[list[str]]) -> list[list[str]]:
    """Return the rows that CUDA_VISIBLE_DEVICES names, in its order; as in CUDA, an unknown name ends the list."""
    wanted = os.environ.get("CUDA_VISIBLE_DEVICES")
    if wanted is None:
        return rows
    seen = []
    for name in (word.strip() for word in wanted.split(",")):
        found = [row for row in rows if name and (row[0] == name or row[1].startswith(name))]
        if not found:
            break
        seen.append(found[0])
    return seen


def _gpu(uuid: str, name: str, driver: str, capability: str, memory: str) -> Gpu | None:
    """Return a GPU from the fields of the driver, or None for a row that cannot be read."""
    uuid = uuid if uuid.startswith(("GPU-", "MIG-")) else ""
    try:
        int(driver.partition(".")[0])
        return Gpu(name, driver, float(capability), int(memory) * _MEBIBYTE if memory.isdigit() else 0, uuid)
    except ValueError:
        return None
