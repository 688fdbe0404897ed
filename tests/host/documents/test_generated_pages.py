"""Pages made by scripts, or of tables in the code, agree with their sources."""

from importlib.util import module_from_spec, spec_from_file_location

from support.places import ROOT
from wherry.sending import action, decision, verdict
from wherry_host.install import node_faults


def script(name):
    """Return the module of a script in docs/."""
    spec = spec_from_file_location(name, ROOT / "docs" / f"{name}.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


wiring, troubleshooting = script("wiring"), script("troubleshooting")


# docs/wiring/: drawings of the examples and the board


def test_each_drawing_is_as_its_example():
    for path, content in wiring.drawings().items():
        assert path.read_text("utf-8") == content, "run .venv/bin/python docs/wiring.py"


def test_a_drawing_has_each_sensor_and_pin_of_its_example():
    weather = next(text for path, text in wiring.drawings().items() if path.stem == "weather")
    for words in ("bme280", "bh1750", "SDA (GPIO 21)", "SCL (GPIO 22)", "GPIO 32", "GPIO 33"):
        assert f">{words}</text>" in weather, words
    assert weather.count(">pulse</text>") == 2


# docs/troubleshooting.md: each line of a node's console, its cause and remedy


def test_the_page_of_lines_is_written_by_its_script():
    remedy = "run .venv/bin/python docs/troubleshooting.py"
    assert troubleshooting.PAGE.read_text("utf-8") == troubleshooting.made(), remedy


def test_each_line_of_the_source_has_a_cause_and_a_remedy():
    found, known = troubleshooting.lines(), troubleshooting.known()
    assert not {line: file for line, file in found.items() if line not in known}
    assert not set(known) - set(found), "no source prints these lines any more"
    assert all(len(words) == 2 and all(words) for words in known.values())


def test_the_page_has_each_reason_for_which_a_deploy_ends():
    text = troubleshooting.PAGE.read_text("utf-8")
    assert not [words for words, _, _ in node_faults._HOSTS if words.strip() not in text]


# docs/design/sending.md: the tables of sending/decision.py


def table(head):
    """Return the cells of the rows of a table of the page, without its head."""
    _, _, rest = (ROOT / "docs/design/sending.md").read_text().partition(f"| {head} |")
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
