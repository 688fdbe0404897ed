"""The tables of docs/design/sending.md are those of sending/decision.py."""

from support.places import ROOT
from wherry.sending import action, decision, verdict

PAGE = ROOT / "docs/design/sending.md"


def table(head):
    """Return the cells of the rows of a table of the page, without its head."""
    _, _, rest = PAGE.read_text().partition(f"| {head} |")
    lines = rest.partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def names(module):
    """Return {value: name} of a module's public constants, without its bounds."""
    public = {name for name in vars(module) if name.isupper() and not name.startswith("_")}
    return {getattr(module, name): name for name in public if not name.endswith("_MAX")}


def actions():
    """Return the words of each action, by its number."""
    found = names(action)
    return [found[i].lower().replace("_", " ") for i in range(len(decision._VERDICTS))]


def test_the_page_has_the_action_of_each_answer_in_each_phase():
    words = actions()
    rows = table("answer")
    assert [row[1:] for row in rows] == [
        [words[cell] for cell in row] for row in decision._TABLE if row
    ]
    # The first answers are the verdicts themselves; NO_ANSWER is not in the table.
    kinds = names(verdict)
    assert [row[0] for row in rows[:8]] == [kinds[value] for value in range(8)]


def test_the_page_has_the_verdict_of_each_action():
    kinds = names(verdict)
    verdicts = [kinds.get(value, "as before") for value in decision._VERDICTS]
    assert [(row[0], row[2]) for row in table("action")] == list(
        zip(actions(), verdicts, strict=True)
    )
