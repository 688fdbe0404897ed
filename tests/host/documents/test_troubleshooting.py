"""docs/troubleshooting.md has each line of a node's console with its cause and remedy."""

from importlib.util import module_from_spec, spec_from_file_location

from support.places import ROOT
from wherry_host.install import node_faults

_SPEC = spec_from_file_location("lines", ROOT / "docs/troubleshooting.py")
page = module_from_spec(_SPEC)
_SPEC.loader.exec_module(page)


def test_the_page_is_written_by_the_script():
    remedy = "run .venv/bin/python docs/troubleshooting.py"
    assert page.PAGE.read_text("utf-8") == page.made(), remedy


def test_each_line_of_the_source_has_a_cause_and_a_remedy():
    found, known = page.lines(), page.known()
    assert not {line: file for line, file in found.items() if line not in known}
    assert not set(known) - set(found), "no source prints these lines any more"
    assert all(len(words) == 2 and all(words) for words in known.values())


def test_the_page_has_each_reason_for_which_a_deploy_ends():
    text = page.PAGE.read_text("utf-8")
    assert not [words for words, _, _ in node_faults._HOSTS if words.strip() not in text]
