"""A port that accepts any connection, answers nothing and keeps the received bytes, decrypted."""

import socket
import ssl
import threading


class OpenPort:
    """A listening port of this machine and the thread that runs `_run`; `with` frees both."""

    def __init__(self, port=0):
        self._socket = socket.create_server(("127.0.0.1", port))
        self.port = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        raise NotImplementedError

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def stop(self):
        """Free the port; a second call does nothing."""
        if self._socket.fileno() >= 0:
            self._socket.shutdown(socket.SHUT_RDWR)
            self._socket.close()
        self._thread.join()


class Listener(OpenPort):
    """`leaf` is a key and certificate chain (PEM bytes) for TLS, None for plain TCP.

    `connections` is the count of connections; `received` has all bytes received from them.
    """

    def __init__(self, folder, leaf=None, port=0):
        self._tls = None
        if leaf:
            path = folder / "listener.pem"
            path.write_bytes(leaf)
            self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._tls.load_cert_chain(path)
        self.connections = 0
        self.received = b""
        super().__init__(port)

    def _run(self):
        while True:
            try:
                raw, _ = self._socket.accept()
            except OSError:
                return  # The port was freed.
            self.connections += 1
            with raw:
                raw.settimeout(2)
                try:
                    self._hear(raw)
                except OSError:
                    continue  # The other side closed the connection.

    def _hear(self, raw):
        heard = self._tls.wrap_socket(raw, server_side=True) if self._tls else raw
        with heard:
            while piece := heard.recv(4096):
                self.received += piece
