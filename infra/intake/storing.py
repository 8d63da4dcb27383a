"""Files go into quarantine before the rows that name them, and go again when those rows are refused."""

from collections.abc import Iterator, Mapping, Sequence
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
    lost, leaves them: the rows may have been committed. Such files hold a person's papers: `retain` sweeps them.
    """
    begun: list[str] = []
    try:
        for key, data in files.items():
            begun.append(key)  # before: a put that failed may have been done
            store.put(key, data, media_type="application/octet-stream")
    except InfraError:
        take_away(store, begun)
        raise
    try:
        yield
    except CaseworkError:
        take_away(store, begun)
        raise


def take_away(store: ObjectStore, keys: Sequence[str]) -> int:
    """Erase files that no row names; how many went. What could not is logged, and left for `retain` to sweep.

    Why they were refused is what the caller must hear, also when the store is away: then it is left alone.
    """
    gone = 0
    for place, key in enumerate(keys):
        try:
            store.erase(key)
            gone += 1
        except TransientError as error:
            _log.warning("files_left", keys=keys[place:], reason=str(error))
            break
        except InfraError as error:
            _log.warning("files_left", keys=[key], reason=str(error))
    return gone
