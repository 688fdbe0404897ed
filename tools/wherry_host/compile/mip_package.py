"""Write a clone's package.json: the device code, for `mpremote mip install` and ViperIDE.

    python -m wherry_host.compile.mip_package

Sources are relative to package.json, so a fork or a copy needs no other list. The modules of
firmware/ have short names such as `link`. They go to a separate folder that is not on the board's
path, so that they do not hide other projects' modules.
"""

import json

from wherry import VERSION

from wherry_host.places import FIRMWARE, LIB

PACKAGE = FIRMWARE.parent / "package.json"
FIRMWARE_TARGET = "wherry_firmware"


def urls():
    """Return [path inside the board's lib/, path inside the clone] for each module, in order."""
    library = [
        [f"wherry/{name}", f"lib/wherry/{name}"]
        for name in sorted(path.relative_to(LIB).as_posix() for path in LIB.rglob("*.py"))
    ]
    firmware = [
        [f"{FIRMWARE_TARGET}/{path.name}", f"firmware/{path.relative_to(FIRMWARE).as_posix()}"]
        for path in sorted(FIRMWARE.rglob("*.py"), key=lambda path: path.name)
    ]
    return library + firmware


def text():
    """Return the content of package.json, with a line for each module."""
    modules = ",\n".join(f"    {json.dumps(each)}" for each in urls())
    return (
        f'{{\n  "name": "wherry",\n  "version": {json.dumps(VERSION)},\n  "readme": "README.md",\n'
        f'  "deps": [],\n  "urls": [\n{modules}\n  ]\n}}\n'
    )


if __name__ == "__main__":
    PACKAGE.write_text(text(), "utf-8")
    print(f"{PACKAGE.name}: {len(urls())} modules")
