"""A server over https, and the vendors' own clients, unmodified, that trust it."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from wherry_host.server.service import Service

MODULES = Path(__file__).parents[2] / "build" / "clients" / "node_modules"
NODE = Path(sys.executable).with_name("node")
_TIMEOUT_S = 60


@pytest.fixture(scope="session")
def service():
    with Service() as service:
        yield service


@pytest.fixture
def python(service):
    """Run a Python program with the server's certificate trusted; return its JSON output.

    Runs in a separate process: the client sets up logging and reads its trust from variables.
    """

    def run(program, *arguments):
        return _run([sys.executable, "-c", program], arguments, {"REQUESTS_CA_BUNDLE": service.ca})

    return run


@pytest.fixture
def node(service):
    """Run a JavaScript program the same way, with the npm packages available."""

    def run(program, *arguments, stdin=""):
        trust = {"NODE_EXTRA_CA_CERTS": service.ca, "NODE_PATH": str(MODULES)}
        return _run([str(NODE), "-e", program, "--"], arguments, trust, stdin)

    return run


def _run(command, arguments, environment, stdin=""):
    done = subprocess.run(
        [*command, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
        env={**os.environ, **environment},
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def stored(service):
    """Return {channel: (points, copies)} that one API holds of one device."""

    def read(api, device):
        return {
            each["channel"]: (each["points"], each["copies"])
            for each in service.store.channels()
            if (each["api"], each["device"]) == (api, device)
        }

    return read
