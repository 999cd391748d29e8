"""Machines that lack something, one thing at a time, and what the doctor says of them."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from spikenet import doctor
from spikenet.cuda import Candidate, Gpu, Toolchain
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


@pytest.mark.parametrize("name", ["brian2", "tensorflow", "keras"])
def test_a_missing_package_is_a_failure(monkeypatch, name):
    def absent(package):
        raise doctor.PackageNotFoundError(package)

    monkeypatch.setattr(doctor, "version", absent)
    check = getattr(doctor, f"check_{name}")()
    assert (check.ok, check.remedy, check.required) == (False, f"pip install {name}", True)


@pytest.mark.parametrize(
    ("brian2", "found"),
    [
        ("2.10.1", "2.10.1 with Python 3.12.9"),
        ("2.11.0", "2.11.0 with Python 3.12.9; the cuda engine needs Brian2 2.10.1"),
    ],
)
def test_the_doctor_says_which_python_and_brian2_there_are(monkeypatch, brian2, found):
    monkeypatch.setattr(sys, "version_info", (3, 12, 9))
    monkeypatch.setattr(doctor, "version", {"brian2": brian2}.__getitem__)
    assert (doctor.check_python().found, doctor.check_brian2().found) == ("3.12.9", found)
    assert doctor.check_brian2().ok


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


@pytest.fixture
def machine(monkeypatch):
    """``machine(*candidates, cards=...)``: what is found of CUDA on a machine."""

    def told(*found, cards=()):
        monkeypatch.setattr(doctor, "candidates", lambda: found)
        monkeypatch.setattr(doctor, "gpus", lambda: cards)

    told()
    return told


def toolkit(*missing: str, version=(13, 0)) -> Candidate:
    root = Path("/cuda")
    curand = "/wheels/lib/libcurand.so.10"
    whole = None if missing else Toolchain(root, root / "bin/nvcc", version, (), (Path(curand).parent,), "PATH")
    return Candidate("PATH", root, missing, whole)


def test_without_cuda_every_piece_is_a_note_with_its_remedy(machine):
    for check in (doctor.check_nvcc(), doctor.check_curand(), doctor.check_gpu()):
        assert (check.ok, check.found, check.required) == (False, "not found", False)
        assert "spikenet[cuda]" in check.remedy or "NVIDIA GPU" in check.remedy


def test_a_toolkit_without_curand_has_its_nvcc_and_not_its_curand(machine):
    machine(toolkit("cuRAND"))
    assert (doctor.check_nvcc().ok, doctor.check_nvcc().found) == (True, "/cuda/bin/nvcc (PATH)")
    assert not doctor.check_curand().ok and "nvidia-curand" in doctor.check_curand().remedy


def test_a_toolkit_that_lacks_more_says_what(machine):
    machine(toolkit("nvvm", "crt", "cuRAND"))
    assert doctor.check_nvcc().found == "/cuda (PATH) lacks nvvm, crt"
    assert "spikenet[cuda]" in doctor.check_nvcc().remedy
    machine(toolkit("nvcc"))
    assert not doctor.check_nvcc().ok and not doctor.check_curand().ok


def test_a_whole_toolkit_is_named_before_broken_ones(machine, monkeypatch):
    machine(toolkit("nvvm"), toolkit())
    monkeypatch.setattr(Toolchain, "curand", Path("/wheels/lib/libcurand.so.10"))
    assert doctor.check_nvcc().found == "CUDA 13.0, /cuda/bin/nvcc (PATH)"
    assert doctor.check_curand().found == "/wheels/lib/libcurand.so.10"


def test_an_emulator_is_called_one(emulator):
    assert doctor.check_nvcc().found.startswith("an emulator of CUDA 13.0, ")
    assert doctor.check_curand().ok and doctor.check_cuda().ok


def test_a_gpu_is_named_with_driver_capability_and_memory(machine):
    machine(toolkit(), cards=(Gpu("NVIDIA A100", "580.65.06", 8.0, 40 * 10**9),))
    check = doctor.check_gpu()
    assert check.ok
    assert check.found == "NVIDIA A100, driver 580.65.06, compute capability 8.0, 40.0 GB"


@pytest.mark.parametrize(
    ("driver", "capability", "told"),
    [("575.1", 8.0, "driver is 575.1, and CUDA 13.0 wants 580"), ("580.1", 7.0, "is 7.0, and CUDA 13.0 wants 7.5")],
)
def test_a_gpu_that_cuda_13_does_not_take_says_why(machine, driver, capability, told):
    machine(cards=(Gpu("old", driver, capability, 1),))
    assert not doctor.check_gpu().ok and told in doctor.check_gpu().remedy


@pytest.mark.parametrize(("can", "ok"), [("run", True), ("compile", False), ("generate", False)])
def test_the_mode_is_told(monkeypatch, can, ok):
    monkeypatch.setattr(doctor, "mode", lambda: can)
    check = doctor.check_cuda()
    assert (check.ok, check.required) == (ok, False)
    assert check.found.startswith(f"{can}: ")


def test_missing_brian2cuda_is_a_note(monkeypatch):
    def absent(package):
        raise doctor.PackageNotFoundError(package)

    monkeypatch.setattr(doctor, "version", absent)
    check = doctor.check_brian2cuda()
    assert (check.ok, check.required, check.remedy) == (False, False, 'pip install "spikenet[cuda]"')
