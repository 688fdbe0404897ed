"""A modem's lines: the fields of each form, the syntax of numbers, and the order of lines."""

from support.scans.cells import (
    CENG_LTE,
    CPSI_GSM,
    CPSI_LTE,
    GSM,
    GSM_CELL,
    LTE,
    LTE_CELL,
    MODE_3,
    NEAR,
    NEAR_SHORT,
    SERVING,
    SERVING_7000,
    changed,
    merged,
    only,
    without,
)
from wherry.scans.gsm import Cells
from wherry.scans.modem import Dialogue


def sized(form, right, count):
    """Return the line with `count` fields: the last ones are left out, or extra ones are added."""
    head, quote, rest = form.format(**right).partition('"')
    head, rest = (head + quote, rest.rstrip('"')) if quote else ("", head)
    fields = (rest.split(",") + ["1"] * count)[:count]
    return head + ",".join(fields) + quote


def test_lines_of_gsm_have_their_number_of_fields():
    serving = SERVING.format(**GSM)
    for form, mode, counts, most in (
        (SERVING, 1, (11, 12, 13), 13), (SERVING_7000, 1, (7,), 10), (MODE_3, 3, (6,), 13),
        (NEAR, 1, (7,), 13), (NEAR_SHORT, 1, (6,), 13),
    ):  # fmt: skip
        is_near = form in (NEAR, NEAR_SHORT)
        for count in range(1, most + 1):
            line = sized(form, GSM, count)
            found = Cells(["+CENG: %d,1" % mode] + ([serving] if is_near else []) + [line]).gsm
            is_reported = "nmr" in found[0] if is_near else bool(found)
            assert is_reported == (count in counts), (line, found)
    for count in range(1, 10):
        found = Cells([sized(CPSI_GSM, merged(GSM, {"cid": "1", "dbm": "-60"}), count)])
        assert bool(found.gsm) == (count >= 7) and not found.lte, (count, found.gsm)


def test_lines_of_lte_have_their_number_of_fields():
    for count in range(1, 15):
        cell = only(Cells([sized(CPSI_LTE, LTE, count)]).lte)
        expected = LTE_CELL if count >= 12 else without(LTE_CELL, "rsrp", "rsrq")
        assert cell == (expected if count >= 8 else None), (count, cell)
        cell = only(Cells(["+CENG: 1,1,1,LTE", sized(CENG_LTE, LTE, count)]).lte)
        assert cell == (LTE_CELL if count >= 10 else None), (count, cell)


def test_the_syntax_of_numbers():
    def tac(text):
        return Cells([CPSI_LTE.format(**changed(LTE, "tac", text))]).lte[0].get("tac")

    for text, number in (
        ("0", 0), (" 17 ", 17), ("0x1f", 31), ("0X1F", 31), ("000000017", 17), ("0x00000000f", 15),
        ("0000000017", None), ("0x000000000f", None), ("", None), ("-", None), ("0x", None),
        ("1a", None), ("1A", None), ("0x1g", None), ("+1", None), ("--1", None), ("-1", None),
        ("1 7", None), ("1_7", None), ("1.0", None), ("9", 9), ("-0", 0),
    ):  # fmt: skip
        assert tac(text) == number, (text, tac(text))
    # In +CENG lines, a lac is hexadecimal with or without 0x.
    for text, number in (("ff", 255), ("0x10", 16), ("10", 16), ("fg", None), ("aF", 175)):
        cell = only(Cells(["+CENG: 1,1", SERVING.format(**changed(GSM, "lac", text))]).gsm)
        assert (cell and cell["lac"]) == number, (text, cell)


def test_a_ceng_line_begins_with_its_number():
    for number, is_near in (("1", True), ("99", True), (" 2 ", True), ("100", False),
                            ("-1", False), ("x", False), ("", False)):  # fmt: skip
        line = NEAR.format(**GSM).replace("+CENG: 1,", "+CENG: %s," % number)
        cell = Cells(["+CENG: 1,1", SERVING.format(**GSM), line]).gsm[0]
        assert ("nmr" in cell) == is_near, number
    # A neighbour without a serving cell, and an invalid line.
    for line in (NEAR.format(**GSM), '+CENG: x,"%s"' % ("1," * 10 + "1"), '+CENG: 0,"'):
        found = Cells(["+CENG: 1,1", line])
        assert (found.gsm, found.lte) == ([], []) and found.trouble == "the modem reports no cell"


def test_the_first_ceng_line_has_mode_and_system():
    gsm, lte = SERVING.format(**GSM), CENG_LTE.format(**LTE)
    for first, found_gsm, found_lte in (
        ("+CENG: 1,1", [GSM_CELL], []), ("+CENG: 1,1,1", [GSM_CELL], []),
        ("+CENG: 1,1,1,GSM", [GSM_CELL], []), ("+CENG: 1,1,1, LTE CAT-M1 ", [], [LTE_CELL]),
        ("+CENG: 1,1,1,LTE", [], [LTE_CELL]), ("+CENG: 1,1,1,LTE NB-IOT", [], []),
        ("+CENG: 3,1", [], []), ("+CENG: 30,1", [GSM_CELL], []),
    ):  # fmt: skip
        line = lte if "LTE" in first else gsm
        found = Cells([first, line])
        assert (found.gsm, found.lte) == (found_gsm, found_lte), (first, found.gsm, found.lte)


def test_gsm_uses_the_line_with_more_fields_and_lte_the_more_reliable_line():
    other = merged(GSM, {"cid": "1", "dbm": "-60"})
    cpsi = CPSI_GSM.format(**other)
    plain = merged(without(GSM_CELL, "ta", "bsic", "bcch"), {"cid": 1, "rxlevel": -60})
    serving = SERVING.format(**GSM)
    for lines, expected in (
        ([cpsi], [plain]), ([cpsi, "+CENG: 1,1", serving], [GSM_CELL]), ([cpsi, cpsi], [plain]),
        ([cpsi, "+CENG: 1,1", SERVING.format(**changed(GSM, "lac", "0"))], [plain]),
        ([cpsi, "+CENG: 3,1", MODE_3.format(**GSM)],
         [plain, without(GSM_CELL, "ta", "bsic", "bcch")]),
    ):  # fmt: skip
        assert Cells(lines).gsm == expected, lines
    ceng = ["+CENG: 1,1,1,LTE CAT-M1", CENG_LTE.format(**changed(LTE, "cid", "9"))]
    assert Cells([CPSI_LTE.format(**LTE)] + ceng).lte == [LTE_CELL]
    assert Cells(ceng).lte == [changed(LTE_CELL, "cid", 9)]


def test_lists_of_cells_have_at_most_sixteen():
    for count in (15, 16, 17, 40):
        cells = [CPSI_LTE.format(**changed(LTE, "cid", str(i))) for i in range(count)]
        found = Cells(cells).lte
        assert [cell["cid"] for cell in found] == list(range(min(count, 16))), count
        near = ['+CENG: %d,"875,%d"' % (i + 1, i) for i in range(count)]
        found = Cells(cells[:2] + ["+CENG: 1,1,1,LTE"] + near).lte
        pcis = [cell["pci"] for cell in found[0]["nmr"]]
        assert pcis == list(range(min(count, 16))) and "nmr" not in found[1], count


def begun(commands):
    """Return a Dialogue in which that number of commands has been answered with OK."""
    talk = Dialogue()
    for _ in range(commands):
        talk.next_command()
        talk.feed(b"OK\r\n")
    return talk


def test_after_any_kind_of_refusal_the_plain_mode_is_tried_once():
    for refusal in (b"ERROR\r", b"+CME ERROR: 3\n", b"+CMS ERROR\r\n", b" ERROR \r"):
        talk = begun(3)
        commands = []
        for _ in range(5):
            commands.append(talk.next_command())
            talk.feed(refusal)
            assert talk.answered, refusal
        assert commands == [
            b"AT+CENG=1,1\r", b"AT+CENG=3,1\r", b"AT+CENG?\r", b"AT+CENG=0\r", None,
        ], (refusal, commands)  # fmt: skip
        assert talk.trouble is None and talk.lines == []
    talk = begun(3)
    talk.next_command()
    for noise in (b"ERRORS\r", b"+CMX ERROR\r", b"CME ERROR\r", b"OK OK\r"):
        talk.feed(noise)
        assert not talk.answered, noise


def test_printable_lines_are_kept_up_to_their_bounds():
    talk = begun(2)
    talk.next_command()
    talk.feed(b"+CPSI: a\x1fb\r+CPSI: a\x7fb\r+CPSI: \x80\r\xff+CPSI: a\r+CPSI: a ~\r\n+CENG:\n")
    assert talk.lines == ["+CPSI: a ~", "+CENG:"]
    for size in (199, 200, 201, 500):
        talk.feed(("+CENG: " + "x" * (size - 7) + "\n").encode())
        assert len(talk.lines[-1]) == min(size, 200), size
    talk.feed(b"+CPSI: y\n" * 33)
    assert len(talk.lines) == 39
    talk.feed(b"+CPSI: the last\n+CPSI: one more\n")
    assert len(talk.lines) == 40 and talk.lines[-1] == "+CPSI: the last"
