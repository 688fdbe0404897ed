"""The whole local server as one object: HTTPS behind the proxy, admin, SNTP, DNS, database.

Everything runs in one event loop in one background thread. It listens on loopback; on request, the
API and the page also listen on an address of this computer. All files except a given database are
in a temporary folder that is removed when the service stops.
"""

import asyncio
import sqlite3
import threading
from concurrent.futures import Future
from contextlib import nullcontext, suppress

from wherry_host.clock import HostClock, VirtualClock
from wherry_host.private import make_file
from wherry_host.server.admin import admin_app
from wherry_host.server.admin_token import FOLDER_KIND, write_token
from wherry_host.server.app import Intakes
from wherry_host.server.certs import NAMES, Authority
from wherry_host.server.dialect import PROFILES, new_key
from wherry_host.server.dialects import tables
from wherry_host.server.dns import DnsServer
from wherry_host.server.faults import Fault, Faults
from wherry_host.server.listening import LOOPBACK, addresses, bound_socket, bound_sockets
from wherry_host.server.proxy import Proxy
from wherry_host.server.sntp import SntpServer
from wherry_host.server.store import Store
from wherry_host.server.web import REQUEST_TIMEOUT_S, all_started, http_server
from wherry_host.temporary import TemporaryFolder

_START_TIMEOUT_S = 20
_FLUSH_INTERVAL_S = 0.25


class Service:
    """The service; `start()` or `with` starts it, and `stop()` leaves only the file `db` behind.

    Attributes while it runs: url, ca (PEM path, None for plain http), ca_der (path), endpoint,
    harbor_id and api_key (of Harbor v2), sntp and dns ("host:port"), admin_url, admin_token and
    its file admin_token_file (path), page_url (None without a page), page_token (None on
    loopback), addresses (in the network, as strings), db (path), panel, accounts {dialect:
    account}, apis {dialect: Api}; and for tests in the same process: faults, store, proxy,
    sntp_server, dns_server, authority.
    """

    def __init__(
        self,
        db=None,
        clock_file=None,
        port=0,
        plain_http=False,
        seed=0,
        *,
        host=LOOPBACK,
        accounts=None,
        authority=None,
        page_token=None,
        certificate="good",
        names=NAMES,
        profile="cloud",
        switches=None,
        page=None,
        page_port=0,
        request_timeout_s=REQUEST_TIMEOUT_S,
    ):
        """Pass an earlier service's `accounts` {dialect: account} and `authority` to restart it.

        Missing accounts are created. `host` is an IPv4 address of this computer, or listening.ANY
        for all of them. The API and the page also listen there, the certificate has these
        addresses, and the page has a token: `page_token` or a new one. `certificate` is one of
        `certs.KINDS`, `names` are the names in it; `profile` is one of `dialect.PROFILES`,
        `switches` {dialect: keyword arguments of its `serve`}. If `page` is the class
        page.serve.Page, the live page is served on `page_port` (0 for a free port); a process has
        at most one page at a time. `request_timeout_s` is the time for a request's head, and for
        each piece of its body. Raises ValueError for an unknown profile and OSError for a host
        that is not an address of this computer. `start` raises OSError if a port is not available,
        and sqlite3.Error if the database is not.
        """
        if profile not in PROFILES:
            raise ValueError(f"profile {profile!r}: give one of {', '.join(PROFILES)}")
        self.plain_http, self._profile = plain_http, profile
        given, switches = accounts or {}, switches or {}
        self.accounts = {
            name: given.get(name) or dialect.account() for name, dialect in tables().items()
        }
        self.apis = {
            name: dialect.serve(self.accounts[name], profile, **switches.get(name, {}))
            for name, dialect in tables().items()
        }
        harbor = self.accounts["harbor"]
        self.harbor_id, self.api_key = harbor.harbor_id, harbor.api_key
        self.authority = authority or Authority()
        self.clock = VirtualClock(clock_file) if clock_file else HostClock()
        self.faults = Faults(seed, self.clock.now_us)
        self._given_db, self._host, self._port = db, host, port
        self.addresses = addresses(host)
        self.page_token = (page_token or new_key()) if self.addresses else None
        self._certificate, self._names = certificate, (*names, *self.addresses)
        self._page, self._page_port = page, page_port
        self._request_timeout_s = request_timeout_s
        self.page_url = self.panel = None
        self._temporary = self._thread = self._loop = self._stopping = None

    def __enter__(self):
        return self if self._thread else self.start()

    def __exit__(self, *exception):
        self.stop()

    def start(self):
        """Start everything and return self once every port answers."""
        self._temporary = TemporaryFolder(FOLDER_KIND)
        started = Future()
        self._thread = threading.Thread(target=self._run, args=(started,), name="wherry-server")
        self._thread.start()
        try:
            started.result(_START_TIMEOUT_S)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self):
        """Stop everything and remove the temporary folder; a second call does nothing."""
        if self._thread is not None:
            self.request_stop()
            self._thread.join()
            self._thread = None
        if self._temporary is not None:
            self._temporary.remove()
            self._temporary = None

    def request_stop(self):
        """Tell the service to stop; may be called from any thread."""
        if self._loop is None:
            return
        # The loop may have closed by itself, after a shutdown through the admin API.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._stopping.set)

    def wait(self, timeout_s=None):
        """Wait until the service has stopped; return True if it has."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def set_faults(self, *faults):
        """Replace all faults with these `Fault`s (or dicts of their fields), or clear them."""
        asyncio.run_coroutine_threadsafe(self.put_faults(faults), self._loop).result()

    async def put_faults(self, faults):
        """Replace all faults; must run in the service's loop."""
        self.faults.put([Fault.model_validate(fault) for fault in faults])
        await self.proxy.refresh()

    def put_panel(self, panel):
        """Show a node that this process runs itself, with its switches, on the page."""
        self.panel = panel

    def take_panel(self):
        """Remove the node's switches from the page; the node's points stay."""
        self.panel = None

    def summary(self):
        """Return the values that `wherry server --json` prints."""
        return {
            "url": self.url,
            "page": self.page_url,
            "ca": self.ca,
            "sntp": self.sntp,
            "dns": self.dns,
            "admin": self.admin_url,
            "admin_token_file": self.admin_token_file,
            **{
                name: account.summary(self.url, self._profile)
                for name, account in self.accounts.items()
            },
        }

    def _run(self, started):
        try:
            asyncio.run(self._serve(started))
        except Exception as error:
            if started.done():
                raise
            started.set_exception(error)

    async def _serve(self, started):
        self._loop, self._stopping = asyncio.get_running_loop(), asyncio.Event()
        self.db = str(self._given_db or self._temporary.path / "points.db")
        hidden = [text for account in self.accounts.values() for text in account.secrets()]
        self.store = Store(self.db, secrets=hidden)
        for api in self.apis.values():
            api.on_secret = self.store.hide
        try:
            await self._serve_all(started)
        finally:
            self.store.close()

    async def _serve_all(self, started):
        origin, admin = bound_socket(), bound_socket()
        self._announce_admin(admin.getsockname()[1])
        self.proxy = Proxy(
            origin.getsockname()[1], self.faults, self.clock, self._port, self._host
        )
        self.sntp_server = SntpServer(self.clock)
        self.dns_server = DnsServer(now_us=self.clock.now_us)
        responders = (self.sntp_server, self.dns_server)
        intakes = Intakes(
            self.store, self.faults, self.clock.now_us, self.apis.values(), self.proxy.cut
        )
        servers = [
            (self._http_server(intakes.app, protocol=intakes.protocol, **self._tls()), origin),
            (self._http_server(admin_app(self, self.admin_token)), admin),
        ]
        tasks = [asyncio.create_task(server.serve([sock])) for server, sock in servers]
        try:
            await all_started([server for server, _ in servers], tasks)
            for part in (self.proxy, *responders):
                await part.start()
            self._announce()
            async with self._served_page() as page:
                self.page_url = page and page.url
                started.set_result(None)
                await self._flush_until_stopped()
        finally:
            await self.proxy.stop()
            for responder in responders:
                responder.stop()
            for server, _ in servers:
                server.should_exit = True
            await asyncio.gather(*tasks, return_exceptions=True)

    def _http_server(self, app, **options):
        return http_server(app, request_timeout_s=self._request_timeout_s, **options)

    def _served_page(self):
        if self._page is None:
            return nullcontext()
        return self._page(self, bound_sockets(self._page_port, self._host))

    async def _flush_until_stopped(self):
        while not self._stopping.is_set():
            # The request log is a convenience: a locked or full disk must not end the server.
            with suppress(sqlite3.OperationalError):
                self.store.flush()
            try:
                await asyncio.wait_for(self._stopping.wait(), _FLUSH_INTERVAL_S)
            except TimeoutError:
                continue

    def _tls(self):
        self.ca, self.ca_der = None, None
        if self.plain_http:
            return {}
        folder = self._temporary.path
        ca, ca_der, leaf = (folder / name for name in ("ca.pem", "ca.der", "server.pem"))
        make_file(ca).write_bytes(self.authority.pem)
        make_file(ca_der).write_bytes(self.authority.der)
        make_file(leaf).write_bytes(
            self.authority.leaf(self.clock.now_us(), self._names, self._certificate)
        )
        self.ca, self.ca_der = str(ca), str(ca_der)
        return {"ssl_certfile": str(leaf)}

    def _announce_admin(self, port):
        self.admin_url = f"http://127.0.0.1:{port}/admin"
        self.admin_token, path = write_token(self._temporary.path, port)
        self.admin_token_file = str(path)

    def _announce(self):
        scheme = "http" if self.plain_http else "https"
        name = self.addresses[0] if self.addresses else "localhost"
        self.url = f"{scheme}://{name}:{self.proxy.port}"
        harbor = self.accounts["harbor"]
        self.endpoint = harbor.summary(self.url, self._profile)["endpoint"]
        self.sntp = f"127.0.0.1:{self.sntp_server.port}"
        self.dns = f"127.0.0.1:{self.dns_server.port}"
