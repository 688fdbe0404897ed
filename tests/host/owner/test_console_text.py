"""The tools' console sentences are the ones that the node prints."""

import ast

import pytest
from wherry_host import console_text
from wherry_host.console_text import Sentence, is_error, row_lines, rows_in, said
from wherry_host.places import FIRMWARE, LIB

SENTENCES = [each for each in vars(console_text).values() if isinstance(each, Sentence)]


def printed():
    """Return every constant in the node's sources."""
    sources = [path for folder in (LIB, FIRMWARE) for path in folder.rglob("*.py")]
    return {
        node.value
        for path in sources
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant)
    }


def test_each_sentence_is_a_format_of_the_node():
    assert len(SENTENCES) == 8
    assert {each.form for each in SENTENCES} <= printed()


@pytest.mark.parametrize("sentence", SENTENCES, ids=lambda each: each.form)
def test_a_line_gives_the_printed_values(sentence):
    fields = sentence.form.split("%")[1:]
    values = tuple(12 + i if form[0] == "d" else f"name-{i}" for i, form in enumerate(fields))
    text = sentence.form % values
    for line in (text, "7.204 " + text):
        assert sentence.read(line) == values
    for line in (text[:-1], "7.204 " + text[:3], ""):
        assert sentence.read(line) != values


def test_rows_and_their_readings():
    lines = [(1, "0.512 row 7: 3 readings"), (2, "free"), (3, "rows 8 to 9: 6 readings")]
    assert [rows_in(text) for _, text in lines] == [(7, 7, 3), None, (8, 9, 6)]
    assert list(row_lines(lines)) == [(1, 7, 3), (3, 8, 3), (3, 9, 3)]


def test_texts_that_are_not_sentences():
    assert said("12.040 time: known") == "time: known"
    assert said("MicroPython v1.26") is None and said("12.04 x") is None
    assert is_error("OSError: 28") and is_error("3.001 ValueError: x") and not is_error("row 1")
