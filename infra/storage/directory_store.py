"""Objects as files of one directory: for a single machine, a demonstration, the tests."""

import errno
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from infra.errors import PermanentError, TransientError
from infra.storage.objects import StoredObject, checked_key, checked_prefix, described, missing, taken, verified

_PASSING = frozenset({errno.EIO, errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.EINTR})


class DirectoryStore:
    """An object appears whole or not at all, and has reached the disk when `put` returns."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()

    def put(self, key: str, data: bytes, *, media_type: str) -> StoredObject:  # noqa: ARG002 - files carry no type
        stored = described(key, data)
        path = self._root / key
        with _translated():
            _make_private(path.parent)
            if not path.exists():
                _publish(path, data)
            if described(key, path.read_bytes()) != stored:
                raise taken(key)
            self._sync_folders(path)
        return stored

    def get(self, key: str, *, sha256: str) -> bytes:
        path = self._root / checked_key(key)
        with _translated():
            try:
                data = path.read_bytes()
            except FileNotFoundError:
                raise missing(key) from None
        return verified(key, data, sha256=sha256)

    def exists(self, key: str) -> bool:
        with _translated():
            return (self._root / checked_key(key)).exists()

    def keys_beginning(self, prefix: str) -> list[str]:
        path = self._root / checked_prefix(prefix)
        with _translated():
            if not path.parent.exists():
                return []
            found = [each for each in path.parent.iterdir() if each.name.startswith(path.name) and each.is_file()]
        return sorted(each.relative_to(self._root).as_posix() for each in found)

    def written_at(self, key: str) -> datetime | None:
        path = self._root / checked_key(key)
        with _translated():
            try:
                return datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
            except FileNotFoundError:
                return None

    def erase(self, key: str) -> None:
        path = self._root / checked_key(key)
        with _translated():
            if path.parent.exists():
                path.unlink(missing_ok=True)
                _sync(path.parent)

    def check(self) -> None:
        with _translated():
            _make_private(self._root)
            with tempfile.TemporaryFile(dir=self._root) as probe:
                probe.write(b"writable")
                probe.flush()
                os.fsync(probe.fileno())

    def _sync_folders(self, path: Path) -> None:
        # On every put, also when the object was there: its first writer may have died before doing so.
        for folder in path.parents:
            _sync(folder)
            if folder == self._root:
                return


def _publish(path: Path, data: bytes) -> None:
    """Link, unlike rename, never replaces: of two writers at once the second finds the first one's object."""
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=".part") as temporary:
        temporary.write(data)
        temporary.flush()
        os.fsync(temporary.fileno())
        try:
            os.link(temporary.name, path)
        except FileExistsError:
            return


def _make_private(folder: Path) -> None:
    """As `mkdir -p`, but for the owner alone at every level (Path.mkdir gives its mode to the last one only)."""
    for level in (*reversed(folder.parents), folder):
        if not level.exists():
            level.mkdir(mode=0o700, exist_ok=True)
            _sync(level.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        name = errno.errorcode.get(error.errno or 0, "unknown")
        if error.errno in _PASSING:
            raise TransientError(f"the document directory fails: {name}") from error
        raise PermanentError(f"the document directory refuses: {name}") from error
