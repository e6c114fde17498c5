"""One SQLite connection on one thread: opened, checked, migrated; every failure told in one sentence."""

from __future__ import annotations

import asyncio
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

import apsw

from schema.errors import BadConfig, PiGalleryError, StoreUnavailable
from schema.patience import Patience, current

APPLICATION_ID = 0x50694761
"""`PiGa`, in the header of the file: what tells a library from any other SQLite file."""
BUSY_MS = 30_000
"""How long a writer waits for another process's transaction."""
CHECK_S = 0.3
"""How long the integrity check at start may take; a small library is checked whole, a large one in part."""
STEPS = 10_000
"""Of SQLite's machine (about a millisecond), between two looks whether somebody still waits."""
MIGRATIONS = tuple(sorted(Path(__file__).with_name("migrations").glob("*.sql")))

P = ParamSpec("P")
T = TypeVar("T")


class ConnectionThread:
    """Runs jobs, one after another, with a connection that no other thread touches."""

    def __init__(self, path: Path, *, writable: bool) -> None:
        self._path = path
        self._writable = writable
        self._db: apsw.Connection | None = None
        self._closed = False
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="store-write" if writable else "store-read")

    async def run(self, job: Callable[Concatenate[apsw.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The job's result, from inside one transaction: all it wrote is kept, or nothing.

        What only reads is interrupted once nobody waits for it; raises TooSlow then.
        """
        patience = None if self._writable else current()

        def call() -> T:
            try:
                db = self._connection()
                with _interrupted(db, patience):
                    db.execute("BEGIN IMMEDIATE" if self._writable else "BEGIN")
                    try:
                        result = job(db, *args, **kwargs)
                        db.execute("COMMIT")
                    except BaseException:
                        if db.in_transaction:
                            db.execute("ROLLBACK")
                        raise
                return result
            except apsw.Error as error:
                raise explained(error, self._path) from error

        return await self.call(call)

    async def bare(self, job: Callable[Concatenate[apsw.Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The job's result, outside any transaction."""

        def call() -> T:
            try:
                return job(self._connection(), *args, **kwargs)
            except apsw.Error as error:
                raise explained(error, self._path) from error

        return await self.call(call)

    async def call(self, call: Callable[[], T]) -> T:
        if self._closed:
            raise StoreUnavailable("The library is closed: open it again.")
        return await asyncio.get_running_loop().run_in_executor(self._thread, call)

    async def close(self) -> None:
        """Once what was asked before is done; closing again does nothing."""
        if self._closed:
            return
        self._closed = True

        def close() -> None:
            if self._db is not None:
                self._db.close()
                self._db = None

        await asyncio.get_running_loop().run_in_executor(self._thread, close)
        self._thread.shutdown(wait=False)

    def _connection(self) -> apsw.Connection:
        if self._db is None:
            self._db = connect(self._path, writable=self._writable)
        return self._db


class Glance:
    """Reads of one row by its key, on the thread that asks: that takes a tenth of what handing over to another does.

    Each is a transaction of its own and sees what any process has committed. None waits for anybody: what is locked
    for the moment (another process mends the log after a crash) is None, and to be read by a `ConnectionThread`.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._db: apsw.Connection | None = None

    def read(
        self, job: Callable[Concatenate[apsw.Connection, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> list[T] | None:
        """What the job finds, in a list of one. The job leaves no statement open."""
        try:
            if self._db is None:
                self._db = connect(self._path, writable=False)
                self._db.set_busy_timeout(0)
            return [job(self._db, *args, **kwargs)]
        except (apsw.BusyError, apsw.LockedError):
            return None
        except apsw.Error as error:
            raise explained(error, self._path) from error

    def close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None


@contextmanager
def _interrupted(db: apsw.Connection, patience: Patience | None) -> Iterator[None]:
    """Lets SQLite look, every few steps of a statement, whether somebody still waits."""
    if patience is None:
        yield
        return
    if patience.is_lost:
        raise patience.error()
    db.set_progress_handler(lambda: patience.is_lost, STEPS)
    try:
        yield
    except apsw.InterruptError:
        raise patience.error() from None
    finally:
        db.set_progress_handler(None)


def connect(path: Path, *, writable: bool) -> apsw.Connection:
    """A connection with the settings every one of ours has.

    WAL with synchronous=FULL: a committed batch survives a killed process and a power cut.
    """
    db = apsw.Connection(str(path))
    db.set_busy_timeout(BUSY_MS)
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA cache_size = -32768")
    db.execute("PRAGMA temp_store = MEMORY")
    if writable:
        db.execute("PRAGMA synchronous = FULL")
        db.execute("PRAGMA wal_autocheckpoint = 4000")
        db.execute("PRAGMA journal_size_limit = 67108864")
    else:
        db.execute("PRAGMA query_only = ON")
    return db


def prepare(path: Path, migrations: Sequence[Path] = MIGRATIONS) -> None:
    """Create, check and migrate the database file.

    Raises:
        BadConfig: it cannot be made here, is damaged, foreign, or of a newer program.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)  # the files beside it are made with the same rights; it holds hashes of passwords
        db = connect(path, writable=True)
        try:
            _refuse_foreign(db, path, len(migrations))
            _check(db, path)
            mode = db.pragma("journal_mode", "wal")
            if mode != "wal":
                raise BadConfig(
                    f"The disk that holds {path} cannot keep SQLite's write-ahead log: "
                    "set PIGALLERY_HOME to a folder on a local disk."
                )
            _migrate(db, migrations)
        finally:
            db.close()
    except apsw.Error as error:
        raise explained(error, path, opening=True) from error
    except OSError as error:
        raise BadConfig(
            f"{path.parent} cannot be used for the library ({error.strerror}): "
            "make it writable or set PIGALLERY_HOME to another folder."
        ) from error


def explained(error: apsw.Error, path: Path, *, opening: bool = False) -> Exception:
    """The sentence for a database error; an error that only a bug can cause comes back as it is."""
    if isinstance(error, apsw.CorruptError | apsw.NotADBError):
        return _damaged(path, str(error))
    if isinstance(error, apsw.BusyError | apsw.LockedError):
        return StoreUnavailable("Another process is writing to the library and does not finish: try again.")
    if isinstance(error, apsw.FullError):
        return StoreUnavailable(f"The disk that holds {path} is full: make room and try again.")
    if isinstance(error, apsw.CantOpenError | apsw.ReadOnlyError | apsw.PermissionsError | apsw.AuthError):
        return BadConfig(
            f"The library database {path} cannot be opened for writing: "
            "check its owner and permissions, or set PIGALLERY_HOME to another folder."
        )
    if isinstance(error, apsw.IOError | apsw.NoMemError):
        kind = BadConfig if opening else StoreUnavailable
        return kind(f"The library database {path} cannot be read or written ({error}): check the disk and try again.")
    return error


def _damaged(path: Path, finding: str) -> BadConfig:
    return BadConfig(
        f"The library database {path} is damaged ({finding}): move it away and restore a backup or "
        "`pigallery import` an export. Your photos are not affected."
    )


def _refuse_foreign(db: apsw.Connection, path: Path, newest: int) -> None:
    version, application = db.pragma("user_version"), db.pragma("application_id")
    tables = db.execute("SELECT count(*) FROM sqlite_schema").get
    if tables and application != APPLICATION_ID:
        raise BadConfig(f"{path} is not a PiGallery library: move it away or set PIGALLERY_HOME to another folder.")
    if version > newest:
        raise BadConfig(
            f"The library {path} was written by a newer PiGallery (version {version} of its schema; this program knows "
            f"up to {newest}): update PiGallery, or set PIGALLERY_HOME to another folder."
        )


def _check(db: apsw.Connection, path: Path) -> None:
    """SQLite's own quick check, for as long as a start may take."""
    deadline = time.monotonic() + CHECK_S
    db.set_progress_handler(lambda: time.monotonic() > deadline, 20_000)
    try:
        findings = [str(row[0]) for row in db.execute("PRAGMA quick_check(3)")]
    except apsw.InterruptError:
        return
    finally:
        db.set_progress_handler(None)
    if findings != ["ok"]:
        raise _damaged(path, findings[0].splitlines()[0])


def _migrate(db: apsw.Connection, migrations: Sequence[Path]) -> None:
    """Each numbered step in a transaction of its own; a process that comes second finds it done."""
    for number, script in enumerate(migrations, start=1):
        if db.pragma("user_version") >= number:
            continue
        db.execute("BEGIN EXCLUSIVE")
        try:
            if db.pragma("user_version") < number:
                db.execute(script.read_text(encoding="utf-8"))
                if number == 1:
                    db.execute("INSERT INTO library VALUES (1, ?)", (new_epoch(),))
                    db.pragma("application_id", APPLICATION_ID)
                db.pragma("user_version", number)
            db.execute("COMMIT")
        except BaseException as error:
            if db.in_transaction:
                db.execute("ROLLBACK")
            if isinstance(error, apsw.SQLError | apsw.ConstraintError):
                raise PiGalleryError(
                    f"Step {script.stem} of bringing the library up to date failed ({error}); "
                    "nothing was changed: report this, and use the earlier PiGallery until it is mended."
                ) from error
            raise


def new_epoch() -> str:
    return secrets.token_hex(6)
