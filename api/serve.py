"""`pigallery serve`: one home, one address; queue, workers and server start together and end together.

Ends with Ctrl-C or SIGTERM: requests finish (3 s), workers finish their batch (8 s), the index is saved. Ended by
force, nothing is lost either: the lock is the kernel's, workers notice that the server is gone, and what was not
finished is still pending in the store.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import signal
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

import uvicorn
from uvicorn.loops.auto import auto_loop_factory

from api.access_log import renewed, write_access_log
from api.auth import passwords
from api.auth.caller import is_loopback
from api.auth.secrets import setup_code
from api.lock import HomeLock
from api.ports import addresses, listen
from api.sockets import Sockets
from api.terminal import say, show_imports
from schema.accounts import directory
from schema.errors import BadConfig, PiGalleryError
from schema.policy import OWNER
from schema.settings import Settings

if TYPE_CHECKING:
    from starlette.applications import Starlette

    from schema.library import Library
    from schema.store import GraphStore

log = logging.getLogger("pigallery")

GRACE_S = 3
FORGET_EVERY_S = 3600.0
WARM_UP_AFTER_S = 2.0
LATER = ("scipy.sparse", "webauthn")
"""Packages that only the first color and the first passkey need: a fifth of a second each."""


class Server(uvicorn.Server):
    """Uvicorn, told when to stop by us: its own handlers would end the process before workers and store are closed."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def run(settings: Settings, *, alone: bool = False) -> None:
    """Serve until told to stop. `alone`: the api without pages, workers and imports of its own."""
    _log_to(settings)
    _check_tls(settings)
    with HomeLock(settings.home) as lock:
        listener = listen(settings.host, settings.port)
        with suppress(KeyboardInterrupt), _runner() as runner:
            runner.run(_serve(settings, listener, lock, alone=alone))


def _runner() -> asyncio.Runner:
    """With uvloop where there is one: a third off what an answer costs."""
    return asyncio.Runner(loop_factory=auto_loop_factory())


def _check_tls(settings: Settings) -> None:
    """Raises BadConfig, before anything is open."""
    if (settings.tls_certificate is None) != (settings.tls_key is None):
        raise BadConfig("HTTPS needs both tls_certificate and tls_key; give the other one too.")
    if settings.tls_certificate is not None and settings.tls_key is not None:
        try:
            ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(
                settings.tls_certificate, settings.tls_key
            )
        except (OSError, ssl.SSLError) as error:
            raise BadConfig(f"The certificate or its key cannot be used ({error}); correct the two files.") from None


async def _serve(settings: Settings, listener: socket.socket, lock: HomeLock, *, alone: bool) -> None:
    from api.app import create_app
    from api.opening import opened

    async with AsyncExitStack() as stack:
        queue = await stack.enter_async_context(_queue(settings, must=not alone))
        library = await stack.enter_async_context(opened(settings))
        app = create_app(settings, library, queue, with_pages=not alone)
        async with _answering(app, settings, listener) as server:
            lock.tell(addresses(listener, secure=settings.tls_certificate is not None)[0])
            _greet(settings, listener)
            if not await directory.are_there_any(library.store) and settings.login != "never":
                _say_how_to_begin(settings)
            for folder in settings.folders:
                if not folder.exists():
                    say(f"{folder} is not there: check its name, or connect its disk and start again.")
            tasks = [asyncio.create_task(_warm_up(library))]
            if not alone:
                tasks += [asyncio.create_task(task) for task in _imports(settings, library, queue)]
            ended = asyncio.create_task(server.wait())
            try:
                await _until_ended(ended, tasks)
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
    say("Stopped. Everything is saved; start again to go on.")


async def _until_ended(ended: asyncio.Task[None], tasks: list[asyncio.Task[None]]) -> None:
    """Wait for the server; a side task that fails is told, and the gallery goes on without it."""
    waiting: set[asyncio.Task[None]] = {ended, *tasks}
    while not ended.done():
        done, waiting = await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in done - {ended}:
            error = task.exception() if not task.cancelled() else None
            if isinstance(error, PiGalleryError):
                say(str(error))
            elif error is not None:
                log.error("A part of the gallery stopped", exc_info=error)
                say(f"A part of the gallery stopped ({error}); the log in the home's logs folder tells more.")


class Answering:
    """A running uvicorn server."""

    def __init__(self, server: Server, task: asyncio.Task[None]) -> None:
        self.server = server
        self.task = task

    def stop(self) -> None:
        """Finish requests; asked twice, do not wait for them."""
        self.server.force_exit = self.server.should_exit
        self.server.should_exit = True

    async def wait(self) -> None:
        await asyncio.shield(self.task)


@asynccontextmanager
async def _answering(app: Starlette, settings: Settings, listener: socket.socket) -> AsyncIterator[Answering]:
    """The server, from its first possible answer to its last."""
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        ws=Sockets,
        ws_max_size=2_000_000,
        proxy_headers=True,
        forwarded_allow_ips=list(settings.trusted_proxies),
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
    )
    server = Server(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    answering = Answering(server, task)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, answering.stop)
    try:
        while not server.started:
            if task.done():
                task.result()
                raise BadConfig("The server could not start; the log in the home's logs folder tells why.")
            await asyncio.sleep(0.005)
        yield answering
    finally:
        answering.stop()
        with suppress(asyncio.CancelledError):
            await task
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


def _greet(settings: Settings, listener: socket.socket) -> None:
    first, *others = addresses(listener, secure=settings.tls_certificate is not None)
    also = f" (from other devices: {', '.join(others)})" if others else ""
    say(f"PiGallery is at {first}{also}. Ctrl-C stops it.")


def _say_how_to_begin(settings: Settings) -> None:
    """From this machine a gallery without accounts is simply open; from others it needs its owner first."""
    if settings.login == "auto" and is_loopback(settings.host) and not settings.public_url:
        return
    code = setup_code(settings)
    say(f"It has no account yet: open its page /setup, which on other devices asks for this code: {code}")


@asynccontextmanager
async def _queue(settings: Settings, *, must: bool) -> AsyncIterator[Any]:
    """The arq pool; with `must` false, None where none can be had."""
    from ingest import queue

    try:
        pool = await queue.connect(settings)
    except PiGalleryError:
        if must:
            raise
        pool = None
    try:
        yield pool
    finally:
        if pool is not None:
            await queue.close(pool)


def _imports(settings: Settings, library: Any, queue: Any) -> Iterator[Any]:
    """Coroutines that run beside the server."""
    from api.workers import keep_workers

    yield keep_workers(settings)
    yield _forget_expired(library.store)
    yield show_imports(library.store, queue)


async def _forget_expired(store: GraphStore) -> None:
    """Sessions, codes and links that are over need not be kept."""
    while True:
        await store.purge_expired_entries()
        await asyncio.sleep(FORGET_EVERY_S)


async def _warm_up(library: Library) -> None:
    """Make ready what the first login and the first sentence would wait for, once the first page was answered."""
    await asyncio.sleep(WARM_UP_AFTER_S)
    await passwords.warm_up()
    # Reading the language library takes seconds: in a thread, so that answers go on meanwhile.
    search = await asyncio.to_thread(import_module, "api.search")
    await search.warm_up(library.view(OWNER))
    for package in LATER:
        await asyncio.to_thread(import_module, package)
    # What is there now stays. To look through all of it for garbage takes a second, and would again and again.
    gc.collect(1)
    gc.freeze()


def run_web(settings: Settings, api: str) -> None:
    """The pages alone, over an api elsewhere."""
    from api.app import find_pages
    from api.proxy import api_address, create_web

    _log_to(settings)
    _check_tls(settings)
    address = api_address(api)
    pages = find_pages()
    if pages is None:
        raise BadConfig("No web pages are installed here; run deploy/install.")

    async def serve() -> None:
        listener = listen(settings.host, settings.port)
        async with _answering(create_web(settings, address, pages), settings, listener) as server:
            _greet(settings, listener)
            await server.wait()

    with suppress(KeyboardInterrupt), _runner() as runner:
        runner.run(serve())


def _log_to(settings: Settings) -> None:
    """What happens, from `log_level` on, to `logs/server.log`; requests to `logs/access.log`."""
    try:
        write_access_log(settings.logs)
        handler = renewed(settings.logs / "server.log")
    except OSError as error:
        raise BadConfig(
            f"The gallery's home {settings.home} cannot be written ({error.strerror}); "
            "make it writable or choose another with --home."
        ) from None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    level = logging.getLevelName(settings.log_level.upper())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for chatty in ("httpx", "httpcore", "uvicorn", "websockets", "asyncio", "watchfiles"):
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))
