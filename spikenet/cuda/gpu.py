"""Graphics cards as NVIDIA's driver tells of them, and what can be done on this machine."""

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
    """A graphics card; ``memory`` in bytes, 0 where the driver does not tell."""

    name: str
    driver: str
    compute_capability: float
    memory: int
    uuid: str = ""

    @property
    def alone(self) -> tuple[str, ...]:
        """Words before a command that let it see this card and no other."""
        return ("env", f"CUDA_VISIBLE_DEVICES={self.uuid}") if self.uuid else ()

    def shortcomings(self, version: tuple[int, int], built_for: float | None = None) -> tuple[str, ...]:
        """Why programs of this version of CUDA, for a compute capability or for all, do not run on it; or nothing."""
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
    """The cards that programs of this process see, the first one first; none where there is no driver.

    Heeds CUDA_VISIBLE_DEVICES; numbers in it are those that nvidia-smi shows.
    """
    command = ["nvidia-smi", f"--query-gpu={_QUERY}", "--format=csv,noheader,nounits"]
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return ()
    cards = [[field.strip() for field in line.split(",")] for line in said.splitlines()]
    return tuple(gpu for card in _visible([card for card in cards if len(card) == 6]) if (gpu := _gpu(*card[1:])))


def card_for(toolchain: Toolchain | None, capability: float | None = None) -> Gpu | None:
    """The card that programs of a toolchain run on: the first that can; None without one.

    ``capability`` is what they are compiled for, None where that is up to the card. Errors: those of
    `check_capability`.
    """
    if toolchain is None or toolchain.emulated:
        return None
    check_capability(toolchain.version, capability)
    return next((gpu for gpu in gpus() if not gpu.shortcomings(toolchain.version, capability)), None)


def mode(toolchain: Toolchain | None = None, capability: float | None = None) -> Mode:
    """What this machine can do with a CUDA project: "run" it, "compile" it (no card), or only "generate" its sources.

    With ``toolchain`` None it is looked for. An emulated one runs without a card. ``capability`` is what the project is
    compiled for, None where that is up to the card.
    """
    try:
        toolchain = toolchain or find_toolchain()
    except ToolchainError:
        return "generate"
    return "run" if toolchain.emulated or card_for(toolchain, capability) else "compile"


def check_capability(version: tuple[int, int], capability: float | None) -> None:
    """Errors: InvalidValueError for a compute capability that this version of CUDA does not compile for."""
    _, oldest = OLDEST.get(version[0], (0, 5.0))  # 5.0 is Brian2CUDA's own limit
    number = isinstance(capability, int | float | np.number) and not isinstance(capability, bool)
    if capability is not None and not (number and oldest <= capability < 100):
        raise InvalidValueError(
            f"compute_capability is {capability!r}, and CUDA {version[0]}.{version[1]} wants {oldest} or more, such as "
            "9.0; None makes a binary for all"
        )


def _visible(cards: list[list[str]]) -> list[list[str]]:
    """Those of CUDA_VISIBLE_DEVICES, in its order; as in CUDA, an unknown name ends the list."""
    wanted = os.environ.get("CUDA_VISIBLE_DEVICES")
    if wanted is None:
        return cards
    seen = []
    for name in (word.strip() for word in wanted.split(",")):
        found = [card for card in cards if name and (card[0] == name or card[1].startswith(name))]
        if not found:
            break
        seen.append(found[0])
    return seen


def _gpu(uuid: str, name: str, driver: str, capability: str, memory: str) -> Gpu | None:
    """A card from the driver's words, or None for what cannot be read."""
    uuid = uuid if uuid.startswith(("GPU-", "MIG-")) else ""
    try:
        int(driver.partition(".")[0])
        return Gpu(name, driver, float(capability), int(memory) * _MEBIBYTE if memory.isdigit() else 0, uuid)
    except ValueError:
        return None
