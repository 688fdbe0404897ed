"""The compiled modules of a slot, by the heads of their .mpy files."""

import io
import subprocess

import pytest
import trustme
from support.config.plain_node import PLAIN
from support.places import MICROPYTHON
from wherry_host.compile.compiled import compiled
from wherry_host.config import config_file
from wherry_host.install import deploy


def shape(mpy):
    """Return the numbers of names and of constant objects in an .mpy file."""
    file = io.BytesIO(mpy[4:])

    def number():
        value = 0
        while True:
            octet = file.read(1)[0]
            value = value << 7 | octet & 127
            if octet < 128:
                return value

    return number(), number()


def fills(names, word_size):
    """Return True if the two-byte names exactly fill blocks of four words."""
    return -(-2 * names // word_size) % 4 == 0


def check(names, objects):
    """Expect that the pointer to the objects does not point at the block after the names."""
    assert objects or not (fills(names, 4) or fills(names, 8))


@pytest.mark.parametrize("count", range(1, 40))
def test_no_table_of_names_ends_with_its_block(tmp_path, count):
    source = tmp_path / "source.py"
    source.write_text("\n".join(f"name{i} = {i}" for i in range(count)))
    names, objects = shape(compiled(set(), {}, "x", source, tmp_path / "x.mpy"))
    assert names >= count
    check(names, objects)
    command = [MICROPYTHON, "-c", f"import x; print(x.name0, x.name{count - 1})"]
    environment = {"MICROPYPATH": str(tmp_path)}
    done = subprocess.run(
        command, env=environment, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["0", str(count - 1)]


def test_no_table_of_names_in_a_slot_ends_with_its_block(tmp_path):
    (tmp_path / "roots.pem").write_bytes(trustme.CA().cert_pem.bytes())
    path = tmp_path / "node.toml"
    path.write_text(PLAIN)
    plan = deploy.plan(config_file.load(path), "virtual")
    shapes = [shape(data) for name, data in plan.files.items() if name[-4:] == ".mpy"]
    for names, objects in shapes:
        check(names, objects)
    assert {bool(objects) for _, objects in shapes} == {True, False}
