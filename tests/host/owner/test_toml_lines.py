"""The lines of sections and keys in a TOML file, and the errors that name them."""

from wherry_host.config.toml_lines import located, places_of

TEXT = '''\
a = """x
[no]
y"""
[node]
"na me" = 'q#]'   # c [x]
s."t.u" = {v = 1, w = [
 {k = 2},
 1979-05-27 07:32:00, "]"] }
[[sensor]]
[sensor.names]
x = 1.5
[[sensor]]
names.y = \'\'\'
[z]\'\'\'
last = 2
[u.v]
'''
PLACES = (
    (1, "a"), (4, "[node]"), (5, "[node]: na me"), (6, "[node]: s"), (6, "[node]: s: t.u: v"),
    (6, "[node]: s: t.u: w"), (7, "[node]: s: t.u: w: 0: k"), (9, "[[sensor]]"),
    (9, "[[sensor]] 1"), (10, "[[sensor]] 1: names"), (11, "[[sensor]] 1: names: x"),
    (12, "[[sensor]] 2"), (13, "[[sensor]] 2: names"), (13, "[[sensor]] 2: names: y"),
    (15, "[[sensor]] 2: last"), (16, "[u]"), (16, "[u]: v"),
)  # fmt: skip


def test_each_key_has_its_line():
    for text in (TEXT, TEXT.replace("\n", "\r\n")):
        found = places_of(text)
        for line, place in PLACES:
            assert found[place] == line, (place, found.get(place))
        assert "[no]" not in found and "[z]" not in found and "[x]" not in found


def test_errors_are_sorted_by_file_and_line():
    own = '[node]\nname = "a"\n[[wifi]]\nssid = "x"\n'
    secrets = '[[wifi]]\nssid = "y"\npassword = "z"\n'
    places = ("[time]", "[[wifi]] 1: password", "[[wifi]] 1: ssid", "[[wifi]] 1: kind", "[node]")
    errors = [(place, "seen", "remedy") for place in places]
    found = located(errors, [("node.toml", own), ("secrets.toml", secrets)])
    assert [place for place, _, _ in found] == [
        "node.toml, line 1: [node]",
        "node.toml, line 3: [[wifi]] 1: kind",
        "secrets.toml, line 2: [[wifi]] 1: ssid",
        "secrets.toml, line 3: [[wifi]] 1: password",
        "node.toml: [time]",
    ]
    assert all(error[1:] == ("seen", "remedy") for error in found)
