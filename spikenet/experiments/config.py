"""The settings of a run as TOML: written so that ``tomllib`` reads the same values back."""

import json
import re
from collections.abc import Mapping

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def to_toml(config: Mapping[str, object]) -> str:
    """Settings as TOML; values are text, numbers, booleans and lists of them, or one level of mappings."""
    tables = {name: value for name, value in config.items() if isinstance(value, Mapping)}
    parts = [_lines({name: value for name, value in config.items() if name not in tables})]
    parts += [f"[{_key(name)}]\n{_lines(table)}" for name, table in tables.items()]
    return "\n".join(parts)


def _lines(values: Mapping[str, object]) -> str:
    return "".join(f"{_key(name)} = {_text(value)}\n" for name, value in values.items())


def _key(name: str) -> str:
    return name if BARE_KEY.fullmatch(name) else _text(name)


def _text(value: object) -> str:
    """JSON writes such values as TOML does, but for the delete character and escaped surrogates."""
    return json.dumps(value, ensure_ascii=False, allow_nan=False).replace("\x7f", "\\u007f")
