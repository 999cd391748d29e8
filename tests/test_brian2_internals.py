"""What `spikenet.brian2_internals` assumes of Brian2, one test an assumption. A failure here after an upgrade of Brian2
says which part of it changed; mend the name in ``brian2_internals.py`` that the test is about."""

import ast
import gc
import inspect
import re
import subprocess
import sys
import warnings
from pathlib import Path
from types import SimpleNamespace

import brian2
import numpy as np
import pytest
import sympy
from brian2 import ms

from spikenet import brian2_internals as internals
from spikenet.engines.active_device import standalone_device
from spikenet.engines.standalone.program import READ_ERROR

PACKAGE = Path(internals.__file__).parent
INSIDE = {"brian2_internals.py", "brian2_script_internals.py", "brian2_synapse_internals.py", "brian2cuda_internals.py"}


def group(equations="dv/dt = -v/(10*ms) : 1", **settings) -> brian2.NeuronGroup:
    return brian2.NeuronGroup(3, equations, **{"method": "euler", "codeobj_class": brian2.NumpyCodeObject} | settings)


def network_of(*objects) -> brian2.Network:
    return brian2.Network(*objects)


# The rule -----------------------------------------------------------------------------------------------------------


def test_no_other_module_imports_from_inside_brian2():
    found = []
    for path in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            found += [f"{path.name}: {name}" for name in names if re.match(r"brian2(cuda)?\.", name)]
    assert {line.partition(":")[0] for line in found} <= INSIDE


def test_no_other_module_touches_an_underscore_name_of_brian2():
    """Names of a single underscore that spikenet does not define itself, behind a dot."""
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in PACKAGE.rglob("*.py")}
    own, found = set(), set()
    for tree in trees.values():
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                own.add(node.name)
            elif isinstance(node, ast.AnnAssign | ast.Assign):
                targets = node.targets if isinstance(node, ast.Assign) else [node.target]
                own |= {name.id if isinstance(name, ast.Name) else getattr(name, "attr", "") for name in targets}
    theirs = {name for one in (brian2.BrianObject, brian2.Network, brian2.Synapses, brian2.NeuronGroup, brian2.Clock)
              for name in dir(one)}  # fmt: skip
    for path, tree in trees.items():
        for node in ast.walk(tree) if path.name not in INSIDE else ():
            if isinstance(node, ast.Attribute) and re.match(r"_[^_]", node.attr) and node.attr in theirs - own:
                found.add(f"{path.name}: {ast.unparse(node)}")
    assert not found


# The active device --------------------------------------------------------------------------------------------------


class Device(internals.CPPStandaloneDevice):
    pass


def test_set_device_looks_names_up_in_all_devices_and_reset_device_goes_back():
    outer, device = brian2.get_device(), Device()
    with internals.restored_device("a_test"):
        internals.register_device("a_test", device)
        assert brian2.all_devices["a_test"] is device
        with internals.restored_device("a_test"):
            brian2.set_device("a_test", build_on_run=False)
            assert brian2.get_device() is device and internals.previous_devices[-1][0] is outer
        assert brian2.get_device() is outer
    assert brian2.get_device() is outer and "a_test" not in brian2.all_devices
    assert len(internals.previous_devices[-1] if internals.previous_devices else "abc") == 3


def test_the_stack_of_devices_and_the_clock_are_those_of_before_whatever_a_script_does():
    outer, stack, dt = brian2.get_device(), list(internals.previous_devices), brian2.defaultclock.dt
    with internals.restored_device("a_test"):
        internals.register_device("a_test", Device())
        brian2.set_device("a_test", build_on_run=False)
        brian2.set_device("runtime")
        brian2.defaultclock.dt = 7 * ms
    assert brian2.get_device() is outer and internals.previous_devices == stack and brian2.defaultclock.dt == dt


def test_run_collects_the_objects_of_the_current_scope():
    before = brian2.BrianObject._scope_current_key
    outside = group(name="outside_scope")
    assert outside._scope_key == before < 1_000_000  # counts from 0, so that ours are out of the way
    with internals.separate_objects():
        inside = group(name="inside_scope")
        found = {thing.name for thing in brian2.collect()}
        assert "inside_scope" in found and "outside_scope" not in found
        assert inside._scope_key == brian2.BrianObject._scope_current_key != before
    assert brian2.BrianObject._scope_current_key == before


def test_names_are_chosen_among_those_of_living_objects():
    first, network = group(), brian2.Network()
    with internals.separate_objects():
        assert group().name == "neurongroup" and brian2.Network().name == "network"
        assert network.name and brian2.magic_network.name == "magicnetwork"
    assert first.name != group().name != "neurongroup"
    reference = next(iter(brian2.Nameable.__instances__()))
    assert callable(reference)  # weak


def test_the_clock_of_an_object_is_named_after_it():
    cells = group()
    assert brian2.StateMonitor(cells, "v", record=True, dt=2 * ms, name="watch").clock.name.startswith("watch_clock")


def test_the_state_of_random_numbers_can_be_put_back():
    brian2.seed(3)
    with internals.random_state_as_before():
        first = np.random.rand()  # noqa: NPY002 - Brian2's own generator
    assert np.random.rand() == first  # noqa: NPY002


# Code before it is C++ ----------------------------------------------------------------------------------------------


def test_sympys_functions_are_those_of_equations():
    assert {sympy.exp, sympy.sin, internals.exprel} <= set(internals.SYMPY_FUNCTIONS)
    assert all(issubclass(one, sympy.Function) for one in internals.SYMPY_FUNCTIONS)


def test_expressions_are_read_with_real_symbols_and_a_square_root_that_stays():
    read = internals.str_to_sympy("sqrt(x) + 2")
    assert sympy.Symbol("x", real=True) in read.free_symbols
    assert read.has(internals.UNEVALUATED_SQRT) or read.has(sympy.sqrt(sympy.Symbol("x", real=True)))
    assert internals.sympy_to_str(internals.str_to_sympy("a**2*b")).replace(" ", "") in ("a**2*b", "b*a**2")


def test_noise_is_drawn_in_lines_of_a_known_form():
    noisy = group("dv/dt = (xi_b + xi_a)/ms**0.5 : 1")
    code, _ = internals.abstract_code(noisy)
    assert sorted(line.strip() for line in code.splitlines() if internals._NOISE.fullmatch(line.strip())) == [
        "xi_a = dt**.5 * randn()", "xi_b = dt**.5 * randn()",
    ]  # fmt: skip


def test_noise_terms_are_drawn_in_the_order_of_their_names_and_nothing_else_moves():
    drawn = "{} = dt**.5 * randn()"
    code = "\n".join(["v = 2", drawn.format("xi_b"), "a = xi_b", drawn.format("xi_a"), "b = dt**.5 * randn()"])
    wanted = "\n".join(["v = 2", drawn.format("xi_a"), "a = xi_b", drawn.format("xi_b"), "b = dt**.5 * randn()"])
    assert internals.sorted_noise(code) == wanted
    blocks = {None: code, "one": "w = 1", "two": None}
    assert internals.sorted_noise(blocks) == {None: wanted, "one": "w = 1", "two": ""}


def test_all_code_in_process_goes_through_the_devices_code_object():
    device, seen = brian2.get_device(), []
    with internals.noise_in_order(device):
        ordered = device.code_object
        device.code_object = lambda *args, **settings: seen.append(settings["name"]) or ordered(*args, **settings)
        try:
            network_of(group(name="seen")).run(0.1 * ms)
        finally:
            device.code_object = ordered
    assert any("seen_stateupdater" in name for name in seen)
    assert "code_object" not in vars(device)


def test_parameters_may_have_names_of_pythons_functions():
    """``0.5*sum`` was a TypeError, and ``max == min`` the number 0."""
    one = group("dv/dt = (0.5*sum + int(max == min))/ms : 1\nmax : 1 (shared)\nmin : 1 (shared)\nsum : 1 (shared)")
    one.max = one.min = one.sum = 2
    network_of(one).run(1 * ms)
    np.testing.assert_allclose(one.v, 2)


def test_a_state_update_and_a_threshold_have_abstract_code():
    cells = group(
        "dv/dt = -v/(10*ms) : 1 (unless refractory)", threshold="v > 1", reset="v = 0", refractory="2*ms", method="rk4"
    )
    update, threshold = internals.abstract_code(cells)
    assert "_cond = (v > 1)" in threshold.replace("  ", " ")
    assert internals.STEPS_SINCE_SPIKE in update and internals.NOT_REFRACTORY_FACTOR in update
    assert internals.abstract_code(group())[1] is None


def test_a_group_that_was_only_read_is_no_reason_for_a_warning(caplog):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cells = group()
        internals.abstract_code(cells)
        del cells
    assert "not included" not in caplog.text
    assert "_network" in inspect.getsource(brian2.BrianObject.__del__)


def test_exponential_euler_names_its_intermediate_results_after_the_state():
    update, _ = internals.abstract_code(group("dv/dt = (1 - v)/(10*ms) : 1", method="exponential_euler"))
    names = {line.partition("=")[0].strip() for line in update.splitlines() if "=" in line}
    assert {"_BA_v", "_v"} <= names
    assert internals.updated_state("_BA_v") == internals.updated_state("_v") == "v"


def test_a_variable_knows_whether_it_is_held_while_refractory():
    cells = group("dv/dt = -v/ms : 1 (unless refractory)\ndw/dt = -w/ms : 1", threshold="v > 1", refractory=2 * ms)
    assert internals.held_while_refractory(cells, "v") and not internals.held_while_refractory(cells, "w")
    assert not internals.held_while_refractory(cells, "nothing")


def test_units_constants_and_functions_are_resolved_by_a_group():
    found = internals.constants_of(group(), ["ms", "pi", "exp"])
    assert float(found["ms"].get_value()) == 1e-3 and found["pi"].get_value() == np.pi
    assert isinstance(found["exp"], brian2.Function)
    with pytest.raises(KeyError):
        internals.constants_of(group(), ["nothing_like_it"])


# Templates ----------------------------------------------------------------------------------------------------------


def test_templates_have_the_names_that_guards_ask_for():
    templates = Path(inspect.getfile(internals.CPPStandaloneCodeObject)).parent / "templates"
    names = {path.stem for path in templates.glob("*.cpp")}
    assert {internals.CONNECT_TEMPLATE, *internals.EVERY_STEP_TEMPLATES} <= names
    assert [name for name in names if name.startswith(internals.SET_VARIABLE_TEMPLATES)]
    assert {"common_group", "stateupdate"} <= names  # what ours extend, and replace


def test_connecting_with_a_probability_is_a_sample(monkeypatch):
    seen = {}
    monkeypatch.setattr(brian2.Synapses, "resolve_all", brian2.Synapses.resolve_all)
    with standalone_device(recording_device(seen)):
        cells = brian2.NeuronGroup(3, "v : 1")
        synapses = brian2.Synapses(cells, cells)
        synapses.connect(p=0.5)
    assert seen[internals.CONNECT_TEMPLATE]["iterator_func"] == internals.SAMPLE_ITERATOR


def recording_device(seen: dict) -> internals.CPPStandaloneDevice:
    """A device that notes the settings of each template, by its name."""

    class Recording(internals.CPPStandaloneDevice):
        def code_object(self, owner, name, abstract_code, variables, template_name, variable_indices, **settings):
            seen[template_name] = dict(settings.get("template_kwds") or {})
            return super().code_object(
                owner, name, abstract_code, variables, template_name, variable_indices, **settings
            )

    return Recording()


def test_the_settings_of_a_template_may_be_set_on_the_runner():
    with standalone_device(recording_device(seen := {})):
        cells = brian2.NeuronGroup(3, "dv/dt = 1/ms : 1", method="euler")
        internals.template_settings(cells.state_updater, substeps=7)
        brian2.run(1 * ms)
        assert cells.name
    assert seen["stateupdate"]["substeps"] == 7


def test_templates_of_a_package_come_before_brian2s():
    templater = internals.own_templates(internals.CPPStandaloneCodeObject, "spikenet.engines.standalone")
    assert callable(templater.trace_recorder) and callable(templater.spikemonitor)
    assert not hasattr(internals.CPPStandaloneCodeObject.templater, "trace_recorder")


# Standalone devices -------------------------------------------------------------------------------------------------


def protocol_methods() -> dict[str, list[str]]:
    """The methods of `StandaloneDevice` with their parameters."""
    members = {name: one for name, one in vars(internals.StandaloneDevice).items() if inspect.isfunction(one)}
    return {name: list(inspect.signature(one).parameters) for name, one in members.items() if not name.startswith("_")}


@pytest.mark.parametrize("method", protocol_methods())
def test_a_device_has_each_method_with_its_first_parameters(method):
    wanted = protocol_methods()[method]
    has = list(inspect.signature(getattr(internals.CPPStandaloneDevice, method)).parameters)
    assert has[: len(wanted)] == wanted


@pytest.mark.parametrize("attribute", inspect.get_annotations(internals.StandaloneDevice))
def test_a_device_has_each_attribute(attribute):
    assert hasattr(internals.CPPStandaloneDevice(), attribute)


def test_subclasses_of_devices_touch_nothing_that_the_protocol_does_not_name():
    documented = {"activate", "build", "insert_code", "reinit", "seed", "templater"}
    allowed = documented | set(protocol_methods()) | set(inspect.get_annotations(internals.StandaloneDevice))
    theirs = {name for name in dir(internals.CPPStandaloneDevice()) if name[:2] != "__"} - allowed
    found = set()
    for path in [*(PACKAGE / "scripts").glob("*.py"), *(PACKAGE / "engines").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            devices = ("self", "super()", "device", "script._backend.device", "self._backend.device")
            if isinstance(node, ast.Attribute) and ast.unparse(node.value) in devices and node.attr in theirs:
                found.add(f"{path.name}: {ast.unparse(node)}")
            if isinstance(node, ast.ClassDef):
                methods = {one.name for one in node.body if isinstance(one, ast.FunctionDef)}
                found |= {f"{path.name}: def {name}" for name in methods & theirs}
    assert not found


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> SimpleNamespace:
    """A script's sources, not compiled, with its device."""
    folder = tmp_path_factory.mktemp("project")
    device = internals.CPPStandaloneDevice()
    with standalone_device(device):
        cells = brian2.NeuronGroup(
            7, "dv/dt = 1/ms : 1\nw : 1", threshold="v > 1", reset="v = 0", method="euler", name="cells"
        )
        cells.v = np.arange(7) / 7
        synapses = brian2.Synapses(cells, cells, "x : 1", on_pre="v_post += x", name="synapses")
        synapses.connect(i=[0, 1], j=[2, 3])
        spikes = brian2.SpikeMonitor(cells, name="spikes")
        trace = brian2.StateMonitor(cells, "v", record=True, dt=1 * ms, name="trace")
        unused = brian2.NeuronGroup(2, "w = 2*t : second", dt=3 * ms, name="unused")  # a clock, and nothing to do
        for _ in range(2):
            brian2.run(2 * ms)
        with pytest.raises(NotImplementedError):
            device.get_value(spikes.variables["t"])
        brian2.device.build(directory=str(folder), compile=False, run=False, with_output=False)
        assert trace.name and unused.name
    return SimpleNamespace(folder=folder, device=device)


def test_a_code_object_has_the_number_of_neurons_in_one_line(project):
    code = (project.folder / "code_objects" / "cells_stateupdater_codeobject.cpp").read_text()
    assert internals.neuron_count_line(7) in code


def test_the_program_reads_its_arguments_in_one_line_and_values_from_files(project):
    main = (project.folder / "main.cpp").read_text()
    assert internals.READ_ARGUMENTS.replace("args", "const std::vector<std::string> args")[:-1] in main
    assert any((project.folder / "static_arrays").iterdir())


def test_a_file_of_the_wrong_size_is_complained_of_in_known_words(project):
    assert f'"{READ_ERROR} ' in (project.folder / "objects.cpp").read_text()


def test_random_generators_are_an_array_that_can_be_seeded(project):
    assert "_random_generators" in (project.folder / "objects.h").read_text()
    assert re.search(r"void seed\(", (project.folder / "objects.h").read_text())


def test_a_makefile_is_written_for_the_sources_of_the_writer(project):
    writer = project.device.writer
    assert Path(writer.project_dir) == project.folder
    sources = set(writer.source_files)
    assert {"main.cpp", "network.cpp", "objects.cpp", "code_objects/cells_stateupdater_codeobject.cpp"} <= sources
    makefile = (project.folder / "makefile").read_text()
    assert all(name in makefile for name in sources) and "$(OPTIMISATIONS)" in makefile


def test_brian2_does_without_the_packages_that_generators_leave_out():
    """Importing them is a third of the time that it takes to import Brian2."""
    from spikenet.engines.standalone.project import generator_script

    script = generator_script("antigravity_of_nobody").partition("runpy.run_module")[0] + "import brian2; print('good')"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert run.stdout.strip() == "good", run.stderr


def test_an_object_that_never_ran_is_warned_of_unless_it_is_expected(caplog):
    for expected in (True, False):
        neurons = brian2.NeuronGroup(1, "v : 1")
        if expected:
            internals.expect_no_run(neurons)
        del neurons
        gc.collect()
        assert ("is getting deleted" in caplog.text) != expected


@pytest.mark.parametrize(("given", "text"), [(2 * ms, "0.002*second"), ("v > 0.5", "v > 0.5"), (False, None)])
def test_a_group_holds_its_refractory_period(given, text):
    assert internals.refractory_of(group(threshold="v > 1", refractory=given)) == text


def test_brian2_floors_quotients_in_two_lines():
    from brian2.codegen.generators import cpp_generator  # noqa: PLC0415 (what the assumption is about)

    assert len(internals.REMAINDER.findall(cpp_generator.mod_support_code)) == 1
    assert len(internals.FLOOR_DIVISION.findall(cpp_generator.floordiv_support_code)) == 1


# What our templates stand in for -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def generated(tmp_path_factory) -> dict[str, str]:
    """What Brian2 itself generates for a spike and a threshold, by the file."""
    folder = tmp_path_factory.mktemp("generated")
    with standalone_device(internals.CPPStandaloneDevice()):
        cells = brian2.NeuronGroup(3, "v : 1\nr : Hz", threshold="rand() < r*dt", name="cells")
        links = brian2.Synapses(cells, cells, "w : 1", on_pre="v_post += w*v_pre", name="links")
        links.connect()
        brian2.Network(cells, links).run(1 * ms)
        lines = {name: internals.read_index_line(links.variables[name]) for name in ("_synaptic_pre", "_synaptic_post")}
        brian2.get_device().build(str(folder), compile=False, run=False, with_output=False, direct_call=False)
    return lines | {path.stem: path.read_text() for path in folder.rglob("*.cpp")}


def test_a_spike_looks_its_neurons_up_and_writes_array_by_array(generated):
    code = generated["links_pre_codeobject"]
    assert f"const int32_t _postsynaptic_idx = {generated['_synaptic_post']}" in code
    assert f"const int32_t _presynaptic_idx = {generated['_synaptic_pre']}" in code
    assert re.search(r"^\s*_ptr_array_cells_v\[_postsynaptic_idx\] = v_post;$", code, re.M)


def test_a_random_threshold_calls_rand_once_a_neuron(generated):
    assert generated["cells_spike_thresholder_codeobject"].count(internals.RAND_CALL) == 1


def test_pathways_are_made_of_their_sources_and_write_their_queues(generated):
    assert re.search(
        r"SynapticPathway links_pre\(\s*_dynamic_array_links__synaptic_pre,\s*0, 3\);", generated["objects"]
    )
    assert "*links_pre.queue[i]" in generated["objects"]


def test_synapses_know_what_spikes_do():
    cells = group(threshold="v > 1")
    links = brian2.Synapses(cells, cells, on_pre={"b": "v += 1", "a": "v += 2"}, on_post="v -= 1", name="links")
    found = [(path.name, path.prepost) for path in internals.pathways_of(links)]
    assert found == [("links_a", "pre"), ("links_b", "pre"), ("links_post", "post")]
    for one in (cells, links):
        internals.expect_no_run(one)


def test_only_functions_of_brian2_and_timed_arrays_surely_have_no_memory():
    assert internals.has_no_memory(brian2.DEFAULT_FUNCTIONS["exp"])
    assert internals.has_no_memory(brian2.TimedArray(np.zeros(2), dt=1 * ms))
    assert not internals.has_no_memory(brian2.DEFAULT_FUNCTIONS["rand"])
    assert not internals.has_no_memory(brian2.Function(abs, arg_units=[1], return_unit=1))
