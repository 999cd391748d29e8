"""Random models, drives and durations: engines agree, or refuse with an error of ours."""

import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import spikenet as sn
from spikenet.errors import SpikenetError

LEAVES = st.sampled_from(["V", "w", "i_in", "k", "0.5", "2", "t/ms", "dt/ms", "n"])
BINARY = st.sampled_from(["+", "-", "*", "/"])  # whole quotients jump: rounding decides which one it is
FUNCTIONS = st.sampled_from(["tanh({})", "exp(-({})**2)", "abs({})", "clip({}, -1, 1)", "int({} > 0)", "floor({})"])
EXPRESSIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds("({} {} {})".format, inner, BINARY, inner), st.builds(str.format, FUNCTIONS, inner)
    ),
    max_leaves=6,
)


@st.composite
def models(draw) -> sn.NeuronModel:
    spiking = draw(st.booleans())
    flags = [draw(st.sampled_from(["", " (constant over dt)"])), draw(st.sampled_from(["", " (unless refractory)"]))]
    equations = f"""
        dV/dt = ({draw(EXPRESSIONS)} - V)/(3*ms) : 1{flags[1] if spiking else ""}
        dw/dt = ({draw(EXPRESSIONS)} - w)/(5*ms) : 1
        q = {draw(EXPRESSIONS)} : 1{flags[0]}
        n : integer
        i_in : 1
    """
    code = {"threshold": "V > 0.2", "reset": "V = 0; n += 1", "refractory": draw(st.sampled_from(["1*ms", "w > 0.1"]))}
    return sn.NeuronModel(
        name="any",
        equations=equations,
        outputs=("V", "w", "q"),
        parameters={"k": draw(st.sampled_from([0.1, -1.0, 3.0]))},
        initial={"V": draw(st.sampled_from([0.0, 0.3, [0.1, -0.1, 0.5]]))},
        method=draw(st.sampled_from(["euler", "rk2", "rk4", "exponential_euler"])),
        dt="0.1 ms",
        sample_dt="0.5 ms",
        **(code if spiking else {}),
    )


def outcome(model, drive, engine, **settings):
    """The recording, or the kind of error."""
    try:
        return sn.simulate(model, drive, engine=engine, **settings)
    except SpikenetError as error:
        return type(error)


def check(model, drive, variable: str, steps: int, settle: int):
    record = ("trace", "final", "mean", *(("count",) if model.spiking else ()))
    times = {"duration": f"{steps / 2} ms", "settle": f"{settle / 2} ms", "variable": variable, "record": record}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        found, wanted = (outcome(model, drive, engine, **times) for engine in ("cpp", "runtime"))
    if isinstance(found, type) or isinstance(wanted, type):
        assert found == wanted, (model, found, wanted)
        return
    for name in record:
        np.testing.assert_allclose(
            found.values[name],
            wanted.values[name],
            rtol=1e-9,
            atol=1e-9,
            err_msg=f"{name} of {model!r}",
            equal_nan=True,
        )


@pytest.mark.slow
@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(models(), st.sampled_from(["V", "w", "q"]), st.integers(1, 12), st.integers(0, 4), st.booleans())
def test_runtime_and_cpp_agree_or_refuse_alike(model, variable, steps, settle, changes):
    shape = (4, steps + settle, 3) if changes else (4, 3)
    check(model, np.random.default_rng(steps).normal(0.3, 0.5, shape), variable, steps, settle)
