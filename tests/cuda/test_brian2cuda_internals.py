"""What `spikenet.brian2cuda_internals` assumes of Brian2CUDA, one test an assumption."""

import inspect
import logging
from pathlib import Path
from types import SimpleNamespace

import brian2
import pytest

from spikenet.brian2_internals import StandaloneDevice
from spikenet.cuda.settings import preferences
from spikenet.cuda.toolchain import find_toolchain
from spikenet.engines.active_device import standalone_device
from tests.conftest import NO_BRIAN2CUDA
from tests.test_brian2_internals import protocol_methods

brian2cuda = pytest.importorskip("brian2cuda", reason=NO_BRIAN2CUDA)

from brian2cuda.utils import gputools  # noqa: E402

from spikenet.cuda import brian2cuda_internals as internals  # noqa: E402


@pytest.mark.parametrize("method", protocol_methods())
def test_its_device_has_each_method_with_its_first_parameters(method):
    """Or passes on whatever it gets, with ``*args``, to Brian2's own device."""
    wanted = protocol_methods()[method]
    has = list(inspect.signature(getattr(internals.CUDAStandaloneDevice, method)).parameters)
    named = has[: has.index("args")] if "args" in has else has[: len(wanted)]
    assert named == wanted[: len(named)] and ("args" in has or len(named) == len(wanted))


@pytest.mark.parametrize(
    "attribute", [*inspect.get_annotations(StandaloneDevice), *inspect.get_annotations(internals.CudaDevice)]
)
def test_its_device_has_each_attribute(attribute):
    assert hasattr(internals.CUDAStandaloneDevice(), attribute)


def test_a_card_is_chosen_and_a_toolkit_forgotten_for_a_while():
    before = dict(gputools._cuda_installation), dict(gputools._gpu_selection)
    with internals.selected_gpu(9.0):
        assert set(gputools._cuda_installation.values()) == {None}
        assert gputools._gpu_selection["selected_gpu_compute_capability"] == 9.0
        assert gputools._gpu_selection["selected_gpu_id"] == 0
    assert "_gpu_selection" in inspect.getsource(gputools.select_gpu)
    assert (gputools._cuda_installation, gputools._gpu_selection) == before


def test_its_logger_is_brian2s():
    from brian2cuda.device import logger

    assert logger.name == "brian2.brian2cuda.device"
    level = logging.getLogger("brian2.brian2cuda").level
    with internals.quiet():
        assert not logging.getLogger("brian2.brian2cuda.device").isEnabledFor(logging.INFO)
    assert logging.getLogger("brian2.brian2cuda").level == level


def test_its_headers_are_beside_the_package(tmp_path):
    writer = SimpleNamespace(header_files=set())
    internals.copy_headers(writer, tmp_path)
    assert "brianlib/curand_buffer.h" in writer.header_files or writer.header_files
    assert all((tmp_path / name).is_file() for name in writer.header_files)


def test_code_objects_with_random_numbers_are_listed_by_run_and_kind():
    device = internals.CUDAStandaloneDevice()
    assert internals.random_buffers(device) == []
    code = SimpleNamespace(name="update")
    device.codeobjects_with_rng["host_api"]["per_run"] = [{"randn": [code]}, {"randn": [code]}]
    device.codeobjects_with_rng["device_api"]["every_tick"] = [code]
    assert internals.random_buffers(device) == ["dev_curand_states", "dev_update_randn_allocator"]


def test_numbers_drawn_in_advance_have_allocators_of_the_names_of_their_code():
    templates = Path(brian2cuda.__file__).parent / "templates"
    text = "".join(path.read_text() for path in templates.glob("rand.cu"))
    assert "dev_{{co.name}}_" in text and "_allocator" in text and "dev_curand_states" in text


def test_the_host_starts_its_kernels_behind_them_with_the_number_of_neurons_as_n():
    templates = Path(brian2cuda.__file__).parent / "templates"
    common = (templates / "common_group.cu").read_text()
    assert "\nvoid _run_{{codeobj_name}}" in common and internals.KERNELS_END == "\nvoid _run_"
    assert "int _N" in common


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_sources_can_be_written_twice(emulator, tmp_path):
    """Brian2CUDA numbers calls of random numbers in the code itself, and counts them, when it writes."""
    device, texts = internals.CUDAStandaloneDevice(), []
    with preferences(find_toolchain(), compute_capability=9.0), standalone_device(device):
        cells = brian2.NeuronGroup(4, "x : 1\ny : 1", name="cells")
        cells.x = "rand()"
        cells.y = "poisson(3)"
        brian2.run(1 * brian2.ms)
        for place in ("one", "two"):
            with internals.written_again(device):
                folder = tmp_path / place
                device.build(directory=str(folder), compile=False, run=False, direct_call=False)
            texts.append({path.name: path.read_text() for path in folder.rglob("*.cu")})
            device.has_been_run = False
        assert cells.name
    assert texts[0] == texts[1] and any("rand_N" in text for text in texts[0].values())
