"""The pages written by hand, and their Python blocks as programs."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
RECORDS = ("tables.md", "LICENSE.md")  # written by runs

# Blocks of a page run one after the other in one namespace; a traceback names the page and its line.
_RUNNER = """
import re, sys
page, check = sys.argv[1:]
namespace = {"__name__": "__main__"}
text = open(page, encoding="utf-8").read()
for block in re.finditer(r"^```python\\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
    lines = text.count("\\n", 0, block.start(1))
    exec(compile("\\n" * lines + block[1], page, "exec"), namespace)
exec(compile(check, "the test's check", "exec"), namespace)
"""


def pages() -> list[Path]:
    """Every Markdown page that somebody wrote."""
    listing = subprocess.run(["git", "ls-files", "-z", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True)
    found = [ROOT / name for name in listing.stdout.split("\0") if name]
    return [path for path in found if path.is_file() and path.name not in RECORDS]


def name_of(page: Path) -> str:
    return page.relative_to(ROOT).as_posix()


def python_blocks(page: Path) -> list[str]:
    return re.findall(r"^```python\n(.*?)^```", page.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def prose(page: Path) -> list[str]:
    """Lines outside of code blocks and tables."""
    text = re.sub(r"^```.*?^```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)
    return [line for line in text.splitlines() if not line.lstrip().startswith("|") and not line.startswith("    ")]


def run_page(page: Path, folder: Path, check: str = "") -> str:
    """Run a page's blocks, then ``check`` in the same namespace, in an empty folder that has ``models``; the output."""
    models = folder / "models"
    if not models.exists():
        models.symlink_to(ROOT / "models")
    command = [sys.executable, "-c", _RUNNER, str(page), check]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def run_script(script: str, folder: Path) -> str:
    """Run a program in an empty folder that has ``models``; the output."""
    page = folder / "script.md"
    page.write_text(f"```python\n{script}```\n", encoding="utf-8")
    return run_page(page, folder)
