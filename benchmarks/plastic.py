"""Networks with synapses: plain Brian2 C++ standalone, and `sn.device` with and without its fast path.

python -m benchmarks.plastic [--networks diehl-cook:400 cuba:4000 ...] [--length 20] [--repeats 5] [--precision float32]

Programs are compiled with the same flags, then run one after the other, in rounds. ``length`` counts images of 500 ms
for diehl-cook, and seconds for others. Times are milliseconds an image, or a second: the median over the rounds of
what `Network.run` takes, without making synapses and writing results. The processor's time, which other programs on
the machine disturb less, and memory are those of the whole program.
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
from pathlib import Path

import brian2 as b2
import numpy as np

import spikenet as sn
from benchmarks.plastic_networks import NETWORKS
from spikenet.engines.standalone.cpp.target import compiler_flags

WAYS = ("brian2", "fast=False", "fast=True")
DEFAULT = ["diehl-cook:100", "diehl-cook:400", "diehl-cook:1600", "cuba:4000", "cobahh:4000", "plastic-ei:4000"]


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


def run_one(folder: Path) -> tuple[float, float, float]:
    """Run a program; return the seconds of its run, the processor's for all of it, and its memory in MB."""
    environment = os.environ | {"SPIKENET_SEED": "1"}
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    process = subprocess.Popen(["./main"], cwd=folder, env=environment, stdout=subprocess.DEVNULL)
    most = 0
    while process.poll() is None:  # the system's own account would start with the memory of this process
        found = re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{process.pid}/status").read_text())
        most = max(most, int(found[1]) if found else 0)
        time.sleep(0.02)
    if process.returncode:
        sys.exit(f"the program in {folder} failed")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return float((folder / "results" / "last_run_info.txt").read_text().split()[0]), processor, most / 1000


def compare(name: str, settings) -> None:
    """Print a row for each way to run a network."""
    network, n = name.split(":")
    with tempfile.TemporaryDirectory() as scratch:
        folders, spikes = {way: Path(scratch) / way.replace("=", "_") for way in WAYS}, {}
        for way, folder in folders.items():
            one = [network, n, str(settings.length), settings.precision, way, str(folder)]
            command = [sys.executable, "-m", "benchmarks.plastic", "--one", *one]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                sys.exit(done.stderr)
            spikes[way] = json.loads(done.stdout.splitlines()[-1])
        found = {way: [] for way in WAYS}
        for _ in range(settings.repeats):
            for way, folder in folders.items():
                found[way].append(run_one(folder))
    base = statistics.median(seconds for seconds, *_ in found["brian2"])
    for way, runs in found.items():
        times = sorted(1000 * seconds / settings.length for seconds, *_ in runs)
        median = statistics.median(times)
        print(
            f"| {name} | {way} | {median:.2f} | {times[0]:.2f} to {times[-1]:.2f} | "
            f"{1000 * statistics.median(used for _, used, _ in runs) / settings.length:.2f} | "
            f"{base * 1000 / settings.length / median:.2f} | {max(mb for *_, mb in runs):.0f} | {spikes[way]} |",
            flush=True,
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--networks", nargs="+", default=DEFAULT, help=f"{', '.join(NETWORKS)}, with :NEURONS")
    parser.add_argument("--length", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--precision", choices=("float32", "float64"), default="float32")
    parser.add_argument("--one", nargs=6, help=argparse.SUPPRESS)
    settings = parser.parse_args()
    if settings.one:
        network, n, length, precision, way, folder = settings.one
        compile_one(network, int(n), int(length), precision, way, folder)
        return
    columns = ("network", "program", "ms", "range", "processor ms", "times faster", "MB", "spikes")
    print(f"| {' | '.join(columns)} |\n| --- | --- | ---: | --- | ---: | ---: | ---: | ---: |", flush=True)
    for name in settings.networks:
        compare(name, settings)


if __name__ == "__main__":
    main()
