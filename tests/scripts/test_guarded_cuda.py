"""Brian2CUDA's device, guarded: see ``test_guards.py`` for what it refuses and ``test_block.py`` for what it runs."""

import warnings

import pytest
from brian2 import ms, run

import spikenet as sn
from spikenet.scripts import block
from spikenet.scripts.early_reads import EarlyReads
from spikenet.scripts.given_values import GivenValues
from spikenet.scripts.guarded import GuardedDevice
from tests.scripts.conftest import idle

pytestmark = pytest.mark.brian2cuda


def test_it_is_brian2cudas_device_behind_the_guards(emulator):
    from brian2cuda.device import CUDAStandaloneDevice

    from spikenet.engines.standalone.merging import MergedSources
    from spikenet.scripts.guarded_cuda import GuardedCudaDevice

    assert GuardedCudaDevice.__mro__[1:6] == (
        GuardedDevice,
        GivenValues,
        EarlyReads,
        MergedSources,
        CUDAStandaloneDevice,
    )


def test_files_that_it_leaves_open_are_no_warning(emulator, monkeypatch, tmp_path):
    monkeypatch.setattr(block.Script, "_finish", lambda script: script._backend.device.generate(tmp_path))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.filterwarnings("ignore", "'parseAll' argument is deprecated")
        with sn.device("cuda"):
            cells = idle()
            run(1 * ms)
            assert cells
    main = (tmp_path / "main.cu").read_text()
    assert main.index('getenv("SPIKENET_SEED")') < main.index("set_from_command_line(args)") < main.index(".run(")
