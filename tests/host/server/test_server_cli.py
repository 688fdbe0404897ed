"""`wherry server` as a process: its first line, its text, and its clean-up."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from wherry_host.server.service import Service

COMMAND = [sys.executable, "-m", "wherry_host.cli", "server"]
KEYS = {
    "url", "ca", "sntp", "dns", "admin", "admin_token_file", "page", "harbor", "harbor_v1",
    "sensocan", "here",
}  # fmt: skip


@pytest.fixture
def run(tmp_path):
    """Return a function that starts a server with its temporary files in the test's folder."""
    started = []
    temporary = tmp_path / "tmp"
    temporary.mkdir()

    def start(*options):
        process = subprocess.Popen(
            [*COMMAND, *map(str, options)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "TMPDIR": str(temporary)},
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()
    assert list(temporary.iterdir()) == []


def test_first_line_and_a_clean_end(run, tmp_path):
    for number in (signal.SIGINT, signal.SIGTERM):
        process = run("--json", "--db", tmp_path / "points.db")
        summary = json.loads(process.stdout.readline())
        assert set(summary) == KEYS
        harbor = summary["harbor"]
        assert harbor["endpoint"] == f"{summary['url']}/api/v2/ingest/{harbor['harbor_id']}"
        assert summary["url"].startswith("https://localhost:")
        assert summary["page"].startswith("http://127.0.0.1:")
        assert os.path.exists(summary["ca"])
        process.send_signal(number)
        out, errors = process.communicate(timeout=30)
        assert (process.returncode, out, errors) == (0, "", "")
    kept = ["points.ca.pem", "points.db", "points.identity.json"]
    assert sorted(os.listdir(tmp_path)) == [*kept, "tmp"]


def test_a_file_that_cannot_be_written_is_a_warning(run, tmp_path):
    path = tmp_path / "points.db"
    process = run("--json", "--plain-http", "--no-page", "--db", path)
    harbor = json.loads(process.stdout.readline())["harbor"]
    point = {"ship_id": "n", "cargo_id": "t", "value": 1}
    headers = {"X-API-Key": harbor["api_key"]}
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        answer = httpx.post(harbor["endpoint"], json=point, headers=headers)
        assert answer.status_code == 503
        reported = f"{path}: database is locked; nodes get 503 and keep their readings"
        assert process.stderr.readline() == f"wherry: warning: {reported}\n"
    reported = f"{path}: can be written again"
    assert process.stderr.readline() == f"wherry: warning: {reported}\n"
    assert httpx.post(harbor["endpoint"], json=point, headers=headers).is_success
    process.send_signal(signal.SIGINT)
    process.wait(20)


def token_file(process):
    return Path(json.loads(process.stdout.readline())["admin_token_file"])


def test_a_killed_servers_folder_is_removed_at_the_next_start(run):
    killed, other = run("--json", "--no-page"), run("--json", "--no-page")
    paths = [token_file(killed), token_file(other)]
    killed.kill()
    killed.wait()
    assert all(path.is_file() for path in paths)
    third = run("--json", "--no-page")
    assert token_file(third).is_file() and paths[1].is_file()
    assert not paths[0].parent.exists()
    for process in (other, third):
        process.send_signal(signal.SIGINT)
        process.wait(20)


def test_shutdown_by_the_admin_api(run):
    process = run("--json", "--plain-http", "--no-page")
    summary = json.loads(process.stdout.readline())
    assert summary["url"].startswith("http://") and summary["ca"] is summary["page"] is None
    token = Path(summary["admin_token_file"]).read_text()
    assert httpx.post(summary["admin"] + "/shutdown").status_code == 401
    headers = {"Authorization": f"Bearer {token}"}
    assert httpx.post(summary["admin"] + "/shutdown", headers=headers).is_success
    assert process.wait(10) == 0


def test_text_for_people(run):
    process = run()
    lines = list(iter(process.stdout.readline, "Stop it with Ctrl-C.\n"))
    process.send_signal(signal.SIGINT)
    assert process.wait(10) == 0
    assert lines[0].startswith("Server of all dialects at https://localhost:")
    assert lines[1].split()[0] == "page" and lines[1].split()[1].startswith("http://127.0.0.1:")
    titles = [line.strip() for line in lines[1:] if line[2] != " " and "  " not in line.strip()]
    assert titles == ["Harbor v2", "Telemetry Harbor v1", "HERE Tracking", "SensoCan"]


def test_a_port_in_use_and_a_bad_database_are_reported_in_one_line(run, tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        busy = run("--port", taken.getsockname()[1])
        assert busy.wait(10) == 1
        assert busy.stderr.read().startswith("wherry: error: the server cannot start: ")
    unreadable = run("--db", tmp_path / "none" / "points.db")
    assert unreadable.wait(10) == 1
    assert unreadable.stderr.read().startswith("wherry: error: the server cannot start: ")


def fault(admin, *arguments, **variables):
    """Run `wherry fault` and return its exit code and what it prints."""
    command = [sys.executable, "-m", "wherry_host.cli", "fault", admin, *map(str, arguments)]
    environment = {**os.environ, **variables}
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    return done.returncode, done.stdout + done.stderr


def test_faults_are_switched_from_the_command_line():
    with Service() as service:
        admin = service.summary()["admin"]
        assert fault(admin) == (0, "no fault is on\n")
        code, reported = fault(admin, "status", "status=429", "times=3")
        assert code == 0 and reported.split() == ["status", "times=3", "status=429"]
        assert service.faults.all()[0].times == 3
        code, reported = fault(admin, "sntp", "dead=true")
        assert code == 0 and "sntp dead=True" in reported and service.sntp_server.switches.dead
        assert fault(admin, "--clear") == (0, "no fault is on\n")
        assert not service.faults.all() and not service.sntp_server.switches.dead
        for wrong, words in (
            (("status", "status=42"), "status: 42 is less than 300"),
            (("status", "colour=red"), "colour: unknown setting"),
            (
                ("flood",),
                "kind: flood is not one of status, page, poison, short, lose, drop, cut, stall, ",
            ),
        ):
            code, reported = fault(admin, *wrong)
            assert code == 1 and reported.startswith(f"wherry: error: {words}"), reported


def test_without_the_token_the_command_prints_its_place(tmp_path):
    with Service(plain_http=True) as service:
        admin = service.admin_url
        # A proxy would see the token: it is never used.
        elsewhere = {"TMPDIR": str(tmp_path), "HTTP_PROXY": "http://127.0.0.1:9"}
        code, reported = fault(admin, **elsewhere)
        assert code == 1 and "the token is missing or wrong; run this as the user" in reported
        found = fault(admin, "--token-file", service.admin_token_file, **elsewhere)
        assert found == (0, "no fault is on\n")
        wrong = tmp_path / "wrong"
        for content, words in (
            (None, "No such file or directory"),
            ("-----BEGIN\nsecret\n-----END", "holds no token"),
        ):
            if content:
                wrong.write_text(content)
            code, reported = fault(admin, "--token-file", wrong, **elsewhere)
            assert code == 1 and words in reported and "secret" not in reported, reported
