"""The same sources for the same script, in whatever process and however often."""

import os
import subprocess
import sys
import textwrap

import pytest

from spikenet.scripts.steady import steady_queue, steady_sets


def test_what_belongs_to_clocks_is_put_in_order_and_nothing_else():
    queue = [
        ("set_by_constant", ("v", 1, False)),
        ("set_by_single_value", ("b_t", 0, 1)),
        ("set_by_single_value", ("a_t", 0, 1)),
        ("set_by_single_value", ("a_t", 0, 2)),
        ("set_by_constant", ("a", 1, False)),
        ("run_network", ("net", ["b();", "net.add(&b, NULL);", "net.add(&a, NULL);", "a();"])),
    ]
    steady = steady_queue(queue, {"a_t", "b_t"})
    assert [item[1][0] for item in steady] == ["v", "a_t", "a_t", "b_t", "a", "net"]
    assert [item[1][2] for item in steady[1:3]] == [1, 2]  # one after the other, as they were
    assert steady[-1][1][1] == ["b();", "net.add(&a, NULL);", "net.add(&b, NULL);", "a();"]


def test_sets_are_lists_in_order_as_long_as_a_template_reads_them():
    class Owner:
        _registered_variables = registered = {"w", "delay", "x"}

    settings = {"record_variables": {"t": 1, "i": 2}}
    with steady_sets(Owner, settings, str):
        assert Owner._registered_variables == ["delay", "w", "x"]
        assert list(settings["record_variables"]) == ["i", "t"]
    assert Owner._registered_variables is Owner.registered
    with pytest.raises(ZeroDivisionError), steady_sets(Owner, {}, str):
        raise ZeroDivisionError
    assert Owner._registered_variables is Owner.registered
    with steady_sets(object(), {}, str):
        pass


def test_another_process_writes_the_same_sources(quick_emulator, tmp_path):
    """Python's sets of texts have another order in each: here two that differ in all that Brian2 keeps in sets."""
    code = """
        import sys
        from brian2 import *
        import spikenet as sn
        from spikenet.scripts import block

        block.Script.run = lambda script: script._build()
        block.binary_for = lambda *_: None
        for name in ("cpp", "cuda"):
            with sn.device(name, seed=9, directory=sys.argv[1] + "/" + name):
                cells = NeuronGroup(
                    4, "dv/dt = (p - v)/ms + (0.1*xi_a + 0.2*xi_b)/ms**0.5 : 1\\np : 1",
                    threshold="v > 1", reset="v = 0", method="euler",
                )
                links = Synapses(cells, cells, "w : 1\\nx : 1", on_pre={"one": "v_post += w", "two": "p_post += x"})
                links.connect(p=0.5)
                links.one.delay, links.two.delay = "rand()*ms", "rand()*ms"
                monitors = [SpikeMonitor(cells, variables=["v", "p"]), StateMonitor(cells, "v", True, dt=1*ms)]
                rates = PopulationRateMonitor(cells)
                run(1*ms)
    """
    for seed in ("1", "3"):
        done = subprocess.run(
            [sys.executable, "-c", textwrap.dedent(code), str(tmp_path / seed)],
            env=os.environ | {"PYTHONHASHSEED": seed}, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    first, second = (
        {str(path.relative_to(place)): path.read_bytes() for path in place.rglob("*.*") if path.is_file()}
        for place in (tmp_path / "1", tmp_path / "3")
    )
    assert len(first) > 50 and [path for path in first if first[path] != second.get(path)] == []
