"""Brian2CUDA's standalone device with checks."""

import contextlib
import warnings
from collections.abc import Iterator
from pathlib import Path

import brian2

from spikenet.cuda.brian2cuda_internals import CUDAStandaloneDevice, written_again
from spikenet.engines.standalone.merging import MergedSources, merge_cuda_sources
from spikenet.scripts import guards
from spikenet.scripts.brian2_script_internals import objects_in_scope
from spikenet.scripts.guarded import GuardedDevice

_SET_SOME = "for (int i = 0; i < {number}; i++) {{ {array}[{at}] = {value}; %s }}"
_COPY_ONE = "CUDA_SAFE_CALL(cudaMemcpy({card} + {at}, &{array}[{at}], sizeof({array}[0]), cudaMemcpyHostToDevice));"


class GuardedCudaDevice(GuardedDevice, MergedSources, CUDAStandaloneDevice):
    """CUDA standalone."""

    title = "cuda"
    memory = 0  # of the GPU, in bytes; 0 is unknown
    merge = staticmethod(merge_cuda_sources)
    seeding = "random_number_buffer.set_seed(seed);"

    def prepare(self, seed: int | None, script) -> None:
        super().prepare(seed, script)
        self._rates, self._steps, self._recorded = set(), {}, {}

    def check_code(self, owner, code, variables, template, indices) -> None:
        guards.refuse_shared_writes(owner, code, variables, template)
        guards.refuse_a_delay_by_code(owner, code, variables, template, self.runs)
        guards.warn_of_serial_effects(owner, code, variables, template, indices)

    def check_run(self, objects: list, duration: float) -> None:
        guards.refuse_a_second_rate(objects, self._rates)
        guards.refuse_another_dt(objects, self._steps)
        for thing in objects:
            guards.refuse_gsl(getattr(thing, "method_choice", None))
        guards.refuse_too_much_recording(objects, duration, self._recorded, self.memory)

    def generate(self, folder: Path) -> None:
        with warnings.catch_warnings():
            # Brian2CUDA does not close the files that it writes.
            warnings.filterwarnings("ignore", "unclosed file", ResourceWarning, "brian2cuda")
            with written_again(self), self._synapses_without_a_run():
                super().generate(folder)

    def in_main(self, item: tuple) -> tuple:
        """Copy those values alone that a part of a variable is set to.

        Brian2CUDA copies all of the variable, and the processor does not know what the card has made of the others; for
        synapses its code does not compile.
        """
        kind, arguments = item
        if kind != "set_array_by_array":
            return super().in_main(item)
        array, indices, values = arguments
        dynamic = array in self.dynamic_arrays.values()
        names = {"array": array, "at": f"{indices}[i]", "value": f"{values}[i]", "number": f"_num_{indices}"}
        names["card"] = f"thrust::raw_pointer_cast(&dev{array}[0])" if dynamic else f"dev{array}"
        copied = "" if array in self.variables_on_host_only else _COPY_ONE
        return "insert_code", (_SET_SOME % copied).format(**names)

    @contextlib.contextmanager
    def _synapses_without_a_run(self) -> Iterator[None]:
        """Let sources have synapses that are connected and not in a network yet: values are read of them."""
        in_runs = set(self.synapses)
        self.synapses |= {one for one in objects_in_scope() if isinstance(one, brian2.Synapses)}
        try:
            yield
        finally:
            self.synapses = in_runs

    def fill_with_array(self, var, *args, **settings):
        guards.refuse_another_delay(var, self.runs)
        super().fill_with_array(var, *args, **settings)

    def variableview_set_with_index_array(self, variableview, *args, **settings):
        guards.refuse_another_delay(variableview.variable, self.runs)
        super().variableview_set_with_index_array(variableview, *args, **settings)
