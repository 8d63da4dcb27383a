"""Files go into quarantine before the rows that name them, and go again when those rows are refused."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import structlog

from infra.errors import InfraError, TransientError
from infra.storage import ObjectStore
from models.errors import CaseworkError

_log = structlog.get_logger()


@contextmanager
def in_quarantine(store: ObjectStore, files: Mapping[str, bytes]) -> Iterator[None]:
    """Store the files by new keys, then let the block write the rows that name them.

    When the block refuses (CaseworkError) no row names the files, and they are erased. A crash, or a database that is
    lost, leaves them: the rows may have been committed. Such files hold a person's papers, and no erasure finds them.
    """
    begun: list[str] = []
    try:
        for key, data in files.items():
            begun.append(key)  # before: a put that failed may have been done
            store.put(key, data, media_type="application/octet-stream")
    except InfraError:
        _take_away(store, begun)
        raise
    try:
        yield
    except CaseworkError:
        _take_away(store, begun)
        raise


def _take_away(store: ObjectStore, keys: list[str]) -> None:
    """Why they were refused is what the caller must hear, also when the store is away: then it is left alone."""
    for place, key in enumerate(keys):
        try:
            store.erase(key)
        except TransientError as error:
            _log.warning("refused_files_left", keys=keys[place:], reason=str(error))
            return
        except InfraError as error:
            _log.warning("refused_files_left", keys=[key], reason=str(error))
