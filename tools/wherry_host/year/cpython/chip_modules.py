"""The modules of a simulated chip: the virtual board's shims, and the modules below them."""

import binascii
import gc
import hashlib
import json
import math
import struct
import sys
from array import array
from calendar import timegm
from time import gmtime
from types import ModuleType, SimpleNamespace

from wherry_host.places import SHIMS
from wherry_host.year.chip import secure
from wherry_host.year.chip.sockets import Poll, Socket

# As in vm/shim/_sys.py.
_CHIP = SimpleNamespace(
    name="micropython", version=(1, 29, 0), _machine="Generic ESP32 module with ESP32"
)
#: The shims that run on CPython as well.
SHIM_NAMES = "machine network time esp32 errno dht onewire ds18x20 _onewire".split()  # noqa: SIM905


def shims():
    """Return {module: path} of the shims that a program imports."""
    return {name: SHIMS / f"{name}.py" for name in SHIM_NAMES}


def given(port, filesystem, network, clock, chance, verify):
    """Return {name: module} of the chip's built-in modules.

    `port` is a link_port.Port, `filesystem` a flash.Filesystem, `chance` a random.Random.
    """
    os_module = _module("os", **vars(filesystem.os(chance.randbytes)))
    found = [
        port.module(),
        os_module,
        secure.module(network, verify),
        _module("micropython", const=lambda value: value),
        _module("gc", **{**vars(gc), "threshold": _nothing, "collect": _nothing}),
        _module("json", dumps=json.dumps, loads=lambda text: json.loads(_as_text(text))),
        _module("random", randrange=chance.randrange, getrandbits=chance.getrandbits),
        _module("utime", gmtime=_gmtime, mktime=_mktime, ticks_cpu=clock.now_us),
        _module("usys", exit=sys.exit),
        _module("umachine", PinBase=object, Signal=None, mem8=None, mem16=None, mem32=None),
        _module("array", array=array),
        _sockets(port, network),
        _module("flashbdev", bdev=None),
        _module(
            "vfs",
            VfsLfs2=lambda bdev, readsize: readsize,
            umount=_nothing,
            mount=lambda read_size, path: filesystem.mount(read_size),
        ),
        _module(
            "select", POLLIN=1, POLLOUT=4, POLLERR=8, POLLHUP=16, poll=lambda: Poll(port, clock)
        ),
    ]
    modules = {each.__name__: each for each in found}
    host = binascii, hashlib, math, struct
    return modules | {each.__name__: each for each in host}


def system(modules, print_exception):
    """Return the module `sys` of a program whose modules are `modules`."""
    return _module(
        "sys",
        path=["/app", ".frozen"],
        modules=modules,
        maxsize=sys.maxsize,
        platform="esp32",
        implementation=_CHIP,
        print_exception=print_exception,
    )


def _sockets(port, network):
    def getaddrinfo(host, number, *_):
        return [(2, 1, 0, "", (host, number))]

    def socket(_af=2, kind=1, _proto=0):
        return Socket(network, port, kind)

    return _module(
        "socket", AF_INET=2, SOCK_STREAM=1, SOCK_DGRAM=2, getaddrinfo=getaddrinfo, socket=socket
    )


def _module(name, **content):
    made = ModuleType(name)
    made.__dict__.update(content)
    return made


def _nothing(*_):
    return 0


def _as_text(text):
    return bytes(text) if isinstance(text, memoryview) else text


def _gmtime(seconds):
    return tuple(gmtime(seconds))


def _mktime(moment):
    return timegm(tuple(moment[:6]) + (0, 0, 0))
