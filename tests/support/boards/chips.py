"""A chip in its bootloader, on its own port, with a flash that the test can access.

It is esp32-mock-bootloader in a thread. As a separate program, it would hide its flash and wait at
most 50 ms for an acknowledgement, which is too short on a busy computer.
"""

import socket
import threading
from contextlib import contextmanager

from esp32_mock_bootloader.server import BootloaderConnection, FlashImage, handle_client

_PATIENCE_S = 20
_LOOK_AFTER_S = 0.05


class _Connection(BootloaderConnection):
    def set_timeout(self, timeout):
        super().set_timeout(_PATIENCE_S)


class Chip:
    """`url` is its port; `flash` is a bytearray of 4 MiB, erased at first."""

    def __init__(self, url):
        self.url = url
        self.image = FlashImage()

    @property
    def flash(self):
        """The bytes of the chip's flash."""
        return self.image.data


@contextmanager
def chip(kind="esp32"):
    """Yield a Chip; its bootloader serves one connection at a time."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(_LOOK_AFTER_S)
        made = Chip(f"socket://127.0.0.1:{server.getsockname()[1]}")
        over = threading.Event()
        thread = threading.Thread(target=_serve, args=(server, made, kind, over))
        thread.start()
        try:
            yield made
        finally:
            over.set()
            thread.join()


def _serve(server, made, kind, over):
    while not over.is_set():
        try:
            accepted, _ = server.accept()
        except TimeoutError:
            continue
        handle_client(_Connection(sock=accepted), over, kind, flash=made.image)
