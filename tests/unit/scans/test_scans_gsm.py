"""Scans of a modem: the cells that HERE gets, from recorded dialogues and line by line."""

import random

from support.data import DATA
from support.scans.cells import (
    CENG_LTE,
    CPSI_GSM,
    CPSI_LTE,
    GSM,
    GSM_CELL,
    LTE,
    LTE_CELL,
    MODE_3,
    SERVING,
    changed,
    merged,
    without,
)
from wherry.scans.gsm import Cells
from wherry.scans.modem import Dialogue


def dialogue(name):
    """Return [(command, answered bytes)] of a recorded dialogue."""
    found = []
    with open(DATA + name) as file:
        for line in file:
            line = line.strip()
            if line[0] == ">":
                found.append((line[2:], []))
            elif line[0] != "#":
                found[-1][1].append(line)
    return [
        (command, "".join(["\r\n%s\r\n" % line for line in lines]).encode())
        for command, lines in found
    ]


def talked(recorded, size=7):
    """Talk to a modem that answers as recorded, in pieces of `size` bytes; return the Dialogue."""
    talk = Dialogue()
    for command, answer in recorded:
        assert talk.next_command() == command.encode() + b"\r", command
        for i in range(0, len(answer), size):
            assert not talk.answered or i > len(answer) - 2, (command, answer[:i])
            talk.feed(answer[i : i + size])
        assert talk.answered, command
    assert talk.next_command() is None and talk.trouble is None
    return talk


SIM800 = [
    {
        "mcc": 460, "mnc": 0, "lac": 0x58B2, "cid": 0x2B5B, "rxlevel": -46, "bsic": 62, "bcch": 11,
        "nmr": [
            {"bsic": 49, "bcch": 82, "rxlevel": -69, "lac": 0x58B2, "cid": 0x62E8},
            {"bsic": 0, "bcch": 86, "rxlevel": -77, "lac": 0x58B2, "cid": 0x62E6},
            {"bsic": 30, "bcch": 570, "rxlevel": -87, "lac": 0x58B2, "cid": 0x62F2},
        ],
    },
]  # fmt: skip
RECORDED = (
    ("modem_sim800.txt", SIM800, []),
    (
        "modem_sim800_mode_3.txt",
        [
            {"mcc": 404, "mnc": 4, "lac": 0x1B3, "cid": 0xD914, "rxlevel": -93},
            {"mcc": 404, "mnc": 4, "lac": 0x138, "cid": 0xD252, "rxlevel": -97},
        ],
        [],
    ),
    (
        "modem_sim7000_lte.txt",
        [],
        [
            {
                "mcc": 310, "mnc": 410, "cid": 74777865, "tac": 0x4804, "pci": 343, "earfcn": 875,
                "rsrp": -112, "rsrq": -13, "nmr": [{"pci": 414, "earfcn": 875}],
            }
        ],
    ),
    (
        "modem_sim7000_gsm.txt",
        [
            {
                "mcc": 404, "mnc": 95, "lac": 0xC1C0, "cid": 0x4B2C, "rxlevel": -75, "bsic": 2,
                "bcch": 665, "nmr": [
                    {"bsic": 8, "bcch": 662, "rxlevel": -79, "lac": 0xC1C0, "cid": 0x48AA},
                    {"bsic": 54, "bcch": 711, "rxlevel": -80, "lac": 0xC1C0, "cid": 0x0E6C},
                ],
            }
        ],
        [],
    ),
)  # fmt: skip


def test_recorded_dialogues():
    for name, gsm, lte in RECORDED:
        for size in (1, 2, 7, 1000):
            found = Cells(talked(dialogue(name), size).lines)
            assert found.gsm == gsm and found.lte == lte, (name, found.gsm, found.lte)
            assert found.trouble is None


def test_a_modem_that_does_not_answer_is_given_up():
    talk = Dialogue()
    commands = [talk.next_command() for _ in range(5)]
    assert commands == [b"AT\r", b"AT\r", b"AT\r", None, None]
    assert talk.trouble == "the modem does not answer"
    # Later, a single missing answer ends the dialogue; earlier answers are kept.
    recorded = dialogue("modem_sim7000_lte.txt")
    for end in range(1, len(recorded)):
        talk = Dialogue()
        for command, answer in recorded[:end]:
            assert talk.next_command() == command.encode() + b"\r"
            talk.feed(answer)
        assert talk.next_command() == recorded[end][0].encode() + b"\r"
        talk.feed(recorded[end][1][:-3])
        assert talk.next_command() is None and talk.next_command() is None
        assert talk.trouble == "no answer to " + recorded[end][0]
        assert len(Cells(talk.lines).lte) == (end > 1)


def test_noise_is_not_an_answer_and_the_third_attempt_may_be_answered():
    talk = Dialogue()
    for noise in (b"\xf0\x80\xff\r\n", b"O\r\nK\r\nNOT OK\r\nOKAY\r\n" + b"x" * 5000 + b"\r\n"):
        assert talk.next_command() == b"AT\r"
        talk.feed(noise)
        assert not talk.answered
    assert talk.next_command() == b"AT\r"
    talk.feed(b"\r\nRING\r\n\r\nOK\r\n")
    assert talk.answered and talk.next_command() == b"ATE0\r"
    talk.feed(b"ERROR\r")
    assert talk.next_command() == b"AT+CPSI?\r"
    talk.feed(b"+CPSI: x\r\n" * 500 + b"+CME ERROR: SIM not inserted\r\n")
    assert talk.answered and len(talk.lines) <= 40


def test_without_a_cell_the_reason_is_reported():
    for lines, words in (
        ([], "the modem reports no cell"),
        (["+CPSI: NO SERVICE,Online"], "the modem says NO SERVICE"),
        (["+CENG: 0,0"], "the modem reports no cell"),
        (["+CENG: 1,1", '+CENG: 0,"0085,28,00,000,00,00,ffff,00,00,0000,255"'],
         "the modem reports no cell"),
        # HERE does not count an NB-IoT cell as an `lte` cell.
        (["+CPSI: LTE NB-IOT,Online,502-12,0x74CE,28185722,12,EUTRAN-BAND8,3702,0,0,-10,-82",
          "+CENG: 1,1,1,LTE NB-IOT", '+CENG: 0,"3700,29,-74,-72,-3,12,199,8381899,284,01,255"'],
         "the modem says LTE NB-IOT"),
    ):  # fmt: skip
        found = Cells(lines)
        assert found.gsm == [] and found.lte == [] and found.trouble == words, lines


def test_lists_are_bounded_and_without_duplicates():
    lines = ["+CENG: 1,1", '+CENG: 0,"0021,43,00,262,01,27,4078,00,05,1406,255"']
    lines += [
        '+CENG: %d,"%04d,20,12,%04x,262,01,1406"' % (i, 100 + i // 2, i // 2) for i in range(40)
    ]
    near = Cells(lines).gsm[0]["nmr"]
    assert len(near) == 16 and len({entry["bcch"] for entry in near}) == 16
    lines = ["+CENG: 3,1"] + ['+CENG: %d,"262,01,1406,%04x,12,20"' % (i, i) for i in range(40)]
    assert len(Cells(lines).gsm) == 16


def test_unknown_lines_are_skipped():
    seed = random.getrandbits(30)
    print("2000 talks, seed", seed)
    random.seed(seed)
    sources = [talked(dialogue(name)).lines for name, _, _ in RECORDED]
    named = 0
    for count in range(2000):
        lines = [list(line) for line in random.choice(sources)]
        for line in lines:
            for _ in range(random.randrange(4)):
                place = random.randrange(len(line))
                line[place] = random.choice(',"x:0f- ')
        random.choice(lines)[random.randrange(3) :] = []
        found = Cells(["".join(line) for line in lines])
        for cell in found.gsm + found.lte:
            named += 1
            assert 200 <= cell["mcc"] <= 999 and 0 <= cell["mnc"] <= 999, (seed, count, cell)
            assert ("lac" in cell) == (cell in found.gsm), (seed, count, cell)
            assert ("bsic" in cell) == ("bcch" in cell) and ("pci" in cell) == ("earfcn" in cell)
        assert found.trouble or found.gsm or found.lte, (seed, count)
    print(named, "cells")
    assert named > 100


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
