"""Which CUDA toolkit is taken, and what is said of those that are not whole. The folders are fakes."""

import importlib.util
import json
import sys
from types import SimpleNamespace

import brian2
import pytest

from spikenet.cuda import toolchain as module
from spikenet.cuda.toolchain import Candidate, candidates, find_toolchain
from spikenet.errors import BuildError, ToolchainError
from tests.cuda.conftest import FILES, program, toolkit, touch


def test_with_nothing_there_the_error_says_what_to_install(bare):
    assert candidates() == ()
    with pytest.raises(BuildError) as caught:
        find_toolchain()
    assert "no CUDA_PATH or CUDA_HOME, no wheels, no nvcc on PATH" in str(caught.value)
    assert 'pip install "spikenet[cuda]"' in str(caught.value)


def test_the_order_is_preference_variables_wheels_path_usual_place(bare, monkeypatch, wheels):
    """Taken away one after the other, each gives way to the next."""
    preference = {"devices.cuda_standalone.cuda_backend.cuda_path": str(toolkit(bare / "preferred"))}
    monkeypatch.setitem(sys.modules, "brian2cuda", SimpleNamespace())
    monkeypatch.setattr(brian2, "prefs", preference)
    for name in ("SPIKENET_CUDA", "CUDA_PATH", "CUDA_HOME"):
        monkeypatch.setenv(name, str(toolkit(bare / name)))
    wheels(toolkit(bare / "cu13"))
    on_path = toolkit(bare / "system")
    program(bare / "bin" / "nvcc", f'exec {on_path}/bin/nvcc "$@"')
    toolkit(bare / "usual")
    order = ["preferred", "SPIKENET_CUDA", "CUDA_PATH", "CUDA_HOME", "cu13", "system", "usual"]
    assert [candidate.root.name for candidate in candidates()] == order
    assert find_toolchain().root.name == "preferred"
    preference.update(dict.fromkeys(preference))
    for name in order[1:4]:
        assert find_toolchain().root.name == find_toolchain().source == name
        monkeypatch.delenv(name)
    assert find_toolchain().source == "pip's wheels"
    wheels(bare / "gone")
    assert find_toolchain().source == "nvcc on PATH"
    (bare / "bin" / "nvcc").unlink()
    assert find_toolchain().root == bare / "usual"


def test_a_whole_toolkit_tells_its_version_and_where_curand_is(bare, monkeypatch):
    monkeypatch.setenv("CUDA_PATH", str(toolkit(bare / "cuda", release="13.2")))
    found = find_toolchain()
    assert found.version == (13, 2) and found.nvcc == bare / "cuda/bin/nvcc" and not found.emulated
    assert found.include == () and found.libraries == (bare / "cuda/lib64",)
    assert found.curand == bare / "cuda/lib64/libcurand.so.10" and found.thrust_pair
    assert candidates()[0].remedy == ""


@pytest.mark.parametrize("piece", ["nvcc", *FILES])
def test_each_missing_piece_is_named(bare, monkeypatch, piece):
    monkeypatch.setenv("CUDA_PATH", str(toolkit(bare / "cuda", piece)))
    (found,) = candidates()
    assert found == Candidate("CUDA_PATH", bare / "cuda", (piece,)) and "pip install" in found.remedy
    with pytest.raises(ToolchainError, match=f"CUDA_PATH: .*cuda lacks {piece}\n") as caught:
        find_toolchain()
    assert ("nvidia-curand" in str(caught.value)) == (piece == "cuRAND")


@pytest.mark.parametrize("file", [file for piece in ("cudart", "cuRAND") for file in FILES[piece]])
def test_each_missing_file_counts(bare, monkeypatch, file):
    monkeypatch.setenv("CUDA_PATH", str(toolkit(bare / "cuda")))
    (bare / "cuda" / file).unlink()
    assert len(candidates()[0].missing) == 1


@pytest.mark.parametrize("script", ["exit 1", "echo some other program"])
def test_an_nvcc_that_does_not_run_is_none(bare, monkeypatch, script):
    program(toolkit(bare / "cuda") / "bin" / "nvcc", script)
    monkeypatch.setenv("CUDA_PATH", str(bare / "cuda"))
    assert candidates()[0].missing == ("an nvcc that runs",)


def test_a_toolkit_without_curand_is_completed_by_its_wheel(bare, monkeypatch, wheels):
    monkeypatch.setenv("CUDA_PATH", str(toolkit(bare / "cuda", "cuRAND")))
    touch(bare / "cu13", "include/curand.h", "include/curand_kernel.h", "lib/libcurand.so.10")
    wheels(bare / "cu13")
    found = find_toolchain()
    assert found.root == bare / "cuda" and found.include == (bare / "cu13/include",)
    assert found.curand == bare / "cu13/lib/libcurand.so.10"
    program(bare / "cuda/bin/nvcc", "echo release 12.4")  # another CUDA's cuRAND would not do
    assert candidates()[0].missing == ("cuRAND",)


@pytest.mark.parametrize("variable", ["CUDA_PATH", "CUDA_HOME"])
def test_a_broken_toolkit_of_the_system_gives_way(bare, monkeypatch, wheels, variable):
    monkeypatch.setenv(variable, str(toolkit(bare / "broken", "nvvm")))
    wheels(toolkit(bare / "cu13"))
    assert find_toolchain().root == bare / "cu13"


def test_one_that_was_named_for_spikenet_is_not_passed_over(bare, monkeypatch, wheels):
    monkeypatch.setenv("SPIKENET_CUDA", str(toolkit(bare / "broken", "nvvm")))
    wheels(toolkit(bare / "cu13"))
    with pytest.raises(ToolchainError, match="SPIKENET_CUDA: .*broken lacks nvvm"):
        find_toolchain()


def test_one_place_under_two_names_is_looked_at_once(bare, monkeypatch):
    toolkit(bare / "cuda")
    (bare / "usual").symlink_to(bare / "cuda")
    monkeypatch.setenv("CUDA_PATH", str(bare / "cuda"))
    assert [candidate.source for candidate in candidates()] == ["CUDA_PATH"]


def test_an_nvcc_on_path_that_does_not_tell_its_home_is_followed(bare):
    toolkit(bare / "cuda")
    program(bare / "cuda/bin/nvcc", "case $1 in --dryrun) exit 1;; *) echo release 13.0;; esac")
    (bare / "bin" / "nvcc").symlink_to(bare / "cuda/bin/nvcc")
    assert find_toolchain().root == bare / "cuda"


def test_the_wheels_are_found_where_python_finds_them(bare, monkeypatch):
    monkeypatch.undo()
    (bare / "site" / "nvidia" / "cu13").mkdir(parents=True)
    spec = SimpleNamespace(submodule_search_locations=[str(bare / "site/nvidia"), str(bare / "none")])
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec if name == "nvidia" else None)
    assert list(module._wheels()) == [bare / "site/nvidia/cu13"]
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert list(module._wheels()) == []


def test_the_identity_changes_with_the_compiler(bare, monkeypatch):
    monkeypatch.setenv("CUDA_PATH", str(toolkit(bare / "cuda")))
    before = find_toolchain().identity()
    assert json.loads(json.dumps(before)) == before == find_toolchain().identity()
    toolkit(bare / "cuda", release="13.3")
    assert find_toolchain().identity() != before


def test_the_emulator_is_a_whole_toolchain_and_says_that_it_is_none(emulator, bare, monkeypatch, tmp_path):
    monkeypatch.undo()
    monkeypatch.setenv("SPIKENET_CUDA", str(emulator))
    found = find_toolchain()
    assert found.emulated and found.version == (13, 0) and found.root == emulator and found.curand is None
    assert found.identity() == find_toolchain().identity()
    digest = module._digest(emulator)
    touch(tmp_path / "copy", "include/cudashim.h")
    assert module._digest(tmp_path / "copy") != digest == found.identity()[-1]
