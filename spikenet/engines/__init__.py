"""Engines: what simulates neurons. Each is imported when it is asked for, as Brian2 takes 1.6 s.

``sn.engines.Cpp(threads=1)``, ``sn.engines.Response(points=8001)`` and so on are engines with other settings than those
that ``engine="cpp"`` stands for.
"""

from importlib import import_module
from typing import TYPE_CHECKING

from spikenet.machine import imports_in_any_thread

_HOMES = {
    "ENGINES": "spikenet.engines.base",
    "Engine": "spikenet.engines.base",
    "Cpp": "spikenet.engines.standalone.cpp.engine",
    "Cuda": "spikenet.engines.standalone.cuda.engine",
    "Response": "spikenet.engines.lookup.response",
    "ResponseTable": "spikenet.engines.lookup.response_table",
    "Runtime": "spikenet.engines.runtime",
}

__all__ = ["ENGINES", "Cpp", "Cuda", "Engine", "Response", "ResponseTable", "Runtime"]

if TYPE_CHECKING:
    from spikenet.engines.base import ENGINES, Engine
    from spikenet.engines.lookup.response import Response
    from spikenet.engines.lookup.response_table import ResponseTable
    from spikenet.engines.runtime import Runtime
    from spikenet.engines.standalone.cpp.engine import Cpp
    from spikenet.engines.standalone.cuda.engine import Cuda


def __getattr__(name: str):
    """Import an engine from its home, once."""
    if name not in _HOMES:
        raise AttributeError(f"module 'spikenet.engines' has no attribute {name!r}; it has {', '.join(__all__)}")
    with imports_in_any_thread():
        value = globals()[name] = getattr(import_module(_HOMES[name]), name)
    return value


def __dir__() -> list[str]:
    return __all__
