"""Cards as a fake driver tells of them."""

from dataclasses import replace

import pytest

from spikenet.cuda import gpu as module
from spikenet.cuda.gpu import Gpu, gpus, mode, usable_gpu
from spikenet.cuda.toolchain import find_toolchain
from tests.cuda.conftest import program, toolkit

TWO = "0, GPU-aa, NVIDIA A100, 580.65.06, 8.0, 40960\n1, GPU-bb, Quadro P600, 535.2, 6.1, [N/A]"


@pytest.fixture
def driver(bare):
    """``driver(text)``: what nvidia-smi prints."""
    return lambda text, then="": program(bare / "bin" / "nvidia-smi", f"echo '{text}'\n{then}")


def test_without_a_driver_there_is_no_card(bare):
    assert gpus() == ()


def test_a_driver_that_fails_has_no_card(driver):
    driver(TWO, "exit 9")
    assert gpus() == ()


@pytest.mark.parametrize(
    "said", ["", "No devices were found", "0, GPU-aa, A, new, 8.0, 1", "0, GPU-aa, A, 1.0, [N/A], 1"]
)
def test_what_cannot_be_read_is_no_card(driver, said):
    driver(said)
    assert gpus() == ()


def test_cards_are_read_with_name_driver_capability_and_memory(driver):
    driver(TWO)
    assert gpus() == (
        Gpu("NVIDIA A100", "580.65.06", 8.0, 40960 * 2**20, "GPU-aa"),
        Gpu("Quadro P600", "535.2", 6.1, 0, "GPU-bb"),
    )


@pytest.mark.parametrize(
    ("visible", "names"),
    [("1", ["Quadro P600"]), ("1,0", ["Quadro P600", "NVIDIA A100"]), ("GPU-a", ["NVIDIA A100"]), ("", []),
     ("0,7,1", ["NVIDIA A100"])],
)  # fmt: skip
def test_programs_see_only_visible_cards(driver, monkeypatch, visible, names):
    driver(TWO)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert [gpu.name for gpu in gpus()] == names


def test_cuda_13_wants_driver_580_and_capability_7_5():
    old = Gpu("Quadro P600", "535.2", 6.1, 0)
    assert old.shortcomings((13, 0)) == (
        "its driver is 535.2, and CUDA 13.0 wants 580 or newer",
        "its compute capability is 6.1, and CUDA 13.0 wants 7.5 or more",
    )
    assert old.shortcomings((12, 4)) == () == Gpu("T4", "580.1", 7.5, 0).shortcomings((13, 0))


def test_the_card_is_the_first_that_can_run_the_programs(bare, driver, monkeypatch):
    monkeypatch.setenv("CUDA_PATH", str(toolkit(bare / "cuda")))
    toolchain = find_toolchain()
    assert usable_gpu(toolchain) is None and usable_gpu(None) is None
    driver("\n".join(reversed(TWO.splitlines())))
    assert usable_gpu(toolchain).only_this == ("env", "CUDA_VISIBLE_DEVICES=GPU-aa")
    assert usable_gpu(replace(toolchain, emulated=True)) is None
    assert usable_gpu(toolchain, 8.0).name == "NVIDIA A100" and usable_gpu(toolchain, 9.0) is None
    assert mode(toolchain, 8.0) == "run" and mode(toolchain, 9.0) == "compile"


def test_a_card_without_a_name_of_its_own_hides_no_other(driver):
    driver("0, [N/A], A100, 580.1, 8.0, 1")
    assert gpus()[0].only_this == ()


def test_the_mode_follows_toolchain_and_card(bare, driver, monkeypatch):
    assert mode() == "generate"
    monkeypatch.setenv("CUDA_PATH", str(toolkit(bare / "cuda")))
    assert mode() == mode(find_toolchain()) == "compile"
    driver(TWO)
    assert mode() == "run"
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")  # too old
    assert mode() == "compile"
    monkeypatch.setattr(module, "OLDEST", {})
    assert mode() == "run"


def test_the_emulator_runs_without_a_card(emulator, monkeypatch):
    monkeypatch.setattr(module, "gpus", tuple)
    assert mode() == "run"
