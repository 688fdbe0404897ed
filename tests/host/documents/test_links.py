"""Each link of the documents to a file or a heading of this repository leads somewhere."""

import re

import pytest
from support.places import ROOT

DOCUMENTS = [
    *ROOT.glob("*.md"), *sorted((ROOT / "docs").rglob("*.md")), ROOT / "tests/examples/README.md",
]  # fmt: skip
LINK = re.compile(r"\]\(([^)\s]+)\)")
BLOCK = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)


def prose(path):
    """Return a document without its blocks of code."""
    return BLOCK.sub("", path.read_text("utf-8"))


def headings(path):
    """Return the names under which GitHub links to the headings of a document."""
    titles = re.findall(r"^#+ (.*)$", prose(path), re.MULTILINE)
    titles = [LINK.sub("", title).lower() for title in titles]
    return {re.sub(r"[^\w\- ]", "", title).replace(" ", "-") for title in titles}


def fault(path, link):
    """Return what a link of a document does not find, or None."""
    name, _, heading = link.partition("#")
    target = path.parent / name if name else path
    if not target.exists():
        return f"no file {name}"
    if heading and heading not in headings(target):
        return f"no heading {heading}"
    return None


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_link_leads_somewhere(path):
    links = [link for link in LINK.findall(prose(path)) if "://" not in link]
    assert not {link: why for link in links if (why := fault(path, link))}


def test_a_missing_file_and_a_missing_heading_are_found():
    page = ROOT / "docs/boards.md"
    assert fault(page, "update.md#trial") is None and fault(page, "#pins") is None
    assert fault(page, "updates.md") == "no file updates.md"
    assert fault(page, "update.md#trials") == "no heading trials"
