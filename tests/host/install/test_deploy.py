"""Deploying: the content of a slot, and how slots are switched in a board's flash image."""

import json
import re
import shutil
from binascii import crc32
from dataclasses import replace

import pytest
import trustme
from support.boards.small_slots import LOADER, SIZE, slot, version
from support.config.plain_node import PLAIN
from wherry.rows.segment import size_full
from wherry_host.compile import slot_file
from wherry_host.config import config_file
from wherry_host.errors import DeployError
from wherry_host.install import deploy
from wherry_host.install.slots import install
from wherry_host.install.target_image import ImageTarget
from wherry_host.virtual.image import BLOCK_SIZE, Image


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
    with Image(image) as filesystem:
        return {"/" + path: filesystem.read(path) for path in filesystem.files()}


def changed(image, files):
    """Write {path: bytes} into the image; None removes."""
    with ImageTarget(image, SIZE) as target:
        for path, data in files.items():
            if data is None:
                target.remove(path)
            else:
                target.write(path, data)


def test_checked_settings_reach_the_board_typed(node):
    plan = deploy.plan(config_file.load(node), "virtual")
    slot = slot_file.in_bytes(plan.slot(bytes.fromhex("246f28012345")))
    content = slot.content(slot_file.SETTINGS)
    settings = json.loads(content[:-4])
    assert crc32(content[:-4]).to_bytes(4, "little") == content[-4:]
    assert settings["uplink"][0]["ca"] == ["0.der"]
    assert settings["node"]["name"] == "esp32-012345"
    assert settings["board"]["buses"]["i2c0"]["scl"] == 22
    about = json.loads(slot.content(slot_file.ABOUT))
    assert about["uplink"] == [{"label": "harbor", "kind": "harbor", "selection": None}]
    assert about["modules"] == plan.modules
    assert about["modules"][settings["sensor"][0]["module"]] == "wherry.sensors.bme280"
    assert about["node"] == settings["node"] and b"hush-hush" not in slot.content(slot_file.ABOUT)
    node.write_text('[node]\nname = "Теплица"\n' + PLAIN)
    slot = deploy.plan(config_file.load(node), "virtual").slot(bytes(6))
    content = slot_file.in_bytes(slot).content(slot_file.SETTINGS)
    assert json.loads(content[:-4])["node"]["name"] == "Теплица" and "Теплица".encode() in content


def test_two_versions_and_a_full_queue_stay_below_the_fill_limit(node, tmp_path):
    source = (deploy.FIRMWARE / "boot/recovery.py").read_text()
    percent = int(re.search(r"_FILL_LIMIT_PERCENT = const\((\d+)\)", source)[1])
    plan = deploy.plan(config_file.load(node), "virtual")
    image = tmp_path / "large.img"
    for text in ("one", "two"):
        deploy.to_image(replace(plan, files=plan.files | {"extra.mpy": text.encode()}), image)
    limit = plan.filesystem_size * percent // 100
    others = plan.settings["board"]["reserved_size"]
    with ImageTarget(image, plan.filesystem_size) as target:
        assert target.size("/a.app") and target.size("/b.app")
        small = ("rows/open", "rows/tail", "cursors/harbor", "orders/flush", "anchors", "boot")
        for name in small:
            target.write(f"/data/{name}", bytes(40))
        for i in range(3):
            target.write(f"/data/aside/{i:08x}", bytes(9000))
        size = size_full(limit - others)
        target.write(f"/data/rows/{99:010x}", bytes(size))
        for i in range((limit - others) // size - 1):
            target.write(f"/data/segments/{i // 16:010x}/{i:010x}", bytes(size))
    with Image(image) as filesystem:
        used = filesystem.fs.used_block_count * BLOCK_SIZE
    assert used <= limit, (used, limit)


def test_a_module_that_does_not_compile_is_named(node, tmp_path):
    firmware = tmp_path / "firmware"
    shutil.copytree(deploy.FIRMWARE, firmware)
    (firmware / "main.py").write_text("def f(a, /): pass\n")
    with pytest.raises(DeployError, match=r"main\.py does not compile:(.|\n)*SyntaxError"):
        deploy.plan(config_file.load(node), "virtual", firmware)


def test_a_board_is_accepted_only_as_the_board_it_was_flashed_for(image, tmp_path):
    ringed = Image.create(tmp_path / "ringed.img", SIZE, 0x10000)
    with pytest.raises(
        DeployError, match=r"has a ring of 64 KB for readings, .* expects no ring: name"
    ):
        deploy.to_image(version("one"), ringed)
    plan = replace(version("one"), ring_size=0x10000)
    assert deploy.to_image(plan, ringed).slot == "a.app"
    assert deploy.to_image(plan, tmp_path / "new.img").slot == "a.app"
    deploy.to_image(version("one"), image)
    with pytest.raises(DeployError, match=r"has no ring for readings, .* expects a ring of 64 KB"):
        deploy.to_image(plan, image)


def test_first_deploy_fills_slot_a_without_trial(image):
    done = deploy.to_image(version("one"), image)
    data = slot("one")
    assert (done.slot, done.on_trial) == ("a.app", False)
    assert done.size == done.written == len(data)
    assert content(image) == {"/a.app": data, "/main.py": LOADER, "/slot": b"a.app"}


def test_the_same_version_again_writes_nothing(image):
    deploy.to_image(version("one"), image)
    before = image.read_bytes()
    assert deploy.to_image(version("one"), image).written == 0
    assert image.read_bytes() == before


def test_versions_alternate_and_the_new_one_is_on_trial(image):
    deploy.to_image(version("one"), image)
    changed(image, {"/data/queue": b"rows"})
    done = deploy.to_image(version("two"), image)
    assert (done.slot, done.on_trial) == ("b.app", True)
    found = content(image)
    assert (found["/slot"], found["/data/queue"]) == (b"a.app b.app 0", b"rows")
    assert found["/a.app"] == slot("one") and found["/b.app"] == slot("two")
    changed(image, {"/slot": b"b.app"})
    assert deploy.to_image(version("three"), image).slot == "a.app"


def test_a_version_on_trial_is_replaced_and_the_proven_one_kept(image):
    deploy.to_image(version("one"), image)
    deploy.to_image(version("two"), image)
    assert deploy.to_image(version("three"), image).slot == "b.app"
    found = content(image)
    assert found["/a.app"] == slot("one") and found["/b.app"] == slot("three")
    assert found["/slot"] == b"a.app b.app 0"
    changed(image, {"/slot": b"a.app b.app 2"})
    # A second deploy of the same version allows three more starts.
    assert deploy.to_image(version("three"), image).written == 0
    assert content(image)["/slot"] == b"a.app b.app 0"


def test_a_broken_transfer_continues_where_it_stopped(image):
    deploy.to_image(version("one"), image)
    data = slot("two")
    changed(image, {"/b.app": data[:5000]})
    done = deploy.to_image(version("two"), image)
    assert (done.written, content(image)["/b.app"]) == (len(data) - 5000, data)
    changed(image, {"/slot": b"a.app", "/b.app": data[:4000] + b"other" + data[4005:5000]})
    assert deploy.to_image(version("two"), image).written == len(data)
    assert content(image)["/b.app"] == data


def test_a_lost_proven_slot_is_not_a_fallback(image):
    deploy.to_image(version("one"), image)
    changed(image, {"/a.app": None})
    done = deploy.to_image(version("two"), image)
    assert (done.slot, done.on_trial, content(image)["/slot"]) == ("a.app", False, b"a.app")


def test_a_full_board_is_reported_before_anything_is_written(image):
    deploy.to_image(version("one"), image)
    with pytest.raises(DeployError, match=r"needs \d+ KB and \d+ KB are free; the board is full"):
        deploy.to_image(version("two", SIZE), image)
    assert content(image)["/slot"] == b"a.app" and "/b.app" not in content(image)


class BadFlash:
    """A target whose flash corrupts a written byte."""

    def __init__(self, target):
        self._target = target

    def __getattr__(self, name):
        return getattr(self._target, name)

    def write(self, path, data, *more):
        self._target.write(path, data[:-1] + bytes([data[-1] ^ 1]), *more)


def test_a_corrupted_transfer_never_starts(image):
    deploy.to_image(version("one"), image)
    with ImageTarget(image, SIZE) as target:
        with pytest.raises(DeployError, match="verification failed: the board has other bytes"):
            install(slot("two"), LOADER, BadFlash(target))
        assert target.read("/slot") == b"a.app" and target.size("/b.app") == 0


def test_ports_that_cannot_be_used(tmp_path):
    with pytest.raises(DeployError, match="there is no port /dev/none; ports here: "):
        deploy.to_port(version("one"), "/dev/none")
    plain = tmp_path / "plain"
    plain.write_text("")
    with pytest.raises(DeployError, match="is not a serial port; give one such as"):
        deploy.to_port(version("one"), str(plain))
