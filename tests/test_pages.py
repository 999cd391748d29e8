"""What the pages name exists, and their prose fits a screen."""

import re
from pathlib import Path

import pytest

import spikenet
from spikenet.papers import EXPERIMENTS
from spikenet.renames import RENAMED
from tests.pages import ROOT, name_of, pages, prose, python_blocks

WIDEST = 100
PAGES = pages()
OLD_NAMES = ("CHANGELOG.md",)  # says what names were


def each_page(test):
    return pytest.mark.parametrize("page", [pytest.param(page, id=name_of(page)) for page in PAGES])(test)


@each_page
def test_its_links_lead_somewhere(page: Path):
    links = re.findall(r"\]\(([^)\s]+)\)", page.read_text(encoding="utf-8"))
    inside = [link.partition("#")[0] for link in links if not re.match(r"\w+:|#", link)]
    assert not [link for link in inside if not (page.parent / link).exists()]


@each_page
def test_the_names_in_it_exist(page: Path):
    """``sn.layers.CWADense`` and the like."""
    if name_of(page) in OLD_NAMES:
        return
    missing = []
    for name in sorted(set(re.findall(r"\bsn((?:\.[A-Za-z_]\w*)+)", page.read_text(encoding="utf-8")))):
        found = spikenet
        try:
            for part in name.split(".")[1:]:
                found = getattr(found, part)
        except AttributeError as error:
            missing.append(f"sn{name}: {error}")
    assert not missing


@each_page
def test_the_experiments_in_it_exist(page: Path):
    named = set(re.findall(r"spikenet run ([a-z][\w-]+)", page.read_text(encoding="utf-8")))
    assert named <= set(EXPERIMENTS)


@each_page
def test_its_prose_wraps_at_100_characters(page: Path):
    """A line that a link or a name makes longer, and no space could break, may be."""
    assert not [line for line in prose(page) if len(line) > WIDEST and " " in line[:WIDEST].strip(" -*>!")]


@each_page
def test_its_python_compiles(page: Path):
    for block in python_blocks(page):
        compile(block, name_of(page), "exec")


def test_the_changelog_has_every_name_that_moved():
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert not [name for name in RENAMED if not re.search(rf"\b{name}\b", text)]
