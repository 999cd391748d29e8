"""The report of a run: one HTML page that needs no other file, and its tables as Markdown."""

import base64
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, StrictUndefined, TemplateError

from spikenet.errors import RunFolderError
from spikenet.experiments.run_folder import PAGE, RESULT, TABLES, read_result, write_text
from spikenet.report.figure import Figure
from spikenet.report.table import MISSING, Table
from spikenet.storage import read_bytes

MOST_PICTURE = 64 << 20  # bytes

# Read at import, so that a package without them fails at once and not at the end of a long run.
_HERE = Path(__file__).parent
_STYLE = (_HERE / "page.css").read_text(encoding="utf-8")
_TEMPLATE = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True).from_string(
    (_HERE / "page.html").read_text(encoding="utf-8")
)


def write_page(folder: Path) -> dict:
    """Write the page and the tables of a run from its result and figures, and return the result."""
    result = read_result(folder)
    try:
        page, tables = render_page(result, folder), render_tables(result)
    except (ArithmeticError, LookupError, TypeError, AttributeError, ValueError, TemplateError) as error:
        raise RunFolderError(f"{folder / RESULT} is not a spikenet result: {error!r}") from error
    try:
        write_text(folder / PAGE, page)
        write_text(folder / TABLES, tables)
    except OSError as error:
        raise RunFolderError(
            f"the report cannot be written in {folder} ({error.strerror or error}); give it room and permission"
        ) from error
    return result


def render_page(result: Mapping, folder: Path) -> str:
    """Return the page of a run as HTML; its figures are read from ``folder``."""
    figures = [Figure.from_json(stored) for stored in result["figures"]]
    return _TEMPLATE.render(
        result=result,
        style=_STYLE,
        facts=_facts(result),
        tables=tables_of(result),
        claims=claim_rows(result),
        holding=sum(claim["holds"] for claim in result["claims"]),
        figures=[(figure, _embedded(folder / figure.file)) for figure in figures],
        details={
            "Settings": _flat({"seeds": result["seeds"], **result["config"]}),
            "Versions": _flat(result["versions"]),
            "Metrics": _flat(result["metrics"]),
        },
    )


def render_tables(result: Mapping) -> str:
    """Return the tables and claims of a run as Markdown, with the command that made them."""
    heading = f"## {result['title']}\n\n{result['source']}\n\n    {result['command']}\n"
    tables = [*tables_of(result), *([claims_table(result)] if result["claims"] else [])]
    return "\n".join([heading, *(table.markdown() for table in tables)])


def tables_of(result: Mapping) -> list[Table]:
    """Return the tables of a run, the main one first."""
    return [Table.from_json(stored) for stored in result["tables"]]


def claims_table(result: Mapping, *, sources: bool = True) -> Table:
    """Return the claims of a run as a table; without their sources it fits on a terminal."""
    columns = ("claim", "source", "paper", "measured", "verdict", "tolerance")
    rows = [tuple(row.values()) for row in claim_rows(result)]
    if not sources:
        columns, rows = columns[:1] + columns[2:], [row[:1] + row[2:] for row in rows]
    return Table("Claims", columns, tuple(rows))


def claim_rows(result: Mapping) -> list[dict[str, str]]:
    """Return the claims of a run as text; one that does not hold says so, with its note."""
    return [
        {
            "id": claim["id"],
            "source": claim["source"],
            "paper": _number(claim["paper"]),
            "measured": _number(claim["measured"]),
            "verdict": "✓ holds" if claim["holds"] else "✗ does not hold",
            "tolerance": ". ".join(text for text in (claim["tolerance"], claim["note"]) if text),
        }
        for claim in result["claims"]
    ]


def format_seconds(seconds: float) -> str:
    """Format a duration: ``8.3 s``, ``2 min 05 s``, ``3 h 20 min``."""
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def _number(value: float | str | None) -> str:
    if isinstance(value, str):
        return value
    return MISSING if value is None else f"{value:.5g}"


def _facts(result: Mapping) -> dict[str, str]:
    config, seeds = result["config"], result["seeds"]
    finished = datetime.fromisoformat(result["finished"])
    return {
        "data": config["data"],
        "engine": config["engine"],
        "seeds": str(len(seeds)),
        "took": format_seconds(result["seconds"]),
        "finished": f"{finished:%d %B %Y, %H:%M}",
    }


def _embedded(path: Path) -> str:
    try:
        return base64.b64encode(read_bytes(path, MOST_PICTURE)).decode()
    except (OSError, ValueError) as error:
        raise RunFolderError(f"the figure {path} cannot be read ({error})") from error


def _flat(tree: Mapping, prefix: str = "") -> list[tuple[str, str]]:
    """Return names with dots and values as text; of a long list only its length."""
    rows = []
    for name, value in tree.items():
        if isinstance(value, Mapping):
            rows += _flat(value, f"{prefix}{name}.")
        elif isinstance(value, list) and len(value) > 12:
            rows.append((prefix + name, f"{len(value)} values, in {RESULT}"))
        else:
            rows.append((prefix + name, ", ".join(map(_text, value)) if isinstance(value, list) else _text(value)))
    return rows


def _text(value: object) -> str:
    return _number(value) if value is None or isinstance(value, float) else str(value)
