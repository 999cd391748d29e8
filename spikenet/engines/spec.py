"""A job as plain JSON, less all that may change without compiling again: what a compiled project is made for."""

from dataclasses import asdict

from spikenet.engines.job import Job
from spikenet.engines.schedule import TimeSteps
from spikenet.neurons.model import NeuronModel, Parameter


def spec_of(job: Job) -> dict:
    """All that changes the generated code. Values of parameters, initial states and seeds do not."""
    neuron = job.neuron
    return {
        "model": {
            "name": neuron.name,
            "equations": neuron.equations,
            "outputs": list(neuron.outputs),
            "ports": list(neuron.ports),
            "threshold": neuron.threshold,
            "reset": neuron.reset,
            "refractory": neuron.refractory,
            "method": neuron.method,
        },
        "parameters": {name: list(parameter.dimensions) for name, parameter in neuron.parameters.items()},
        "initial": {name: "units" if value.ndim else "one" for name, value in neuron.initial.items()},
        "variable": job.variable,
        "record": list(job.record),
        "steps": asdict(job.steps),
        "drive_steps": dict(job.drive_steps),
    }


def job_from_spec(spec: dict) -> Job:
    """The job of a spec, with ones for the parameters and zeros for the initial states."""
    neuron = NeuronModel(
        **spec["model"],
        parameters={name: Parameter(1.0, tuple(dimensions)) for name, dimensions in spec["parameters"].items()},
        initial={name: [0.0] if kind == "units" else 0.0 for name, kind in spec["initial"].items()},
    )
    return Job(neuron, spec["variable"], tuple(spec["record"]), TimeSteps(**spec["steps"]), spec["drive_steps"], seed=0)
