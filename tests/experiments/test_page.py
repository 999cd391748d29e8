import base64
import copy
import json
from html.parser import HTMLParser

import pytest

from spikenet.errors import RunFolderError
from spikenet.experiments.page import claims_table, format_seconds, render_tables, write_page
from spikenet.experiments.run_folder import PAGE, RESULT, TABLES

CLAIM = {"source": "Paper (2023), table 1", "paper": 73.3, "measured": 72.53, "tolerance": "± 2: seeds", "note": ""}
RESULT_OF_A_RUN = {
    "experiment": "demo",
    "title": "A <title> & more",
    "source": "Paper (2023), table 1",
    "command": "spikenet run demo --set 'name=<b>'",
    "config": {"data": "mini", "engine": "response", "options": {"epsilon": 0.05}},
    "seeds": [1, 2],
    "versions": {"python": "3.12.1"},
    "finished": "2026-01-02T03:04:05+00:00",
    "seconds": 83.2,
    "metrics": {"test": {"mean": 72.53, "digits": [1.0] * 13, "few": [1.5, None]}},
    "claims": [
        {"id": "kept", "holds": True, **CLAIM},
        {"id": "broken", "holds": False, **CLAIM, "measured": None, "note": "SGD was tried <too>"},
    ],
    "tables": [
        {"title": "Digits", "columns": ["digit", "ours", "paper"], "rows": [["average", 72.53, 73.3]], "caption": "c"}
    ],
    "figures": [{"file": "a.png", "title": "Figure 3", "alt": 'The "winner"', "caption": "over time"}],
    "notes": ["Beware <script>alert(1)</script>"],
}
PNG = b"\x89PNG not really"
VOID = {"meta", "img", "br"}


class Reader(HTMLParser):
    """Tags with their attributes, the text of the page, and whether each tag is closed in order."""

    def __init__(self, page: str):
        super().__init__()
        self.tags, self.text, self.open = [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] != "style":
            self.text.append(data.strip())


@pytest.fixture
def folder(tmp_path):
    (tmp_path / RESULT).write_text(json.dumps(RESULT_OF_A_RUN))
    (tmp_path / "a.png").write_bytes(PNG)
    return tmp_path


@pytest.fixture
def page(folder):
    write_page(folder)
    return Reader((folder / PAGE).read_text(encoding="utf-8"))


def test_the_page_is_well_formed_and_needs_nothing_else(page):
    assert page.open == []
    assert not {"script", "link"} & {tag for tag, _ in page.tags}
    sources = [attributes["src"] for tag, attributes in page.tags if tag == "img"]
    assert sources == ["data:image/png;base64," + base64.b64encode(PNG).decode()]


def test_pictures_have_alt_texts_and_tables_have_headings(page):
    assert [attributes["alt"] for tag, attributes in page.tags if tag == "img"] == ['The "winner"']
    assert {attributes.get("scope") for tag, attributes in page.tags if tag == "th"} == {"col", "row"}
    assert ("html", {"lang": "en"}) in page.tags


@pytest.mark.parametrize(
    "text",
    ["A <title> & more", "spikenet run demo --set 'name=<b>'", "Beware <script>alert(1)</script>", "72.5", "73.3",
     "1.5, –", "1 of 2", "1 min 23 s", "02 January 2026, 03:04", "options.epsilon", "13 values, in result.json"],
)  # fmt: skip
def test_the_page_shows(page, text):
    assert text in page.text


def test_the_head_of_the_page_says_what_was_run_how_and_when(page):
    texts = [text for text in page.text if text]
    assert texts[:4] == ["A <title> & more · spikenet", "spikenet · demo", "A <title> & more", "Paper (2023), table 1"]
    facts = dict(zip(texts[4:16:2], texts[5:16:2], strict=True))
    assert facts == {
        "data": "mini", "engine": "response", "seeds": "2", "took": "1 min 23 s",
        "finished": "02 January 2026, 03:04", "claims that hold": "1 of 2",
    }  # fmt: skip


def test_tables_and_figures_have_their_captions(page):
    texts = [text for text in page.text if text]
    table = texts[texts.index("Digits") :]
    assert table[:8] == ["Digits", "digit", "ours", "paper", "average", "72.5", "73.3", "c"]
    figure = texts[texts.index("Figures") :]
    assert figure[1:4] == ["Figure 3", "· over time", "a.png"]


def test_settings_versions_and_metrics_are_pairs(page):
    texts = [text for text in page.text if text]
    for pair in (("seeds", "1, 2"), ("options.epsilon", "0.05"), ("python", "3.12.1"), ("test.few", "1.5, –")):
        assert pair in list(zip(texts, texts[1:], strict=False))


def test_a_dozen_numbers_are_shown_and_more_are_counted(folder):
    (folder / RESULT).write_text(json.dumps(RESULT_OF_A_RUN | {"metrics": {"a": [0.5] * 12, "b": [0.5] * 13}}))
    write_page(folder)
    texts = Reader((folder / PAGE).read_text(encoding="utf-8")).text
    assert ", ".join(["0.5"] * 12) in texts and "13 values, in result.json" in texts


def test_a_claim_that_does_not_hold_says_so_and_what_was_tried(page):
    at = page.text.index("✗ does not hold")
    rest = [text for text in page.text[at:] if text]
    assert rest[1:6] == ["broken", "Paper (2023), table 1", "73.3", "–", "± 2: seeds. SGD was tried <too>"]
    assert page.text.count("✓ holds") == 1
    rows = [attributes.get("class") for tag, attributes in page.tags if tag == "tr"]
    assert rows.count("good") == rows.count("bad") == 1


def test_claims_are_marked_in_the_tables_too(page, folder):
    assert [row[4] for row in claims_table(RESULT_OF_A_RUN).texts] == ["✓ holds", "✗ does not hold"]
    assert [row[3] for row in claims_table(RESULT_OF_A_RUN, sources=False).texts] == ["✓ holds", "✗ does not hold"]
    assert [row[0] for row in claims_table(RESULT_OF_A_RUN, sources=False).texts] == ["kept", "broken"]
    markdown = (folder / TABLES).read_text(encoding="utf-8")
    assert "| average | 72.5 | 73.3 |" in markdown
    assert "| broken | Paper (2023), table 1 | 73.3 | – | ✗ does not hold |" in markdown
    assert RESULT_OF_A_RUN["command"] in markdown


def test_a_run_without_claims_figures_or_notes_has_no_such_sections(folder):
    bare = RESULT_OF_A_RUN | {"claims": [], "figures": [], "notes": []}
    (folder / RESULT).write_text(json.dumps(bare))
    write_page(folder)
    text = Reader((folder / PAGE).read_text(encoding="utf-8")).text
    assert not {"Claims", "Figures", "claims that hold"} & set(text)
    assert "Claims" not in render_tables(bare)


def test_a_missing_figure_is_named_and_the_old_page_stays(folder):
    (folder / PAGE).write_text("old")
    (folder / "a.png").unlink()
    with pytest.raises(RunFolderError, match="a.png"):
        write_page(folder)
    assert (folder / PAGE).read_text() == "old"


@pytest.mark.parametrize(
    ("name", "value"),
    [("seconds", "x"), ("claims", [{}]), ("tables", [{"title": "t"}]), ("finished", "soon"), ("notes", None)],
)
def test_a_foreign_result_is_refused(folder, name, value):
    foreign = copy.deepcopy(RESULT_OF_A_RUN) | {name: value}
    if value is None:
        del foreign[name]
    (folder / RESULT).write_text(json.dumps(foreign))
    with pytest.raises(RunFolderError, match="not a spikenet result"):
        write_page(folder)


@pytest.mark.parametrize(
    ("seconds", "text"), [(8.34, "8.3 s"), (59.99, "1 min 00 s"), (125.4, "2 min 05 s"), (12_000, "3 h 20 min")]
)
def test_seconds_are_readable(seconds, text):
    assert format_seconds(seconds) == text


def test_a_folder_that_takes_no_report_is_named(folder):
    """A folder stands where the page should be: that stops the superuser too."""
    (folder / PAGE).mkdir()
    with pytest.raises(RunFolderError, match="the report cannot be written in "):
        write_page(folder)
    assert not list(folder.glob("*.partial"))


@pytest.mark.parametrize("name", [RESULT, "a.png"])
def test_a_report_embeds_nothing_that_a_link_leads_to(folder, name):
    secret = folder / "secret"
    (folder / name).rename(secret)
    (folder / name).symlink_to(secret)
    with pytest.raises(RunFolderError, match=f"{name}.* cannot be read"):
        write_page(folder)
    assert not (folder / PAGE).exists()


@pytest.mark.parametrize("file", ["../secret.png", "/etc/hostname.png", "a/../../secret.png", "b\0.png"])
def test_a_report_embeds_nothing_outside_its_folder(folder, file):
    (folder.parent / "secret.png").write_bytes(b"secret")
    figures = [{"file": file, "title": "t", "alt": "a"}]
    (folder / RESULT).write_text(json.dumps(RESULT_OF_A_RUN | {"figures": figures}))
    with pytest.raises(RunFolderError):
        write_page(folder)


@pytest.mark.parametrize("name", [PAGE, TABLES, f".{PAGE}.partial"])
def test_a_report_is_not_written_through_a_link(folder, name):
    (folder / "precious").write_text("precious")
    (folder / name).symlink_to("precious")
    write_page(folder)
    assert (folder / "precious").read_text() == "precious"
    assert not (folder / PAGE).is_symlink()
