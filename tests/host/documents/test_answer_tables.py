"""Each row of the tables of answers in docs/protocols is judged as it says, by the node's code."""

import re
from importlib import import_module

import pytest
from support.places import ROOT
from support.uplinks.answer import Answer
from wherry.sending import verdict

# The settings that a judge reads.
SETTINGS = {
    "endpoint": "https://server.test/api", "device_id": "d", "shadow_payload": [],
    "accept_wifi": False,
}  # fmt: skip
PAGES = {"harbor_v2": "harbor", "sensocan": "sensocan", "here": "here"}
HEAD = "| status | content type | body | verdict |\n|---|---|---|---|\n"
COUNT = 2


def rows(page):
    """Yield (status, content type, body, verdict) of a page's table."""
    _, _, rest = (ROOT / "docs" / "protocols" / f"{page}.md").read_text().partition(HEAD)
    for line in rest.split("\n\n")[0].splitlines():
        statuses, kind, body, name = [cell.strip() for cell in line.strip("|").split("|")]
        found = re.fullmatch("`(.*)`", body)
        assert found or body == "empty", line
        for status in statuses.split(", "):
            yield int(status), kind, found[1] if found else "", name


@pytest.mark.parametrize(("page", "kind"), PAGES.items())
def test_each_answer_of_the_table_has_its_verdict(page, kind):
    dialect = import_module(f"wherry.uplinks.{kind}.dialect")
    found = list(rows(page))
    assert len(found) > 15
    for status, content_type, body, name in found:
        session = dialect.Session() if hasattr(dialect, "Session") else None
        if session:
            session.now = 848_000_000, 0
        headers = {} if content_type == "none" else {"content-type": content_type}
        answer = Answer(status, body, headers)
        judged, note = dialect.judge(dict(SETTINGS), session, answer, COUNT)
        assert judged == getattr(verdict, name), (status, content_type, body, note)
        if judged == verdict.RETRY and status < 300:
            assert note.startswith(f"HTTP {status}, but "), note
