"""Run Brian2's own examples and tutorials, unchanged, in blocks of `sn.device`, and write a page with the results.

    git clone https://github.com/brian-team/brian2 /tmp/brian2
    python tools/brian2_examples.py /tmp/brian2 --results /tmp/brian2-examples.json --standalone

Each example runs in a process of its own, with a time limit, without windows for plots, and with each run() shortened
to the same duration. Where nothing is random, all variables are compared with those of Brian2's runtime, else with
those of its own C++ standalone device, started with the same seed. Results are kept: run again, it goes on.
"""

import argparse
import ast
import json
import os
import subprocess
import sys
import tempfile
import time
import types
from collections import Counter
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "results" / "brian2-examples.md"
SHORTENED = 20.0  # ms that each run() lasts at most
WHOLE = 1e9  # ms: none is shortened
LIMIT = int(os.environ.get("EXAMPLES_LIMIT", "300"))  # seconds
SEED = 1
NOT_COMPARED = "draws random numbers; not compared"
TOLERANCE = 1e-5  # C++ compiled with -ffast-math, against NumPy; of a variable's largest value


def examples(checkout: Path) -> dict[str, str]:
    """Return the programs by their names: scripts, and those parts of notebooks that start anew."""
    found = {}
    for path in sorted(checkout.glob("examples/**/*.py")):
        if "__pycache__" not in path.parts and "run(" in path.read_text():
            found[str(path.relative_to(checkout))] = path.read_text()
    for path in sorted(checkout.glob("tutorials/*.ipynb")):
        cells = [
            "".join(line for line in cell["source"] if not line.lstrip().startswith(("%", "!")))
            for cell in json.loads(path.read_text())["cells"]
            if cell["cell_type"] == "code"
        ]
        shared, parts = ["from brian2 import *"], []
        for cell in cells:
            if "start_scope" in cell or (not parts and "NeuronGroup(" in cell):
                parts.append([*shared, cell])
            elif parts and not cell.lstrip().startswith("def "):
                parts[-1].append(cell)
            shared += _definitions(cell)
        for number, part in enumerate(parts, 1):
            if any("run(" in cell for cell in part):
                found[f"{path.relative_to(checkout)}, part {number}"] = "\n\n".join(part)
    return found


def _definitions(cell: str) -> list[str]:
    """Return the functions and plain values, no objects, that a cell of a notebook defines for later cells."""
    kept = []
    for node in ast.parse(cell).body:
        objects = any(isinstance(part, ast.Call | ast.Attribute) for part in ast.walk(node))
        plain = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and not objects
        if isinstance(node, ast.FunctionDef) or plain:
            kept.append(ast.unparse(node))
    return kept


def run_one(program: Path, how: str, out: Path, shortened: float) -> None:
    """Run one program in this process and write the variables of all that it simulated."""
    import matplotlib as mpl  # noqa: PLC0415 (in the processes of examples only)

    mpl.use("Agg")
    import brian2 as b2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    import spikenet as sn  # noqa: PLC0415
    from spikenet.engines.standalone.cpp.target import compiler_flags  # noqa: PLC0415

    objects, plain_run = {}, b2.Network.run

    def run(net, duration, *given, level=0, **settings):
        objects.update({thing.name: thing for thing in net.sorted_objects})
        steps = [float(thing.clock.dt) for thing in net.objects if hasattr(thing.clock, "dt")]
        longest = max(shortened / 1000, 10 * max(steps, default=0))
        return plain_run(net, min(float(duration), longest) * b2.second, *given, level=level + 1, **settings)

    b2.Network.run = run
    np.random.seed(SEED)  # noqa: NPY002 (what examples use)
    text, seconds = program.read_text(), time.perf_counter()
    own_seed = any(line.lstrip().startswith(("seed(", "b2.seed(")) for line in text.splitlines())
    main = sys.modules["__main__"] = types.ModuleType("__main__")  # where pickle looks for the program's functions
    main.__file__, names = str(program), vars(main)
    code, random = compile(text, str(program), "exec"), []
    sys.argv = [str(program)]
    if how in ("block", "slow block"):  # a fast one draws the random numbers of thresholds in another way
        with sn.device("cpp", seed=None if own_seed else SEED, fast=how == "block") as script:
            exec(code, names)  # noqa: S102
            random = list(script._backend.device._random_owners)
    elif how == "plain":
        b2.set_device("cpp_standalone", directory=None, with_output=False)
        b2.prefs.codegen.cpp.extra_compile_args_gcc = list(compiler_flags())
        b2.set_device = b2.device.build = lambda *_, **__: None
        b2.seed(SEED)
        exec(code, names)  # noqa: S102
    else:
        b2.prefs.codegen.target = "numpy"
        b2.all_devices["cpp_standalone"] = b2.get_device()
        exec(code, names)  # noqa: S102
    seconds = time.perf_counter() - seconds
    values = {}
    for name, thing in objects.items():
        for key, variable in getattr(thing, "variables", {}).items():
            value = _value(variable, name)
            if value is not None and not key.startswith("_") and "clock" not in name:
                values[f"{name}.{key}"] = value
    np.savez(out, seconds=seconds, random=bool(random), **values)


def _value(variable, name: str):
    """Return the values of an array that belongs to an object of this name; None of another."""
    import brian2 as b2  # noqa: PLC0415
    import numpy as np  # noqa: PLC0415

    try:
        if isinstance(variable, b2.core.variables.ArrayVariable) and variable.owner.name == name:
            return np.array(variable.get_value())
    except (ReferenceError, AttributeError, TypeError, NotImplementedError):
        pass
    return None


def start(name: str, text: str, how: str, checkout: Path, shortened: float) -> dict:
    """Run an example in a process; return its variables, or why there are none."""
    import numpy as np  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder:
        place = checkout / name.partition(",")[0]
        program = place if place.suffix == ".py" else Path(folder, "part.py")
        if program != place:
            program.write_text(text)
        out = Path(folder, "values.npz")
        command = [*os.environ.get("EXAMPLES_PREFIX", "").split(), sys.executable, __file__]
        command += ["--one", str(program), how, str(out), str(shortened)]
        environment = {**os.environ, "PYTHONPATH": str(place.parent), "MPLBACKEND": "Agg"}
        try:
            done = subprocess.run(
                command, cwd=place.parent, env=environment, capture_output=True, text=True, timeout=LIMIT
            )
        except subprocess.TimeoutExpired:
            return {"failed": f"took more than {LIMIT} s"}
        if done.returncode or not out.exists():
            lines = [line for line in done.stderr.splitlines() if line[:1].strip() and ":" in line]
            lines = [line for line in lines if not line.startswith(("WARNING", "INFO", "ERROR"))]
            return {"failed": (lines or ["it ended without results"])[-1][:300]}
        return dict(np.load(out, allow_pickle=True))


def difference(ours: dict, theirs: dict) -> str:
    """Say how the variables of two runs differ; nothing if they do not."""
    import numpy as np  # noqa: PLC0415

    for name in sorted(ours.keys() & theirs.keys() - {"seconds", "random"}):
        one, other = ours[name], theirs[name]
        if one.shape != other.shape:
            return f"{name} has the shape {one.shape}, wanted {other.shape}"
        if one.size and one.dtype.kind in "fiu":
            scale = np.nanmax(np.abs(other.astype(float)), initial=0, where=np.isfinite(other.astype(float)))
            if not np.allclose(one, other, rtol=TOLERANCE, atol=TOLERANCE * scale, equal_nan=True):
                return f"{name} differs"
    return ""


def judge(name: str, text: str, checkout: Path, standalone: bool) -> dict:
    """Run one example in a block, and in what it is compared with; in C++ standalone only if that is wanted.

    Those that need all of their time, since they fail in Brian2 too if it is shorter, get it.
    """
    shortened = SHORTENED
    ours = start(name, text, "block", checkout, shortened)
    if "failed" in ours:
        wanted = start(name, text, "runtime", checkout, shortened)
        if "failed" in wanted:
            shortened = WHOLE
            ours = start(name, text, "block", checkout, shortened)
            wanted = start(name, text, "runtime", checkout, shortened) if "failed" in ours else {}
        if "failed" in wanted:
            return {"result": "cannot be compared", "why": f"not in Brian2 either: {wanted['failed']}"}
        if "failed" in ours:
            return {"result": "does not run", "why": ours["failed"]}
    how = "plain" if ours["random"] or "device.run(" in text else "runtime"  # in the runtime, device.run does nothing
    if how == "plain" and not standalone:
        return {"seconds": float(ours["seconds"]), "result": "runs", "why": NOT_COMPARED}
    if how == "plain":
        ours |= start(name, text, "slow block", checkout, shortened)
    wanted = start(name, text, how, checkout, shortened)
    other = {"plain": "C++ standalone, same seed", "runtime": "runtime"}[how]
    row = {"seconds": float(ours["seconds"]), "compared": len(ours.keys() & wanted.keys()) - 2}
    if "failed" in wanted or "failed" in ours:
        return row | {"result": "runs", "why": f"{other}: {(wanted | ours)['failed']}", "compared": 0}
    different = difference(ours, wanted)
    return row | {"result": "differs" if different else "equal", "why": f"{other}{': ' * bool(different)}{different}"}


def page(rows: dict[str, dict], n_examples: int) -> str:
    """Return the page, one row an example that was tried."""
    n = Counter(row["result"] for row in rows.values())
    ended = n["equal"] + n["runs"] + n["differs"]
    tried = "" if len(rows) == n_examples else f" {len(rows)} of them were tried: those with a row."
    lines = [
        "# Brian2's own examples in `sn.device`",
        "",
        f"Brian2 has {n_examples} examples and parts of tutorials.{tried} {ended} run to their end,",
        'unchanged, in a block of `sn.device("cpp", seed=1)`:',
        "",
        f"- {n['equal']} give the numbers of Brian2 (*equal*), {n['differs']} others (*differs*);",
        f"- {n['runs']} could not be compared, for the reason given (*runs*).",
        "",
        f"{n['does not run']} do not run here. {n['cannot be compared']} do not in Brian2 either, on this machine.",
        "",
        "Examples without random numbers are compared with Brian2's runtime, variable by variable (to",
        f"{TOLERANCE:g} of the largest value). Those with random numbers, and those that call `device.run`, are",
        "compared with its own C++ standalone device, with the same seed and flags of the compiler, in a",
        f"block with `fast=False`. Each `run()` lasts at most {SHORTENED:g} ms, except in examples that fail by it.",
        "Plots are not shown.",
        "",
        "    git clone https://github.com/brian-team/brian2 /tmp/brian2",
        "    python tools/brian2_examples.py /tmp/brian2 --results /tmp/brian2-examples.json --standalone",
        "",
        "| example | result | compared with, or why not | variables | seconds |",
        "| --- | --- | --- | --- | --- |",
    ]
    for name, row in sorted(rows.items()):
        why = " ".join(row["why"].replace("|", "/").split())
        seconds = f"{row['seconds']:.0f}" if "seconds" in row else ""
        lines.append(f"| {name} | {row['result']} | {why} | {row.get('compared', '')} | {seconds} |")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Run the examples that have no result yet, and write the page."""
    if sys.argv[1:2] == ["--one"]:
        return run_one(Path(sys.argv[2]), sys.argv[3], Path(sys.argv[4]), float(sys.argv[5]))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkout", type=Path)
    parser.add_argument("--results", type=Path, required=True, help="a file that keeps what was run")
    parser.add_argument("--only", default="", help="a part of names")
    parser.add_argument("--standalone", action="store_true", help="compare random ones with C++ standalone: slow")
    parser.add_argument("--share", default="0/1", help="k/n: every n-th example from the k-th on")
    chosen = parser.parse_args()
    rows = json.loads(chosen.results.read_text()) if chosen.results.exists() else {}
    k, n = map(int, chosen.share.split("/"))
    every = examples(chosen.checkout.absolute())
    for name, text in list(every.items())[k::n]:
        missing = name not in rows or (chosen.standalone and rows[name]["why"] == NOT_COMPARED)
        if chosen.only in name and missing:
            rows[name] = judge(name, text, chosen.checkout.absolute(), chosen.standalone)
            print(f"{name}: {rows[name]['result']}: {rows[name]['why']}", flush=True)
            chosen.results.write_text(json.dumps(rows, indent=1))
    PAGE.write_text(page(rows, len(every)))


if __name__ == "__main__":
    main()
