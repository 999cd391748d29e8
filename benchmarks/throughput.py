"""Neuron-steps a second of FitzHugh-Nagumo neurons: spikenet's engines, rivals, and the limits of the processor.

python benchmarks/throughput.py [--engine cuda] [--repeats 7] [--threads 1 2] [--out FOLDER]

With ``--engine cuda`` the graphics card comes beside the C++ engine. Not yet run on one.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import defaultdict
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
from hot_loop import HotLoop, hot_loop

import spikenet as sn
from spikenet.engines.standalone.cpp.target import CppTarget
from spikenet.engines.standalone.project import project_for

HERE = Path(__file__).parent
RIVALS = ("plain_brian2", "jax_loop", "numba_loop", "numpy_loop")
SCHEMES, PRECISIONS = ("rk4", "euler"), ("float64", "float32")
N, DURATION = 65536, 0.1  # neurons, and seconds at dt = 0.01 ms: 10,000 steps
STATES = 2  # x and y, which a step writes


def simulation(scheme: str, engine: sn.engines.Cpp | sn.engines.Cuda) -> sn.Simulation:
    return sn.Simulation(replace(sn.FHN, method=scheme), duration=DURATION, engine=engine)


def ours(scheme: str, engine: sn.engines.Cpp | sn.engines.Cuda) -> float:
    """Speed of an engine: all that its program does, from start to end."""
    recording = simulation(scheme, engine).run(np.linspace(-0.9, 0.9, N)[None])
    return N * round(DURATION / sn.FHN.dt) / recording.provenance["binary_seconds"]


def loop_of_ours(scheme: str, precision: str) -> HotLoop | None:
    """Instructions of a step in the C++ engine's program; None where they cannot be counted."""
    project = project_for(simulation(scheme, sn.engines.Cpp(precision)).job(), CppTarget(precision))
    return hot_loop(project / "main", "stateupdater", STATES)


def rival(name: str, scheme: str, precision: str, threads: int) -> float | None:
    """Speed of a rival in a process of its own; None if it does not run here."""
    command = [sys.executable, "-m", f"benchmarks.rivals.{name}", scheme, precision, str(threads)]
    done = subprocess.run(command, cwd=HERE.parent, capture_output=True, text=True)
    if done.returncode:
        print(f"{name} does not run here: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return None
    return json.loads(done.stdout.strip().splitlines()[-1])["speed"]


def compiled_peak() -> Path:
    program = Path(tempfile.mkdtemp()) / "peak"
    subprocess.run(["g++", "-std=c++17", "-O3", "-march=native", HERE / "peak.cpp", "-o", program], check=True)
    return program


def limits(program: Path, precision: str, loop: HotLoop) -> dict[str, float]:
    """Steps a second that one core cannot exceed.

    ``best mix``: it does no more arithmetic than in the best mix of multiply-adds and additions. ``own mix``: nor
    more multiplications, fused or not, than where there is nothing else.
    """
    bits = str(8 * np.dtype(precision).itemsize)
    lines = subprocess.run([program, bits], capture_output=True, text=True, check=True).stdout.splitlines()
    rates = {tuple(map(int, mix)): float(rate) for *mix, rate in map(str.split, lines)}
    any_mix = max(rates.values()) / loop.arithmetic
    multiplications = max(rate for (_, adds), rate in rates.items() if not adds)
    return {
        "limit, best mix": any_mix,
        "limit, own mix": min(any_mix, multiplications / (loop.arithmetic - loop.add)),
    }


def measure(repeats: int, threads: list[int], cuda: bool) -> dict[tuple, list[float]]:
    """Speeds by (who, scheme, precision, threads), one a round."""
    program = compiled_peak()
    speeds = defaultdict(list)
    for round_ in range(repeats + 1):  # the first compiles, and does not count
        for scheme, precision in product(SCHEMES, PRECISIONS):
            loop = loop_of_ours(scheme, precision)
            found = {(name, 1): speed for name, speed in (limits(program, precision, loop) if loop else {}).items()}
            if cuda:
                found["spikenet cuda", 1] = ours(scheme, sn.engines.Cuda(precision))
            for n in threads:
                found["spikenet", n] = ours(scheme, sn.engines.Cpp(precision, n))
                found |= {
                    (name, n): rival(name, scheme, precision, n) for name in RIVALS if n == 1 or name != "numpy_loop"
                }
            for (who, n), speed in found.items():
                if round_ and speed:
                    speeds[who, scheme, precision, n].append(speed)
            print(f"round {round_} of {repeats}: {scheme} {precision} done", file=sys.stderr, flush=True)
    return speeds


def instructions() -> str:
    """What the compiler made of a step, a line for each scheme and precision."""
    lines = [
        f"- {scheme} {precision}: {loop_of_ours(scheme, precision) or 'not counted (takes objdump and x86-64)'}"
        for scheme, precision in product(SCHEMES, PRECISIONS)
    ]
    return "\n".join(["Instructions of the C++ engine's hot loop:", "", *lines]) + "\n"


def table(speeds: dict[tuple, list[float]]) -> str:
    """Markdown: medians with their range, and the median of the ratio to spikenet, round by round."""
    lines = [
        "| scheme | precision | threads | who | 1e9 steps/s (median, least to most) | spikenet / it |",
        "| --- | --- | ---: | --- | ---: | ---: |",
    ]
    for (who, scheme, precision, n), values in speeds.items():
        ratio = np.median(np.divide(speeds["spikenet", scheme, precision, n], values))
        shown = np.median(values) / 1e9, min(values) / 1e9, max(values) / 1e9
        lines.append(
            f"| {scheme} | {precision} | {n} | {who} "
            f"| {shown[0]:.3f} ({shown[1]:.3f} to {shown[2]:.3f}) | {ratio:.2f} |"
        )
    for scheme, precision in product(SCHEMES, PRECISIONS):
        both = [speeds.get(("spikenet", scheme, precision, n)) for n in (2, 1)]
        if all(both):
            lines.append(f"| {scheme} | {precision} | 2 against 1 | spikenet | | {np.median(np.divide(*both)):.2f} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--engine", choices=("cpp", "cuda"), default="cpp")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    speeds = measure(asked.repeats, asked.threads, asked.engine == "cuda")
    text = f"{table(speeds)}\n{asked.repeats} rounds on {os.cpu_count()} cores\n\n{instructions()}"
    print(text)
    if asked.out:
        asked.out.mkdir(parents=True, exist_ok=True)
        (asked.out / "throughput.md").write_text(text)
        rows = [
            {"who": key[0], "scheme": key[1], "precision": key[2], "threads": key[3], "speeds": v}
            for key, v in speeds.items()
        ]
        (asked.out / "throughput.json").write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
