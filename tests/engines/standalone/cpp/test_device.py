"""The device of C++ programs whose number of neurons is known when they are started."""

import subprocess
import sys
import textwrap


def test_the_stream_device_lets_the_program_say_how_many_neurons_there_are():
    """In a process of its own, as in earnest: a device is for good."""
    script = textwrap.dedent(
        """
        from brian2.devices.device import get_device
        from spikenet.engines.active_device import runtime_device
        from spikenet.engines.standalone.cpp.device import CppStreamCodeObject, _RuntimeSize, activate_cpp_device

        device = activate_cpp_device(4096)
        assert device.size == 4096
        assert device.code_object_class() is CppStreamCodeObject
        assert device.code_object_class(int) is int
        files = {}
        writer = _RuntimeSize(type("Writer", (), {"write": lambda self, *file: files.update([file])})(), 4096)
        writer.write("a.cpp", "const int64_t N = 4096; const int64_t N = 4;")
        assert files == {"a.cpp": "const int64_t N = spikenet::stream().n; const int64_t N = 4;"}, files
        with runtime_device():
            assert get_device() is not device
        assert get_device() is device
        print("good")
        """
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert run.stdout.strip() == "good", run.stderr
