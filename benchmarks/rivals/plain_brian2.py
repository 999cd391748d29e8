"""What a Brian2 user writes first: C++ standalone with Brian2's own integrators."""

import os
import tempfile

import brian2
from brian2 import ms, second

from benchmarks.rivals.arguments import DT, EPSILON, answer, arguments

STEPS = 20_000


def main() -> None:
    asked = arguments()
    n = 4096 if asked.threads == 1 else 32768  # fits the cache; with threads, work enough for each
    brian2.prefs.core.default_float_dtype = asked.dtype.type
    brian2.prefs.devices.cpp_standalone.openmp_threads = asked.threads if asked.threads > 1 else 0
    brian2.prefs.devices.cpp_standalone.extra_make_args_unix = ["-j2"]
    folder = os.path.join(tempfile.gettempdir(), f"plain-brian2-{asked.scheme}-{asked.precision}-{asked.threads}")
    brian2.devices.device.set_device("cpp_standalone", build_on_run=False)
    group = brian2.NeuronGroup(
        n,
        """dx/dt = (x - x**3/3 - y) / (epsilon*tau) : 1
           dy/dt = (x + a + i_in) / tau : 1
           i_in : 1""",
        namespace={"epsilon": EPSILON, "a": 0.0, "tau": 1 * ms},
        method=asked.scheme,
        dt=DT * second,
    )
    group.x, group.y, group.i_in = -1.0, -2 / 3, "0.9*(2*i/(N - 1) - 1)"
    brian2.run(STEPS * DT * second)
    brian2.device.build(directory=folder, compile=True, run=True, with_output=False)
    answer(n * STEPS, brian2.device._last_run_time, group.x[:])


if __name__ == "__main__":
    main()
