"""Networks with synapses: plain Brian2 C++ standalone, and `sn.device` with and without its fast path; and rivals.

python -m benchmarks.plastic [--networks diehl-cook:400 cuba:4000 ...] [--length 20] [--repeats 5] [--precision float32]
    [--python PYTHON_WITH_RIVALS]

Programs are compiled with the same flags, then run one after the other, in rounds. ``length`` counts images of 500 ms
for diehl-cook, and seconds for others. Times are milliseconds an image, or a second: the median over the rounds of
what `Network.run` takes, without making synapses and writing results. The processor's time, which other programs on
the machine disturb less, and memory are those of the whole program; of rivals, the processor's time is that of the run.

Rivals are NEST and BindsNET, each if that Python has it: `rivals/nest_networks.py` and `rivals/bindsnet_digits.py` say
how their networks differ. They are left out above ``--rivals-up-to`` neurons.
"""

import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import brian2 as b2
import numpy as np

import spikenet as sn
from benchmarks.plastic_networks import NETWORKS
from spikenet.engines.standalone.cpp.target import compiler_flags

WAYS = ("brian2", "fast=False", "fast=True")
RIVALS = {"NEST": "nest_networks", "BindsNET": "bindsnet_digits"}  # and the modules of benchmarks/rivals
ROOT = Path(__file__).parents[1]
DEFAULT = ["diehl-cook:100", "diehl-cook:400", "diehl-cook:1600", "cuba:4000", "cobahh:4000", "plastic-ei:4000"]


@dataclass(frozen=True)
class Run:
    """Seconds of a run, of the processor, and memory in MB."""

    seconds: float
    processor: float
    memory: float
    spikes: int = 0


def compile_one(network: str, n: int, length: int, precision: str, way: str, folder: str) -> None:
    """Compile a program into a folder, and run it once."""
    if way == "brian2":
        b2.set_device("cpp_standalone", build_on_run=False)
        b2.prefs.codegen.cpp.extra_compile_args_gcc = list(compiler_flags())
        b2.prefs.core.default_float_dtype = np.dtype(precision).type
        b2.seed(1)
        objects, duration = NETWORKS[network](n, length)
        b2.Network(objects).run(duration)
        b2.device.build(folder, compile=True, run=True, with_output=False)
    else:
        with sn.device("cpp", directory=folder, seed=1, precision=precision, fast=way == "fast=True"):
            objects, duration = NETWORKS[network](n, length)
            b2.Network(objects).run(duration)
    print(json.dumps(int(objects[-1].num_spikes)))


def watch(command: list[str], folder: Path) -> tuple[str, float, float]:
    """Run a program in a folder; return what it prints, its processor's time in seconds and its memory in MB."""
    environment = os.environ | {"SPIKENET_SEED": "1"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    with tempfile.TemporaryFile("w+") as printed, tempfile.TemporaryFile("w+") as errors:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=printed, stderr=errors)
        most = 0
        while process.poll() is None:  # the system's own account would start with the memory of this process
            found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())
            most = max(most, int(found[1]) if found else 0)
            time.sleep(0.02)
        errors.seek(0)
        if process.returncode:
            raise RuntimeError(errors.read().strip())
        printed.seek(0)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return printed.read(), after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, most / 1000


def run_program(folder: Path) -> Run:
    """Run a compiled program of Brian2."""
    _, processor, memory = watch(["./main"], folder)
    seconds = float((folder / "results" / "last_run_info.txt").read_text().split()[0])
    return Run(seconds, processor, memory)


def run_rival(python: str, module: str, *arguments: str) -> Run:
    """Run a rival's network; raise an error if it is not installed."""
    printed, _, memory = watch([python, "-m", f"benchmarks.rivals.{module}", *arguments], ROOT)
    found = json.loads(printed.splitlines()[-1])
    return Run(found["seconds"], found["processor"], memory, found["spikes"])


def programs(network: str, n: str, settings, scratch: Path) -> dict[str, Callable[[], Run]]:
    """Compile the ways to run a network; return them by name, with the rivals that there are."""
    ways = {}
    for way in WAYS:
        folder = scratch / way.replace("=", "_")
        one = [network, n, str(settings.length), settings.precision, way, str(folder)]
        printed, *_ = watch([sys.executable, "-m", "benchmarks.plastic", "--one", *one], ROOT)
        spikes = json.loads(printed.splitlines()[-1])
        ways[way] = lambda folder=folder, spikes=spikes: replace(run_program(folder), spikes=spikes)
    for name, module in RIVALS.items():
        there = subprocess.run([settings.python, "-c", f"import {name.lower()}"], capture_output=True).returncode == 0
        if there and int(n) <= settings.rivals_up_to and (network == "diehl-cook" or name != "BindsNET"):
            ways[name] = partial(run_rival, settings.python, module, network, n, str(settings.length))
    return ways


def compare(name: str, settings) -> None:
    """Print a row for each way to run a network."""
    with tempfile.TemporaryDirectory() as scratch:
        ways = programs(*name.split(":"), settings, Path(scratch))
        found = {way: [] for way in ways}
        for _ in range(settings.repeats):
            for way, run in ways.items():
                found[way].append(run())
    base = [statistics.median(getattr(run, kind) for run in found["brian2"]) for kind in ("seconds", "processor")]
    for way, runs in found.items():
        times = sorted(1000 * run.seconds / settings.length for run in runs)
        median = statistics.median(times)
        processor = 1000 * statistics.median(run.processor for run in runs) / settings.length
        faster = [one * 1000 / settings.length / own for one, own in zip(base, (median, processor), strict=True)]
        print(
            f"| {name} | {way} | {median:.2f} | {times[0]:.2f} to {times[-1]:.2f} | {processor:.2f} | "
            f"{faster[0]:.2f} | {faster[1]:.2f} | {max(run.memory for run in runs):.0f} | {runs[0].spikes} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", nargs="+", default=DEFAULT, help=f"{', '.join(NETWORKS)}, with :NEURONS")
    parser.add_argument("--length", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--precision", choices=("float32", "float64"), default="float32")
    parser.add_argument("--python", default=sys.executable, help="one that has NEST and BindsNET")
    parser.add_argument("--rivals-up-to", type=int, default=4000, help="neurons")
    parser.add_argument("--one", nargs=6, help=argparse.SUPPRESS)
    settings = parser.parse_args()
    if settings.one:
        network, n, length, precision, way, folder = settings.one
        compile_one(network, int(n), int(length), precision, way, folder)
        return
    columns = ("network", "program", "ms", "range", "processor ms", "times faster", "by processor", "MB", "spikes")
    print(f"| {' | '.join(columns)} |\n| --- | --- | ---: | --- | ---: | ---: | ---: | ---: | ---: |", flush=True)
    for name in settings.networks:
        compare(name, settings)


if __name__ == "__main__":
    main()
