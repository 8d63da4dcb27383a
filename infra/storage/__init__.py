"""Where documents and receipts lie: one port, a MinIO (S3) store and a directory store behind it."""

from datetime import datetime
from typing import Protocol

from infra.settings import StoreSettings
from infra.storage.directory_store import DirectoryStore
from infra.storage.minio_store import MinioStore
from infra.storage.objects import StoredObject

__all__ = ["DirectoryStore", "MinioStore", "ObjectStore", "StoredObject", "open_store"]


class ObjectStore(Protocol):
    """Objects are written once and never change. Keys look like `kind/id.ext`; they never name a person.

    Every method raises TransientError when the store cannot be reached and PermanentError when it refuses.
    """

    def put(self, key: str, data: bytes, *, media_type: str) -> StoredObject:
        """Safe to repeat: the same bytes again change nothing, other bytes are a PermanentError."""

    def get(self, key: str, *, sha256: str) -> bytes:
        """The bytes that hash to `sha256`; PermanentError when they are missing or differ."""

    def exists(self, key: str) -> bool: ...

    def keys_beginning(self, prefix: str) -> list[str]:
        """Every key that begins so, also one of which only older versions are left. `prefix` is `kind/` and a name."""

    def written_at(self, key: str) -> datetime | None:
        """When its newest version was written, by the clock of the store; None when there is none."""

    def erase(self, key: str) -> None:
        """Take the object away for good, with every version that the server keeps; safe to repeat, also when absent.

        Only the erasure of personal data may ask for it.
        """

    def check(self) -> None:
        """Return when the store can be reached and written to."""


def open_store(settings: StoreSettings) -> ObjectStore:
    """Opening asks nothing of the network; `check` does."""
    if settings.endpoint is None:
        return DirectoryStore(settings.directory)
    return MinioStore(settings, endpoint=settings.endpoint)
