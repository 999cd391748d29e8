"""The same sources for the same script, in whatever process and however often."""

import os
import subprocess
import sys
import textwrap

import pytest

from tests.conftest import CUDA


@pytest.mark.parametrize("name", ["cpp", CUDA])
def test_another_process_writes_the_same_sources(quick_emulator, tmp_path, name):
    """Python's sets of texts have another order in each: here two that differ in all that Brian2 keeps in sets."""
    code = """
        import sys
        from brian2 import *
        import spikenet as sn
        from spikenet.scripts import block, script

        block.Script._finish = lambda script: script._build()
        script.binary_for = lambda *_: None
        with sn.device(sys.argv[1], seed=9, directory=sys.argv[2]):
            cells = NeuronGroup(
                4, "dv/dt = (p - v)/ms + (0.1*xi_a + 0.2*xi_b)/ms**0.5 : 1\\np : 1",
                threshold="v > 1", reset="v = 0", method="euler",
            )
            links = Synapses(cells, cells, "w : 1\\nx : 1", on_pre={"one": "v_post += w", "two": "p_post += x"})
            links.connect(p=0.5)
            links.one.delay, links.two.delay = "rand()*ms", "rand()*ms"
            monitors = [SpikeMonitor(cells, variables=["v", "p"]), StateMonitor(cells, True, True, dt=1*ms)]
            rates = PopulationRateMonitor(cells)
            run(1*ms)
    """
    for seed in ("1", "3"):
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code), name, str(tmp_path / seed)],
            env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    first, second = (
        {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*.*") if path.is_file()}
        for place in (tmp_path / "1", tmp_path / "3")
    )
    assert len(first) > 25 and [path for path in first if first[path] != second.get(path)] == []
