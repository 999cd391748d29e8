"""A job as plain JSON, less all that may change without compiling again: what a compiled project is made for."""

from spikenet.engines.job import Job
from spikenet.neurons.model import NeuronModel, Parameter


def spec_of(job: Job) -> dict:
    """All that changes the generated code. Values of parameters, initial states and seeds do not."""
    model = job.model
    return {
        "model": {
            "name": model.name,
            "equations": model.equations,
            "outputs": list(model.outputs),
            "ports": list(model.ports),
            "threshold": model.threshold,
            "reset": model.reset,
            "refractory": model.refractory,
            "method": model.method,
        },
        "parameters": {name: list(parameter.dimensions) for name, parameter in model.parameters.items()},
        "initial": {name: "units" if value.ndim else "one" for name, value in model.initial.items()},
        "output": job.output,
        "keep": list(job.keep),
        "dt": job.dt,
        "settle_steps": job.settle_steps,
        "record_steps": job.record_steps,
        "sample_steps": job.sample_steps,
        "drive_steps": dict(job.drive_steps),
    }


def job_from_spec(spec: dict) -> Job:
    """The job of a spec, with ones for the parameters and zeros for the initial states."""
    model = NeuronModel(
        **spec["model"],
        parameters={name: Parameter(1.0, tuple(dimensions)) for name, dimensions in spec["parameters"].items()},
        initial={name: [0.0] if kind == "units" else 0.0 for name, kind in spec["initial"].items()},
    )
    return Job(
        model, spec["output"], tuple(spec["keep"]), spec["dt"], spec["settle_steps"], spec["record_steps"],
        spec["sample_steps"], spec["drive_steps"], 0,
    )  # fmt: skip
