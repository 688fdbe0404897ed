"""Which tests cover a line: measured for lib/, by hand for firmware/ and for host tests.

The fast tests are in tests/unit/ and run on CPython. Their coverage is kept in build/ until lib/
or the tests change.
"""

import ast
import functools
import hashlib
import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
_KEPT = ROOT / "build" / "mutants.json"
_MEASURE_S_MAX = 1800
_TEST_S_MAX = 300

# Tests on MicroPython or a virtual board, a whole file or one test of it: the longest matching
# prefix of a path selects them.
HOST_TESTS = {
    "firmware/": "test_watchdog test_spine_servers",
    "firmware/board/battery": "test_chip_parts test_spine_servers",
    "firmware/board/board": "test_chip_parts test_virtual_scans test_spine_servers",
    "firmware/board/chip": "test_turns_of_main test_chip_parts test_link_radio test_watchdog",
    "firmware/net/link": "test_link_alone test_link_radio test_spine_servers test_spine_refusals"
    " test_hostile_link",
    "firmware/net/connection": "test_link_alone test_spine_servers test_spine_refusals",
    "firmware/boot/crash": "test_crash_record test_watchdog test_trial",
    "firmware/net/failure": "test_link_radio",
    "firmware/board/sensing": "test_chip_parts test_sensor_options test_changes_board",
    "firmware/board/led": "test_chip_parts test_spine_servers",
    "firmware/boot/loader": "test_loader test_slot_file test_loader_cuts test_trial",
    "firmware/net/lookup": "test_lookup_times test_spine_servers test_spine_deadlines",
    "firmware/main": "test_turns_of_main test_watchdog test_spine_servers",
    "firmware/net/network_time": "test_lookup_times test_spine_servers test_spine_deadlines",
    "firmware/boot/recovery": "test_recovered test_watchdog test_spine_crash test_deploy",
    "firmware/board/rtc": "test_crash_record test_chip_parts test_watchdog",
    "firmware/net/scans": "test_scans_alone test_virtual_scans",
    "firmware/net/server_address": "test_chip_parts test_day",
    "firmware/boot/settings": "test_chip_parts",
    "firmware/boot/assemble": "test_row_wake test_watchdog test_uplinks_board test_spine_crash",
    "firmware/net/tls_room": "test_link_alone test_spine_servers",
    "firmware/boot/trial": "test_trial test_loader_cuts",
    "firmware/net/wifi": "test_wifi_times test_day test_watchdog",
    "lib/wherry/": "test_power_cuts::test_cuts_of_a_life_lose_nothing_safe",
    "lib/wherry/config/": "test_config_check test_config_file",
    "lib/wherry/http/": "test_http_oracle test_request_schemas",
    "lib/wherry/orders/": "test_power_cuts::test_cuts_of_a_resend_lose_nothing_uncounted",
    "lib/wherry/queue/": "test_power_cuts::test_cuts_of_a_life_lose_nothing_safe"
    " test_queue_property",
    "lib/wherry/queue/thin": "test_power_cuts::test_cuts_of_a_thinning_count_each_reading_once"
    " test_thinned_spec",
    "lib/wherry/ring/": "test_power_cuts::test_cuts_of_a_ring_lose_nothing_safe",
    "lib/wherry/rows/": "test_spec_decoder test_queue_property",
    "lib/wherry/sampling/": "test_sensor_models test_bosch_chips",
    "lib/wherry/sensors/": "test_sensor_models test_sensor_cases test_bosch_chips",
    "lib/wherry/stage/": "test_power_cuts::test_resets_of_a_copy_to_rtc_memory_keep_the_safe_rows"
    " test_power_cuts::test_cuts_of_a_life_lose_nothing_safe",
    "lib/wherry/uplinks/here/": "test_here_uplink test_request_schemas",
    "lib/wherry/uplinks/sensocan/": "test_sensocan_uplink",
    "lib/wherry/uplinks/harbor/": "test_request_schemas test_harbor_urls",
}


def host_tests(path):
    """Return the slower tests for a file: paths, or path::test."""
    best = max((each for each in HOST_TESTS if path.startswith(each)), key=len)
    found = [name.split("::") for name in HOST_TESTS[best].split()]
    return ["::".join([str(_path_of(name).relative_to(ROOT)), *test]) for name, *test in found]


def fast_tests(folder):
    """Return (module, name) of every test in tests/unit/."""
    found = []
    for path in sorted((folder / "tests/unit").glob("*/test_*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        names = [each.name for each in tree.body if isinstance(each, ast.FunctionDef)]
        found += [(path.stem, name) for name in names if name.startswith("test_")]
    return found


class Covering:
    """`seconds` is how long each fast test takes, measured with coverage."""

    def __init__(self, found):
        self.seconds = found.get("seconds", {})
        self._lines = found.get("lines", {})

    def runs(self, mutant):
        """Return True if a fast test runs a mutant's line on CPython."""
        return bool(self._lines.get(mutant.path, {}).get(str(mutant.line)))

    def tests(self, mutant):
        """Return [module, name, seconds] of the tests that run its line, the quickest first."""
        labels = self._lines.get(mutant.path, {}).get(str(mutant.line), ())
        # Code outside functions runs at an import, by an arbitrary test.
        if not labels or mutant.line not in _lines_of_functions(mutant.path):
            labels = self._of_file(mutant.path) | self._of_tests_that_import(mutant.path)
        labels = sorted(labels, key=lambda label: self.seconds[label])
        return [(*label.split("."), self.seconds[label]) for label in labels]

    def _of_file(self, path):
        inside = _lines_of_functions(path)
        lines = self._lines.get(path, {})
        found = {label for line in lines if int(line) in inside for label in lines[line]}
        return found or self._of_importers(path)

    def _of_tests_that_import(self, path):
        """Return the tests of the modules in tests/unit/ that import `path`: they may use a table
        or a constant of it, but run none of its functions.
        """
        name = path.removeprefix("lib/").removesuffix(".py").replace("/", ".")
        return {label for label in self.seconds if name in _imported_by(label.split(".")[0])}

    def _of_importers(self, path):
        """Return the tests that run a module which names `path`, a module without functions."""
        name, found = Path(path).stem, set()
        for other, lines in self._lines.items():
            if other != path and f" {name} " in (ROOT / other).read_text().replace(".", " "):
                found.update(label for labels in lines.values() for label in labels)
        return found


@functools.cache
def _lines_of_functions(path):
    """Return the lines in functions' bodies: the heads, with their defaults, run at an import."""
    tree = ast.parse((ROOT / path).read_text("utf-8"))
    functions = [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)]
    return {line for each in functions for line in range(each.body[0].lineno, each.end_lineno + 1)}


def _path_of(test_module):
    """Return the path of a test module, whose room is not in its name."""
    (path,) = (ROOT / "tests").rglob(f"{test_module}.py")
    return path


def _imported_by(test_module):
    """Return all names that a test module and its support import, for example `a.b`, `a.b.c`."""
    return _names_in(_path_of(test_module))


@functools.cache
def _names_in(path):
    names = set()
    for each in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(each, ast.ImportFrom):
            names.update([each.module, *(f"{each.module}.{part.name}" for part in each.names)])
        elif isinstance(each, ast.Import):
            names.update(part.name for part in each.names)
    support = [ROOT / "tests" / f"{name.replace('.', '/')}.py" for name in names]
    return names.union(*(_names_in(each) for each in support if each.is_file()))


def measure(folder):
    """Return the Covering of a tree, kept from an earlier run or measured now."""
    digest = _digest()
    if _KEPT.exists():
        kept = json.loads(_KEPT.read_text())
        if kept["digest"] == digest:
            return Covering(kept)
    print("measures what each fast test covers", flush=True)
    tests = [(*test, _TEST_S_MAX) for test in fast_tests(folder)]
    # Alternate modules, so that both halves have similar times.
    modules = sorted({module for module, _, _ in tests})
    halves = [[each for each in tests if modules.index(each[0]) % 2 == i] for i in range(2)]
    with ThreadPoolExecutor(2) as pool:
        found = list(pool.map(lambda half: _measured(folder, *half), enumerate(halves)))
    lines = {}
    for each in found:
        for path, own in each["lines"].items():
            for line, labels in own.items():
                lines.setdefault(path, {}).setdefault(line, []).extend(labels)
    seconds = {label: s for each in found for label, s in each["seconds"].items()}
    # A test that measures the heap may fail under coverage.
    check_passing(folder, [label for each in found for label in each["failed"]])
    kept = {"digest": digest, "seconds": seconds, "lines": lines}
    _KEPT.parent.mkdir(exist_ok=True)
    _KEPT.write_text(json.dumps(kept))
    return Covering(kept)


def check_passing(folder, labels):
    """Raise SystemExit if one of the tests "module.name" of a tree fails."""
    tests = [[*label.split("."), _TEST_S_MAX] for label in labels]
    _run(folder, {"tests": tests, "cover": False}, "again")


def _measured(folder, i, tests):
    return json.loads(_run(folder, {"tests": tests, "cover": True}, i).splitlines()[-1])


def _run(folder, case, name):
    """Return the output of a case of fast_tests.py; SystemExit if one of its tests fails."""
    path = folder / f"measure_{name}.json"
    path.write_text(json.dumps(case))
    command = [sys.executable, HERE / "fast_tests.py", folder, path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=_MEASURE_S_MAX)
    if done.returncode:
        reported = (done.stdout + done.stderr)[-2000:]
        raise SystemExit(f"mutants: without a fault the tests fail:\n{reported}")
    return done.stdout


def _digest():
    found = hashlib.sha256()
    for pattern in ("lib/**/*.py", "tests/unit/**/*.py", "tests/support/**/*.py", "tests/data/*"):
        for path in sorted(ROOT.glob(pattern)):
            if path.is_file():
                found.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return found.hexdigest()
