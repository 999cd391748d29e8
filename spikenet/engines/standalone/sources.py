"""Sources of the programs of all compiled engines: they run a population chunk after chunk, from files into files.

`templates/spikenet_stream.h` is the part that is written by hand. What differs between devices is in `chunk_device`.
"""

import shutil
from dataclasses import replace
from pathlib import Path

import brian2
from brian2 import CodeRunner, get_device

from spikenet.brian2_internals import FLOOR_DIVISION, READ_ARGUMENTS, REMAINDER, template_settings
from spikenet.engines.brian2_objects import REDUCTIONS, BuiltJob, build, final_variable
from spikenet.engines.job import Job
from spikenet.engines.standalone.blocks import HEADER, RECURRENT_WEIGHTS, header
from spikenet.engines.standalone.chunk_device import ChunkDevice
from spikenet.engines.standalone.substeps import SCHEMES, Substeps
from spikenet.neurons.group import set_values

TEMPLATES = Path(__file__).parent / "templates"
STREAM = "spikenet_stream.h"
# % and // of x and y by a remainder that has no rounding error.
_DIVIDED = "const typename _higher_type<T1, T2>::type a = x, b = y, r = fmod(1.0*x, 1.0*y);"
_OTHER_SIGN = "(r != 0 && (r < 0) != (b < 0))"
_REMAINDER = f"{_DIVIDED} return {_OTHER_SIGN} ? r + b : r;"
_FLOOR_DIVISION = f"{_DIVIDED} return b == 0 ? a/b : round((a - r)/b) - {_OTHER_SIGN};"


class StreamInterface:
    """A `DeviceInterface` that reads and writes the stream's files."""

    def record_trace(self, group, job: Job, clock):
        recorder = CodeRunner(
            group,
            "trace_recorder",
            code=f"_recorded = {job.variable}",
            clock=clock,
            when="start",
            name="trace_listener",
            needed_variables=[job.variable],
            template_kwds={"output": job.variable},
        )
        return _added(group, recorder)

    def record_spikes(self, group, job: Job):
        recorder = CodeRunner(group, "spike_recorder", clock=group.clock, when="after_thresholds", name="spike_writer")
        return _added(group, recorder)

    def feed(self, group, job: Job, port: str, clock):
        # The clock's own count of its ticks: a time divided by a step would be rounded in single precision.
        tick = get_device().get_array_name(clock.variables["timestep"])
        settings = {"port": port, "steps": job.drive_steps[port], "tick": tick}
        feeder = CodeRunner(
            group, "feeder", clock=clock, when="start", order=-1, name=f"{port}_feeder", needed_variables=[port],
            template_kwds=settings,
        )  # fmt: skip
        return _added(group, feeder)

    def connect(self, group, job: Job, clock):
        port, variable = job.recurrence.port, job.recurrence.variable
        template = "recurrent_spikes" if variable is None else "recurrent_values"
        needed = [port] if variable is None else [port, variable]
        settings = {"port": port, "variable": variable, "weights": RECURRENT_WEIGHTS}
        return _added(group, CodeRunner(
            group, template, clock=clock, when="start", order=-1, name="connections", needed_variables=needed,
            template_kwds=settings,
        ))  # fmt: skip


def _added(group, runner: CodeRunner) -> CodeRunner:
    group.contained_objects.append(runner)
    return runner


def write_sources(device: ChunkDevice, job: Job, folder: Path, **settings) -> None:
    """Write the program of a job for the active device. ``settings`` are those of the device's build."""
    device.headers.append(f'"{STREAM}"')
    device.insert_code("main", "while (spikenet::stream().next_chunk()) {")
    built = _built(job, device.size)
    for name in job.neuron.started_at_zero:
        set_values(built.group, name, 0)  # not where the previous chunk ended
    for line in _lines_before_chunk(device, built):
        device.insert_code("main", line)
    device.run_args_applied = True  # by a line above, in every chunk
    built.run(report=_report(job), report_period=0.2 * brian2.second)
    for line in [*_lines_after_chunk(device, built), *device.after_chunk()]:
        device.insert_code("main", line)
    device.insert_code("main", "}")
    device.insert_code("before_end", "spikenet::stream().finish();\nreturn 0;")
    device.build(directory=str(folder), compile=False, run=False, with_output=False, **settings)
    for path in folder.glob("code_objects/*"):
        _divide_as_numpy(path)
    shutil.copy(TEMPLATES / STREAM, folder / STREAM)
    (folder / HEADER).write_text(header(device.block))


def _divide_as_numpy(path: Path) -> None:
    """Let % and // of a source give what NumPy gives: Brian2 floors a quotient that may have been rounded up."""
    text = path.read_text()
    changed = FLOOR_DIVISION.sub(_FLOOR_DIVISION, REMAINDER.sub(_REMAINDER, text))
    if changed != text:
        path.write_text(changed)


def _built(job: Job, n: int) -> BuiltJob:
    model, substeps = job.neuron, job.substeps
    method = model.method
    if method in SCHEMES and not (model.noisy or model.timed):
        method = Substeps(method, substeps, repeats=1)
    # Initial values of each unit are read from a file; one number is enough here.
    starts = {name: 0.0 for name, value in model.initial.items() if value.ndim}
    started = replace(job, neuron=model.with_initial(**starts)) if starts else job
    built = build(started, n, StreamInterface(), substeps=substeps, method=method)
    template_settings(built.group.state_updater, substeps=substeps)
    return replace(built, job=job)


def _report(job: Job) -> str:
    return f"spikenet::stream().report((start + completed*duration) / {job.steps.total * job.steps.dt!r});"


def _lines_before_chunk(device: ChunkDevice, built: BuiltJob) -> list[str]:
    """Return lines that set up a chunk: parameters, drives, clocks and seeds."""
    job, variables = built.job, built.group.variables
    lines = [READ_ARGUMENTS]
    name_of = {name: device.get_array_name(variables[name]) for name in (*job.neuron.ports, *job.neuron.initial)}
    for port in (port for port, steps in job.drive_steps.items() if not steps):
        lines += [f'spikenet::stream().read("{port}", {name_of[port]});', *device.after_host_write(name_of[port])]
    for name in (name for name, value in job.neuron.initial.items() if value.ndim):
        lines += [f'spikenet::stream().read_units("{name}", {name_of[name]});', *device.after_host_write(name_of[name])]
    if job.recurrence and job.neuron.spiking:
        lines.append(f"{device.get_array_name(variables['_spikespace'])}[spikenet::stream().n] = 0;")
    clocks = {built.group.clock, *(thing.clock for thing in built.network.objects)}
    clocks |= {thing.clock for thing in built.group.contained_objects}
    for clock in sorted(clocks, key=lambda clock: clock.name):
        for variable in ("t", "timestep"):
            lines.append(f"{device.get_array_name(clock.variables[variable])}[0] = 0;")
    return [*lines, f"{built.network.name}.t = 0;", *device.seed_lines()]


def _lines_after_chunk(device: ChunkDevice, built: BuiltJob) -> list[str]:
    """Return lines that check a chunk and write what is recorded of it."""
    job, variables = built.job, built.group.variables
    recorded = REDUCTIONS | {"final": final_variable(job)}
    todo = [("check", name, name) for name in job.neuron.stored]
    todo += [("write", name, variable) for name, variable in recorded.items() if name in job.record]
    lines = []
    for verb, name, variable in todo:
        array = device.get_array_name(variables[variable])
        lines += [*device.before_host_read(array), f'spikenet::stream().{verb}("{name}", {array});']
    return lines
