"""Learning and reading out, block after block of images, with a checkpoint after each."""

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from brian2 import second

from spikenet.papers.gupta_naveed.digits.network import DigitNetwork, DigitSettings
from spikenet.scripts import Script, device
from spikenet.storage import read_arrays, write_whole


@dataclass(frozen=True)
class Shown:
    """What a network has been shown so far.

    ``images`` are the last ones' numbers (image,), ``counts`` their spikes (image, neuron), ``n`` the number of all
    images, ``presentations`` how often one was shown, ``seconds`` the time that it took, ``measured`` what was measured
    after each block, and ``states`` the variables that go on, by name.
    """

    images: np.ndarray
    counts: np.ndarray
    n: int = 0
    presentations: int = 0
    seconds: float = 0.0
    measured: tuple[tuple[int, float], ...] = ()  # the number of images, and what `Showing.measure` returned
    states: dict[str, np.ndarray] = field(default_factory=dict)

    @classmethod
    def nothing(cls, neurons: int, states: dict[str, np.ndarray] | None = None) -> "Shown":
        """Return the beginning: with the states of a network that has learned, or with its own."""
        return cls(np.empty(0, np.int64), np.empty((0, neurons), np.int32), states=states or {})

    def save(self, path: Path) -> None:
        """Write it to a file, all of it or nothing."""
        numbers = np.array([self.n, self.presentations, self.seconds])
        measured = np.array(self.measured, float).reshape(-1, 2)
        states = {f"state {name}": values for name, values in self.states.items()}
        arrays = {"images": self.images, "counts": self.counts, "numbers": numbers, "measured": measured, **states}
        write_whole(path, lambda file: np.savez(file, **arrays))

    @classmethod
    def load(cls, path: Path) -> "Shown":
        """Read what `save` wrote."""
        arrays = read_arrays(path, most=path.lstat().st_size)
        states = {name.removeprefix("state "): one for name, one in arrays.items() if name.startswith("state ")}
        n, presentations, seconds = arrays["numbers"]
        measured = tuple((int(at), float(value)) for at, value in arrays["measured"])
        return cls(arrays["images"], arrays["counts"], int(n), int(presentations), float(seconds), measured, states)


@dataclass(frozen=True)
class Showing:
    """How images are shown.

    ``learn`` says whether weights and thresholds change, ``begin`` where the network starts unless there is a
    ``checkpoint``; ``measure`` returns a number after each block, and the spikes of the last ``keep`` images are kept.
    """

    learn: bool
    seed: int
    begin: Shown
    checkpoint: Path
    measure: Callable[[Shown], float]
    keep: int


@dataclass(frozen=True)
class DigitProgram:
    """A compiled network, within its block of `sn.device`."""

    script: Script
    network: DigitNetwork

    def show(self, images: np.ndarray, n: int, how: Showing) -> Shown:
        """Show images (image, pixel), again and again, until ``n`` of them evoked enough spikes; blocks are whole."""
        shown = Shown.load(how.checkpoint) if os.path.lexists(how.checkpoint) else how.begin
        while shown.n < n:
            shown = self._show_block(images, shown, how)
            shown = replace(shown, measured=(*shown.measured, (shown.n, how.measure(shown))))
            shown.save(how.checkpoint)
        return shown

    def _show_block(self, images: np.ndarray, before: Shown, how: Showing) -> Shown:
        started, block = time.perf_counter(), self.network.block
        first = before.n - self.network.was_enough(before.states)  # the image that the last block ended with
        order = np.arange(first, first + block + 1) % len(images)
        chance = np.random.SeedSequence((how.seed, int(how.learn), before.presentations // block)).generate_state(1)[0]
        self.script.run(self.network.arguments(images[order], before.states, how.learn), seed=int(chance))
        number, counts = self.network.results()
        return Shown(
            np.append(before.images, (first + number) % len(images))[-how.keep :],
            np.concatenate([before.counts, counts])[-how.keep :],
            before.n + len(number),
            before.presentations + block,
            before.seconds + time.perf_counter() - started,
            before.measured,
            {name: np.array(view[:], np.float32) for name, view in self.network.states().items()},
        )


@contextmanager
def digit_program(settings: DigitSettings, block: int, seed: int, engine: str = "cpp") -> Iterator[DigitProgram]:
    """Give a compiled network that is shown ``block`` images in each run."""
    with device(engine, seed=seed, precision="float32") as script:
        network = DigitNetwork(settings, block)
        network.network.run(network.seconds * second)
        yield DigitProgram(script, network)
