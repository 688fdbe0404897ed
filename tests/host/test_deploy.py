"""Deploying: what a slot holds, and how slots are switched in a board's flash image."""

import json
import re
import shutil
from dataclasses import replace

import pytest
import trustme
from plain_node import PLAIN
from wherry.config import ConfigError
from wherry_host import config_file, deploy
from wherry_host.deploy import Plan
from wherry_host.errors import DeployError
from wherry_host.slots import install
from wherry_host.target_image import ImageTarget
from wherry_host.virtual.image import BLOCK_SIZE, Image

SIZE = 256 * 1024


def version(text, **extra):
    """Return a small plan whose files carry the text."""
    files = {"app.mpy": text.encode() * 500, "wherry/node.mpy": text.encode(), **extra}
    return Plan(files, b"# loader", SIZE)


@pytest.fixture
def image(tmp_path):
    return tmp_path / "flash.img"


@pytest.fixture
def node(tmp_path):
    (tmp_path / "roots.pem").write_bytes(trustme.CA().cert_pem.bytes())
    (tmp_path / "node.toml").write_text(PLAIN)
    return tmp_path / "node.toml"


def content(image):
    """Return {path: bytes} of everything in the image."""
    with ImageTarget(image, SIZE) as target:
        return {"/" + path: target.read("/" + path) for path in target.hashes("")}


def put(image, **files):
    with ImageTarget(image, SIZE) as target:
        for name, data in files.items():
            target.write("/" + name, data)


def remove(image, *names):
    with ImageTarget(image, SIZE) as target:
        for name in names:
            target.remove("/" + name)


def test_a_slot_holds_what_the_configuration_names(node):
    plan = deploy.plan(config_file.load(node), "virtual")
    names = set(plan.files)
    assert {"app.mpy", "config.json", "board.json", "ca/0.der", "wherry/config.mpy"} <= names
    assert "wherry/sensors/bme280.mpy" in names
    assert {"wherry/uplinks/harbor.mpy", "wherry/uplinks/harbor_options.mpy"} <= names
    assert not {"main.mpy", "loader.mpy", "wherry/sensors/battery.mpy"} & names
    assert all(data[:2] == b"M\x06" for name, data in plan.files.items() if name[-4:] == ".mpy")
    assert json.loads(plan.files["config.json"])["uplink"][0]["ca"] == ["0.der"]
    assert json.loads(plan.files["board.json"])["buses"]["i2c0"]["scl"] == 22
    assert b"/tools" not in b"".join(plan.files.values())


def test_two_versions_and_a_full_queue_stay_below_the_fill_limit(node, image):
    source = (deploy.FIRMWARE / "recovery.py").read_text()
    told = dict(re.findall(r"^(_[A-Z_]+) = const\(([\d_]+)\)", source, re.MULTILINE))
    percent, others = int(told["_FILL_LIMIT_PERCENT"]), int(told["_OTHER_FILES_SIZE"])
    plan = deploy.plan(config_file.load(node), "virtual")
    for text in ("one", "two"):
        deploy.to_image(replace(plan, files=plan.files | {"extra.mpy": text.encode()}), image)
        remove(image, *(["trial"] if text == "two" else []))
    limit = plan.filesystem_size * percent // 100
    with ImageTarget(image, plan.filesystem_size) as target:
        for name in (
            "rows/open",
            "rows/tail",
            "cursors/harbor",
            "orders/flush",
            "anchors",
            "boot",
        ):
            target.write(f"/data/{name}", bytes(40))
        for i in range(3):
            target.write(f"/data/aside/{i:08x}", bytes(9000))
        for i in range((limit - others) // 32_720):
            target.write(f"/data/segments/{i:08x}", bytes(32_720))
    with Image(image) as filesystem:
        used = filesystem.fs.used_block_count * BLOCK_SIZE
    assert used <= limit, (used, limit)


def test_the_same_input_gives_the_same_slot(node):
    config = config_file.load(node)
    assert deploy.plan(config, "virtual").digests() == deploy.plan(config, "virtual").digests()


def test_what_the_board_lacks_is_a_configuration_error(node):
    node.write_text(PLAIN + 'bus = "i2c7"\n')
    with pytest.raises(ConfigError) as caught:
        deploy.plan(config_file.load(node), "virtual")
    assert str(caught.value) == '[[sensor]] 1: bus: "i2c7"; give a bus of virtual: i2c0'


def test_a_module_that_does_not_compile_is_named(node, tmp_path):
    firmware = tmp_path / "firmware"
    shutil.copytree(deploy.FIRMWARE, firmware)
    (firmware / "main.py").write_text("def f(a, /): pass\n")
    with pytest.raises(DeployError, match=r"main\.py does not compile:(.|\n)*SyntaxError"):
        deploy.plan(config_file.load(node), "virtual", firmware)


def test_a_board_is_taken_only_for_what_it_was_flashed_as(image, tmp_path):
    ringed = Image.create(tmp_path / "ringed.img", SIZE, 0x10000)
    with pytest.raises(
        DeployError, match=r"has a ring of 64 KB for readings, .* has no ring: name"
    ):
        deploy.to_image(version("one"), ringed)
    plan = replace(version("one"), ring_size=0x10000)
    assert deploy.to_image(plan, ringed).slot == "a"
    assert deploy.to_image(plan, tmp_path / "new.img").slot == "a"
    deploy.to_image(version("one"), image)
    with pytest.raises(DeployError, match=r"has no ring for readings, .* has a ring of 64 KB"):
        deploy.to_image(plan, image)


def test_first_deploy_fills_slot_a_without_trial(image):
    done = deploy.to_image(version("one"), image)
    assert (done.slot, done.file_count, done.on_trial) == ("a", 2, False)
    found = content(image)
    assert found == {
        "/a/app.mpy": b"one" * 500,
        "/a/wherry/node.mpy": b"one",
        "/main.py": b"# loader",
        "/slot": b"a",
    }


def test_the_same_version_again_writes_nothing(image):
    deploy.to_image(version("one"), image)
    before = image.read_bytes()
    assert deploy.to_image(version("one"), image).file_count == 0
    assert image.read_bytes() == before


def test_versions_alternate_and_the_new_one_is_on_trial(image):
    deploy.to_image(version("one"), image)
    put(image, **{"data/queue": b"rows"})
    done = deploy.to_image(version("two"), image)
    assert (done.slot, done.on_trial) == ("b", True)
    found = content(image)
    assert (found["/slot"], found["/trial"], found["/data/queue"]) == (b"b", b"0", b"rows")
    assert found["/a/app.mpy"] == b"one" * 500 and found["/b/app.mpy"] == b"two" * 500
    remove(image, "trial")
    assert deploy.to_image(version("three"), image).slot == "a"


def test_a_version_on_trial_is_replaced_and_the_proven_one_kept(image):
    deploy.to_image(version("one"), image)
    deploy.to_image(version("two"), image)
    assert deploy.to_image(version("three"), image).slot == "b"
    found = content(image)
    assert found["/a/app.mpy"] == b"one" * 500 and found["/b/app.mpy"] == b"three" * 500
    assert (found["/slot"], found["/trial"]) == (b"b", b"0")


def test_stale_files_go_and_equal_ones_stay(image):
    deploy.to_image(version("one", **{"old.mpy": b"x", "same.mpy": b"s"}), image)
    deploy.to_image(version("two"), image)
    remove(image, "trial")
    done = deploy.to_image(version("three", **{"same.mpy": b"s"}), image)
    assert (done.slot, done.file_count) == ("a", 2)
    assert "/a/old.mpy" not in content(image)


def test_a_full_board_is_told_before_anything_is_written(image):
    deploy.to_image(version("one"), image)
    with pytest.raises(DeployError, match=r"needs \d+ KB and \d+ KB are free; the board is full"):
        deploy.to_image(version("two", **{"big.mpy": b"x" * SIZE}), image)
    assert content(image)["/slot"] == b"a"


class CutTarget:
    """A target whose power fails at its n-th change; the image keeps what was done until then."""

    def __init__(self, target, changes_left):
        self.target = target
        self.changes_left = changes_left

    def __getattr__(self, name):
        if name in ("write", "remove", "rename"):
            if not self.changes_left:
                raise ConnectionAbortedError
            self.changes_left -= 1
        return getattr(self.target, name)


def test_a_power_cut_at_any_change_leaves_a_whole_active_slot(image):
    deploy.to_image(version("one"), image)
    deploy.to_image(version("two"), image)
    remove(image, "trial")
    start = image.read_bytes()
    for cut_after in range(100):
        image.write_bytes(start)
        try:
            with ImageTarget(image, SIZE) as target:
                install(version("six"), CutTarget(target, cut_after))
        except ConnectionAbortedError:
            found = content(image)
            slot = found["/slot"].decode()
            text = {"b": b"two", "a": b"six"}[slot]
            assert found[f"/{slot}/app.mpy"] == text * 500, cut_after
            assert found[f"/{slot}/wherry/node.mpy"] == text, cut_after
            assert slot == "b" or found["/trial"] == b"0", cut_after
            assert deploy.to_image(version("six"), image).file_count >= 0
            assert content(image)["/slot"] in (b"a", b"b")
        else:
            assert cut_after > 5 and content(image)["/slot"] == b"a"
            return
    raise AssertionError("a deploy of two files took more than 100 changes")


def test_ports_that_cannot_be_used(tmp_path):
    with pytest.raises(DeployError, match="there is no port /dev/none; ports here: "):
        deploy.to_port(version("one"), "/dev/none")
    plain = tmp_path / "plain"
    plain.write_text("")
    with pytest.raises(DeployError, match="is no serial port; give one such as"):
        deploy.to_port(version("one"), str(plain))
