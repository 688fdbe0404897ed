"""The tally finds each bug planted into a node, and nothing in the same life without the bug."""

import re

import pytest
from support.year.faulty import faulty_node
from support.year.planted import BUGS, planted, problems


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_a_bug_is_found_and_no_other(bug, tmp_path):
    node = faulty_node(bug.node)
    assert problems(node, bug) == []
    found = problems(planted(node, bug, tmp_path), bug)
    assert any(re.search(bug.problem, each) for each in found), found


def test_a_bug_needs_its_text_once(tmp_path):
    bug = BUGS[0]._replace(old="upload")
    with pytest.raises(ValueError, match=r"step has it \d+ times"):
        planted(faulty_node(bug.node), bug, tmp_path)
