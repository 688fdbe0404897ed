"""No CSV has a cell that a spreadsheet would run, and the audit reads the original names."""

import asyncio
import csv
import io

from hypothesis import given
from hypothesis import strategies as st
from wherry_host.formulas import bare, guarded
from wherry_host.owner import queue_text
from wherry_host.owner.audit_table import read_table
from wherry_host.owner.outcomes import Refused
from wherry_host.page.export import csv_pieces
from wherry_host.page.fleet import Fleet
from wherry_host.page.history import History
from wherry_host.server.store import Store

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
NAMES = (
    "=cmd|' /C calc'!A0",
    "+1",
    "-2+3",
    "@SUM(A1)",
    "\tx",
    "'=x",
    "''+",
    "'x",
    "x=1",
    "-",
    "n",
)


@given(st.text("=+-@\t\r\n'x1 ", max_size=8) | st.text(max_size=8))
def test_texts_are_restored_and_are_not_formulas(text):
    cell = guarded(text)
    assert bare(cell) == text
    assert not cell.startswith(STARTS)


def test_the_page_s_file_has_no_formulas_and_the_audit_reads_it(tmp_path):
    store = Store(tmp_path / "points.db")
    store.add("harbor_v2", [(name, other, 1, -1.5) for name in NAMES for other in NAMES], 2)
    history = History(store.path)
    fleet = Fleet(history)
    fleet.refresh()

    async def exported(name):
        return "".join(
            [each async for each in csv_pieces(history, fleet.devices["harbor_v2", name])]
        )

    for name in NAMES:
        text = asyncio.run(exported(name))
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        assert len(rows) == len(NAMES)
        for row in rows:
            assert row.pop("value") == "-1.5"
            assert not any(cell.startswith(STARTS) for cell in row.values()), row
        path = tmp_path / "points.csv"
        path.write_text(text, newline="")
        table = read_table(path)
        assert set(table) == {name} and set(table[name].times) == set(NAMES)
    history.close()
    store.close()


def test_kept_readings_are_listed_without_formulas():
    why = {"status": 400, "reason": "=HYPERLINK(1)", "uplink": "h"}
    refused = Refused(1, 0, "=channel", "-2.50", time=None, ticks_ms=5, **why)
    lines = list(queue_text.aside_csv([refused]))
    (row,) = csv.DictReader(lines)
    assert (row["channel"], row["reason"]) == ("'=channel", "'=HYPERLINK(1)")
    assert (row["value"], row["status"]) == ("-2.50", "400")
