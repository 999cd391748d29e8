"""The doctor is told of machines that lack something, one thing at a time."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from spikenet import doctor
from spikenet.doctor import CHECKS, Check


@pytest.fixture
def tools(tmp_path, monkeypatch):
    """A folder that is all of PATH; ``tools(name, script)`` puts a program there."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))

    def put(name: str, script: str) -> None:
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(path.stat().st_mode | stat.S_IXUSR)

    return put


def test_this_machine_has_what_the_tests_need():
    """Whoever runs the tests has a compiler, Brian2 and TensorFlow; the rest is notes."""
    checks = doctor.examine()
    assert len(checks) == len(CHECKS) == len({check.name for check in checks})
    assert [check.name for check in checks if check.required and not check.ok] == []
    for check in checks:
        assert check.found
        assert check.ok or check.remedy


@pytest.mark.parametrize(("ok", "required", "mark"), [(True, True, "✓"), (False, True, "✗"), (False, False, "–")])
def test_marks_tell_needs_from_notes(ok, required, mark):
    assert Check("a", ok, "", required=required).mark == mark


def test_an_old_python_is_a_failure(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 11, 9))
    check = doctor.check_python()
    assert (check.ok, check.found, check.required) == (False, "3.11.9", True)


@pytest.mark.parametrize("name", ["compiler", "make"])
def test_a_missing_tool_of_the_compiler_is_a_failure(tools, name):
    check = getattr(doctor, f"check_{name}")()
    assert (check.ok, check.found, check.required) == (False, "not found", True)
    assert "apt install" in check.remedy


def test_a_compiler_whose_programs_do_not_run_is_a_failure(tools):
    tools("g++", 'if [ "$1" = -dumpfullversion ]; then echo 12.3.0; else exit 1; fi')
    check = doctor.check_compiler()
    assert not check.ok
    assert check.found == "12.3.0, but it makes no program that runs"


def test_a_compiler_without_openmp_is_a_note(monkeypatch):
    monkeypatch.setattr(doctor, "THREADS", "#include <no_such_omp.h>\n")
    check = doctor.check_openmp()
    assert (check.ok, check.required) == (False, False)


def test_openmp_tells_the_threads(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert doctor.check_openmp().found == "3 threads"


@pytest.mark.parametrize("name", ["brian2", "tensorflow", "keras"])
def test_a_missing_package_is_a_failure(monkeypatch, name):
    def absent(package):
        raise doctor.PackageNotFoundError(package)

    monkeypatch.setattr(doctor, "version", absent)
    check = getattr(doctor, f"check_{name}")()
    assert (check.ok, check.remedy, check.required) == (False, f"pip install {name}", True)


def test_the_doctor_imports_neither_tensorflow_nor_brian2():
    code = "import sys, spikenet.doctor as d; d.check_brian2(); d.check_cache(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"tensorflow", "keras", "brian2"} & set(loaded)


def test_the_cache_is_told_with_its_size(tmp_path, monkeypatch):
    monkeypatch.setenv("SPIKENET_CACHE", str(tmp_path / "cache"))
    check = doctor.check_cache()
    assert check.ok
    assert check.found == f"{tmp_path / 'cache'}, 0.0 MB"


@pytest.mark.parametrize("place", ["folder", "file"])
def test_a_cache_that_cannot_be_written_is_a_failure(tmp_path, monkeypatch, place):
    def refuse(dir):
        raise PermissionError(f"no file may be made in {dir}")

    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SPIKENET_CACHE", str(tmp_path / place))
    monkeypatch.setattr(doctor.tempfile, "TemporaryFile", refuse)
    check = doctor.check_cache()
    assert (check.ok, check.required) == (False, True)
    assert place in check.found
    assert "SPIKENET_CACHE" in check.remedy


def test_missing_bundled_images_are_a_failure(tmp_path, monkeypatch):
    (tmp_path / "data").mkdir()
    monkeypatch.setattr(doctor, "files", lambda package: tmp_path)
    check = doctor.check_bundled_data()
    assert (check.ok, check.found, check.required) == (False, "not found", True)


@pytest.mark.parametrize("variable", ["SPIKENET_DATA", "KERAS_HOME"])
def test_full_images_are_found_where_they_are(tmp_path, monkeypatch, variable):
    monkeypatch.delenv("SPIKENET_DATA", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "nowhere"))
    check = doctor.check_full_data()
    assert (check.ok, check.required) == (False, False)
    assert "SPIKENET_DATA" in check.remedy
    folder = tmp_path if variable == "SPIKENET_DATA" else tmp_path / "datasets"
    folder.mkdir(exist_ok=True)
    (folder / "mnist.npz").write_bytes(b"")
    monkeypatch.setenv(variable, str(tmp_path))
    assert doctor.check_full_data().found == str(folder / "mnist.npz")


def test_nvcc_is_found_in_the_path_or_beside_it(tools, tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "CUDA_HOME", tmp_path)
    assert (doctor.check_nvcc().ok, doctor.check_nvcc().required) == (False, False)
    tools("nvcc", "echo 'Cuda compilation tools, release 12.4, V12.4.99'")
    assert doctor.check_nvcc().found.endswith("bin/nvcc: Cuda compilation tools, release 12.4, V12.4.99")
    monkeypatch.setenv("PATH", os.devnull)
    assert doctor.check_nvcc().found.startswith(str(Path(tmp_path, "bin", "nvcc")))


def test_a_gpu_is_named_and_its_absence_is_a_note(tools):
    assert (doctor.check_gpu().ok, doctor.check_gpu().required) == (False, False)
    tools("nvidia-smi", "echo 'NVIDIA A100, 40960 MiB'")
    assert doctor.check_gpu().found == "NVIDIA A100, 40960 MiB"
