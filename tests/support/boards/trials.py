"""Broken versions of an application, deployed to a board on trial."""

from dataclasses import replace

from wherry_host.compile import compiled
from wherry_host.install import deploy
from wherry_host.virtual.image import Image


def slot_words(spine):
    """Return the words of /slot, with the power off."""
    with Image(spine.board.flash) as image:
        return image.read("slot").decode().split()


def deploy_another(spine, **changed):
    """Deploy a version with changed files, by name in the slot, as b.app on trial."""
    plan = spine.plan()
    files = {**plan.files, "other.mpy": b"M", **changed}
    done = deploy.to_image(replace(plan, files=files), spine.board.flash, spine.board.options.mac)
    assert (done.slot, done.on_trial) == ("b.app", True)


def broken(spine, **sources):
    """Return {name in the slot: .mpy} of modules compiled from other sources."""
    folder, names = spine.folder / "broken", spine.plan().names
    folder.mkdir()
    found = {}
    for name, text in sources.items():
        (folder / f"{name}.py").write_text(text)
        path = folder / f"{name}.mpy"
        found[path.name] = compiled.compiled(set(), names, name, folder / f"{name}.py", path)
    return found
