"""Generates the C++ project of a job: ``python -m spikenet.engine.generate FOLDER``.

It reads ``FOLDER/job.json`` and writes the sources beside it. A program of its own, so that nothing of Brian2's state
leaks into the user's.
"""

import json
import shutil
import sys
from pathlib import Path

import brian2
import numpy as np
from brian2.groups.group import CodeRunner

from spikenet.engine.blocks import CAPACITY, HEADER, header
from spikenet.engine.build import REDUCTIONS, Built, build, final_variable
from spikenet.engine.device import TEMPLATES, StreamDevice, activate_stream_device
from spikenet.engine.job import Job
from spikenet.engine.merging import NEURONS, PLUMBING
from spikenet.engine.spec import job_from_spec
from spikenet.engine.stepping import SCHEMES, Substeps

# Optimising the plumbing takes longer than it will ever run.
_PLUMBING = f"\n{Path(PLUMBING).stem}.o: OPTIMISATIONS += -O1\n"
# A double constant would pull a whole expression to double. Only in the neurons' code: the clocks stay in double.
_SINGLE_CONSTANTS = f"{Path(NEURONS).stem}.o: OPTIMISATIONS += -fsingle-precision-constant\n"
_ALLOCATOR = "aligned_new.cpp"


class StreamTaps:
    """Taps that read and write the stream's files; see ``templates/spikenet_stream.h``."""

    def trace(self, group, job: Job, clock):
        recorder = CodeRunner(
            group, "trace_recorder", code=f"_recorded = {job.output}", clock=clock, when="start", name="trace_listener",
            needed_variables=[job.output], template_kwds={"output": job.output},
        )  # fmt: skip
        return _contained(group, recorder)

    def spikes(self, group, job: Job):
        recorder = CodeRunner(group, "spike_recorder", clock=group.clock, when="after_thresholds", name="spike_writer")
        return _contained(group, recorder)

    def feed(self, group, job: Job, port: str, clock):
        settings = {"port": port, "steps": job.drive_steps[port], "interval": repr(float(clock.dt_))}
        feeder = CodeRunner(
            group, "feeder", clock=clock, when="start", order=-1, name=f"{port}_feeder", needed_variables=[port],
            template_kwds=settings,
        )  # fmt: skip
        return _contained(group, feeder)


def _contained(group, runner: CodeRunner) -> CodeRunner:
    group.contained_objects.append(runner)
    return runner


def generate(folder: Path) -> None:
    """Write the sources of the project whose job and precision stand in ``folder/job.json``."""
    spec = json.loads((folder / "job.json").read_text())
    job = job_from_spec(spec)
    _set_preferences(spec)
    device = activate_stream_device(CAPACITY)
    device.extra_compile_args = spec["flags"]
    device.headers.append('"spikenet_stream.h"')
    device.insert_code("before_start", "spikenet::stream().start(args);")
    device.insert_code("main", "omp_set_num_threads(spikenet::stream().threads);")
    device.insert_code("main", "while (spikenet::stream().next_chunk()) {")
    substeps = job.substeps
    method = job.model.method
    if method in SCHEMES and not (job.model.noisy or job.model.timed):
        method = Substeps(method, substeps, repeats=1)
    built = build(job, CAPACITY, StreamTaps(), substeps=substeps, method=method)
    built.group.state_updater.template_kwds = {"substeps": substeps}
    for name in job.model.started_at_zero:
        setattr(built.group, f"{name}_", 0)  # not where the chunk before left off
    for line in _before(device, built):
        device.insert_code("main", line)
    device.run_args_applied = True  # the line above does it, in every chunk
    built.run(report=_report(job), report_period=0.2 * brian2.second)
    for line in _after(device, built):
        device.insert_code("main", line)
    device.insert_code("main", "}")
    device.insert_code("before_end", "spikenet::stream().finish();\nreturn 0;")
    settings = {"compile": False, "run": False, "with_output": False, "additional_source_files": [_ALLOCATOR]}
    device.build(directory=str(folder), **settings)
    with (folder / "makefile").open("a") as makefile:
        makefile.write(_PLUMBING + (_SINGLE_CONSTANTS if spec["precision"] == "float32" else ""))
    for name in ("spikenet_stream.h", _ALLOCATOR):
        shutil.copy(TEMPLATES / name, folder / name)
    (folder / HEADER).write_text(header())


def _set_preferences(spec) -> None:
    brian2.prefs.core.default_float_dtype = np.dtype(spec["precision"]).type
    brian2.prefs.codegen.cpp.extra_compile_args_gcc = []  # Brian2 would compile a test for each
    brian2.prefs.devices.cpp_standalone.openmp_threads = 1  # compiled with OpenMP; the number is set at run time
    brian2.BrianLogger.suppress_name("openmp")


def _report(job: Job) -> str:
    return f"spikenet::stream().report((start + completed*duration) / {job.total_steps * job.dt!r});"


def _before(device: StreamDevice, built: Built) -> list[str]:
    """Lines that set up a chunk: parameters, drives, clocks and seeds."""
    job, variables = built.job, built.group.variables
    lines = ["set_from_command_line(args);"]
    name_of = {name: device.get_array_name(variables[name]) for name in (*job.model.ports, *job.model.initial)}
    lines += [f'spikenet::stream().read("{port}", {name_of[port]});' for port, n in job.drive_steps.items() if not n]
    lines += [
        f'spikenet::stream().read_units("{name}", {name_of[name]});'
        for name, value in job.model.initial.items()
        if value.ndim
    ]
    clocks = {built.group.clock, *(thing.clock for thing in built.network.objects)}
    for clock in clocks | {thing.clock for thing in built.group.contained_objects}:
        for variable in ("t", "timestep"):
            lines.append(f"{device.get_array_name(clock.variables[variable])}[0] = 0;")
    lines.append(f"{built.network.name}.t = 0;")
    lines.append("_random_generators[0].seed(spikenet::stream().seed + 1000003ul*spikenet::stream().chunk_index());")
    return lines


def _after(device: StreamDevice, built: Built) -> list[str]:
    """Lines that check a chunk and write what was kept of it."""
    job, variables = built.job, built.group.variables
    lines = [
        f'spikenet::stream().check("{name}", {device.get_array_name(variables[name])});' for name in job.model.states
    ]
    kept = REDUCTIONS | {"final": final_variable(job)}
    return lines + [
        f'spikenet::stream().write("{name}", {device.get_array_name(variables[variable])});'
        for name, variable in kept.items()
        if name in job.keep
    ]


if __name__ == "__main__":
    generate(Path(sys.argv[1]))
