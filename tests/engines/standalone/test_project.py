"""Compiled projects: used again without a compiler, known by what they are made of, and what cannot be compiled."""

import gc
import os
import shutil
import stat
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

from spikenet.engines.simulate import Schedule, simulate
from spikenet.engines.standalone import project as module
from spikenet.engines.standalone.cpp.engine import Cpp
from spikenet.engines.standalone.cpp.target import CppTarget
from spikenet.engines.standalone.cuda.target import CudaTarget
from spikenet.engines.standalone.project import cached_projects, project_for
from spikenet.errors import BuildError, InvalidValueError
from spikenet.neurons import FHN, NeuronModel
from tests.engines.caches import SCRIPT, fhn, files, finish, start
from tests.planning import plan


def executable(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def test_a_second_simulation_needs_neither_a_compiler_nor_brian2(warm, tmp_path):
    """In a fresh process with an empty PATH."""
    values, imported = finish(start(PATH=str(tmp_path)))
    ours = fhn()
    assert values.split() == [number.hex() for number in [*ours.mean[0], *ours.final[0]]]
    assert imported == "False"


def test_parameters_drives_starts_and_seeds_need_no_compiler(warm, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    before = fhn()
    for other in (
        fhn(model=FHN(epsilon=0.2)),
        fhn(model=FHN(a=0.3, tau="2 ms")),
        fhn(model=FHN.with_initial(x=1.5)),
        fhn(drive=[[0.4, 0.5]]),
    ):
        assert (other.final != before.final).all()
    np.testing.assert_array_equal(fhn(seed=7).final, before.final)
    assert fhn(drive=np.zeros((300, 11))).mean.shape == (300, 11)
    np.testing.assert_array_equal(fhn(engine=Cpp(threads=1, chunk=128)).final, before.final)


def test_what_needs_another_binary_says_that_there_is_no_compiler(warm, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BuildError, match=r"no C\+\+ compiler was found; install g\+\+, or set CXX"):
        fhn(duration="2.5 ms")


def test_twenty_simulations_leave_the_cache_as_it_is(warm):
    before = files(warm)
    for run in range(20):
        fhn(drive=np.full((1, 2), run / 50), model=FHN(epsilon=0.05 + run / 100), seed=run)
    assert files(warm) == before


def test_a_second_simulation_costs_little_beyond_its_program(warm):
    """The bar is 50 ms; 4 ms are usual, and this is a machine that does other things, so the best of ten."""
    beyond = []
    for run in range(10):
        started = time.perf_counter()
        recording = fhn(drive=np.full((20, 50), run / 50))
        beyond.append(time.perf_counter() - started - recording.provenance["binary_seconds"])
    assert min(beyond) < 0.05


def test_a_fresh_process_has_its_first_result_soon(warm):
    """The bar is 0.5 s beyond the imports that a user's script makes anyway (NumPy); the best of three."""
    timed = "import time, numpy; started = time.perf_counter()\n" + textwrap.dedent(SCRIPT)
    seconds = [float(finish(start(timed + "print(time.perf_counter() - started)"))[-1]) for _ in range(3)]
    assert min(seconds) < 0.5


@pytest.mark.parametrize("source", ["engines/standalone/blocks.py", "engines/standalone/templates/spikenet_stream.h"])
def test_the_key_changes_with_what_the_program_is_made_of(monkeypatch, tmp_path, source):
    """A program of 128 neurons a block would write beyond arrays that are padded to 64."""
    package = tmp_path / "spikenet"
    shutil.copytree(module._PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__", "data"))
    monkeypatch.setattr(module, "_PACKAGE", package)
    monkeypatch.setattr(module, "_TEMPLATES", package / "engines" / "standalone" / "templates")

    def digest():
        return module.generators_digest.__wrapped__(CppTarget.generator)  # it is worked out once a process

    before = digest()
    assert digest() == before == module.generators_digest(CppTarget.generator)
    path = package / source
    path.write_text(path.read_text().replace("128", "64") + "\n")
    assert digest() != before


@pytest.mark.parametrize("target", [CppTarget, pytest.param(CudaTarget, marks=pytest.mark.brian2cuda)])
def test_every_module_that_a_generator_loads_and_every_template_is_in_the_key(target):
    """Python itself says what it loads; the packages' own files only name what is in them."""
    code = f"""
        import sys
        import {target.generator}
        print(*(one.__file__ for name, one in sys.modules.items() if name.startswith("spikenet")))
    """
    loaded = {Path(file) for file in finish(start(code))[-1].split()}
    found = set(module.generator_files(target.generator))
    packages = {path for path in loaded if path.name == "__init__.py"}
    names = [".".join(path.relative_to(module._PACKAGE.parent).with_suffix("").parts) for path in packages]
    listed = {path for name in names for path in module.generator_files(name)}
    wanted = loaded - packages - (listed - found)
    assert len(wanted) > 15
    assert wanted <= found
    assert set(module._TEMPLATES.iterdir()) <= found


def test_a_use_is_remembered(warm):
    job, _ = plan(
        FHN,
        np.zeros((1, 2)),
        Schedule(1000 * FHN.dt, 200 * FHN.dt, None, 10 * FHN.dt),
        record=("mean", "trace", "final"),
    )
    folder = project_for(job, CppTarget())
    os.utime(folder / "main", (1e9, 1e9))
    assert project_for(job, CppTarget()) == folder
    assert (folder / "main").stat().st_mtime > 1e9 + 1


def test_the_compilers_own_cause_is_shown_and_no_project_is_left(cold, monkeypatch, tmp_path):
    executable(tmp_path / "cxx", "echo 'main.cpp:1:2: error: the disk is made of cheese' >&2; exit 1")
    monkeypatch.setenv("CXX", str(tmp_path / "cxx"))
    with pytest.raises(BuildError, match="the disk is made of cheese") as caught:
        fhn()
    assert len(str(caught.value).splitlines()) <= 6
    assert cached_projects() == []
    assert not list((cold / "projects").glob("*.making"))


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("dv/dt = (i_in - v)/tau**2 : 1", "Expression .* does not have the expected unit hertz"),
        pytest.param("dv/dt = exp(i_in, v)/tau : 1", "exp takes exactly 1 argument", marks=pytest.mark.slow),
    ],
)
def test_equations_that_brian2_refuses_are_an_error_in_its_own_words(cold, caplog, line, words):
    model = NeuronModel(name="odd", equations=f"{line}\ni_in : 1", outputs="v", parameters={"tau": "1 ms"})
    for engine in ("cpp", "runtime"):
        with pytest.raises(InvalidValueError, match=f"odd: Brian2 cannot take this model: .*{words}") as caught:
            simulate(model, [[0.0]], duration="1 ms", engine=engine)
        assert len(str(caught.value)) < 600
    gc.collect()
    assert "is getting deleted" not in caplog.text
    assert cached_projects() == [] and not list((cold / "projects").glob("*.making"))
