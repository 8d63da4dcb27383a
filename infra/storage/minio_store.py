"""Objects in a MinIO (or other S3) server, through the `minio` client."""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from http import HTTPStatus
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit
from xml.etree.ElementTree import ParseError

import urllib3
from minio import Minio
from minio.datatypes import Object
from minio.error import InvalidResponseError, MinioException, S3Error, ServerError
from urllib3.exceptions import HTTPError

from infra.breaker import BreakerOpenError, new_breaker
from infra.errors import InfraError, PermanentError, TransientError
from infra.settings import StoreSettings
from infra.storage.objects import StoredObject, checked_key, checked_prefix, described, missing, taken, verified

_ABSENT = frozenset({"NoSuchKey", "NoSuchBucket"})
_PASSING = frozenset({"SlowDown", "RequestTimeout", "OperationAborted", "InternalError"})
_SMALLEST_PART = 5 * 1024 * 1024  # in one part always: several parts are joined without the write-once header
_TIMEOUT = urllib3.Timeout(connect=2.0, read=8.0)  # one call that meets a hanging server ends within 10 s
_FAILURES = 3
_PAUSE_SECONDS = 5  # shorter than the patience of a step
# A read is not tried again here: a hanging server must not hold a thread for a multiple of the timeout.
_RETRIES = urllib3.Retry(
    total=2,
    read=0,
    redirect=0,
    status_forcelist=(502, 503, 504),
    backoff_factor=0.2,
    raise_on_status=False,
    respect_retry_after_header=False,
)


class MinioStore:
    def __init__(self, settings: StoreSettings, *, endpoint: str) -> None:
        if settings.access_key is None or settings.secret_key is None:
            raise PermanentError(
                "the object store has an endpoint but no keys: "
                "set RENEWAL_STORE__ACCESS_KEY and RENEWAL_STORE__SECRET_KEY"
            )
        self._bucket = settings.bucket
        self._bucket_seen = False
        self._breaker = new_breaker(
            "object store", failures=_FAILURES, pause_seconds=_PAUSE_SECONDS, unless=(PermanentError,)
        )
        with _translated():
            self._client = Minio(
                endpoint,
                access_key=settings.access_key.get_secret_value(),
                secret_key=settings.secret_key.get_secret_value(),
                secure=settings.secure,
                http_client=_WriteOncePool(maxsize=16, timeout=_TIMEOUT, retries=_RETRIES),
            )

    def put(self, key: str, data: bytes, *, media_type: str) -> StoredObject:
        stored = described(key, data)
        with self._reached():
            found = self._write(stored, data, media_type=media_type)
        if found != stored.sha256:
            raise taken(key)
        return stored

    def get(self, key: str, *, sha256: str) -> bytes:
        with self._reached():
            try:
                data = self._read(checked_key(key))
            except S3Error as error:
                if error.code in _ABSENT:
                    raise missing(key) from error
                raise
        return verified(key, data, sha256=sha256)

    def exists(self, key: str) -> bool:
        with self._reached():
            return self._sha256_of(checked_key(key)) is not None

    def keys_beginning(self, prefix: str) -> list[str]:
        with self._reached():
            found = self._versions(checked_prefix(prefix))
        return sorted({each.object_name for each in found if each.object_name and not each.is_dir})

    def written_at(self, key: str) -> datetime | None:
        with self._reached():
            found = self._versions(checked_key(key))
        return max(
            (each.last_modified for each in found if each.object_name == key and each.last_modified), default=None
        )

    def erase(self, key: str) -> None:
        """A plain removal leaves the versions behind a marker: each is removed by its own id, markers too."""
        with self._reached():
            for each in self._versions(checked_key(key)):
                if each.object_name == key:
                    self._client.remove_object(self._bucket, key, version_id=each.version_id)
            if self._sha256_of(key) is not None:
                raise PermanentError(f"object {key} is still there after it was removed")

    def check(self) -> None:
        probe = f"probes/{uuid.uuid4()}.txt"
        self.put(probe, b"writable", media_type="text/plain")
        with self._reached():
            self._client.remove_object(self._bucket, probe)

    def _versions(self, prefix: str) -> list[Object]:
        try:
            return list(self._client.list_objects(self._bucket, prefix=prefix, include_version=True))
        except S3Error as error:
            if error.code in _ABSENT:
                return []
            raise

    def _sha256_of(self, key: str) -> str | None:
        """None when there is no such object. Read from its bytes when the server lost the metadata."""
        try:
            stat = self._client.stat_object(self._bucket, key)
        except S3Error as error:
            if error.code in _ABSENT:
                return None
            raise
        recorded = (stat.metadata or {}).get("x-amz-meta-sha256")
        return str(recorded) if recorded else described(key, self._read(key)).sha256

    def _write(self, stored: StoredObject, data: bytes, *, media_type: str) -> str | None:
        """The sha256 that the key holds afterwards: ours, or that of the writer who was first."""
        self._make_bucket()
        try:
            self._client.put_object(
                self._bucket,
                stored.key,
                BytesIO(data),
                length=stored.size,
                content_type=media_type,
                metadata={"sha256": stored.sha256},
                part_size=max(stored.size, _SMALLEST_PART),
            )
        except S3Error as error:
            if error.code == "PreconditionFailed":
                return self._sha256_of(stored.key)
            raise
        return stored.sha256

    def _make_bucket(self) -> None:
        if self._bucket_seen:
            return
        try:
            if not self._client.bucket_exists(self._bucket):
                self._client.make_bucket(self._bucket)
        except S3Error as error:
            if error.code != "BucketAlreadyOwnedByYou":  # another process was first
                raise
        self._bucket_seen = True

    def _read(self, key: str) -> bytes:
        response = self._client.get_object(self._bucket, key)
        try:
            return response.read()
        finally:
            response.close()
            response.release_conn()

    @contextmanager
    def _reached(self) -> Iterator[None]:
        try:
            with self._breaker.calling(), _translated():
                yield
        except BreakerOpenError:
            raise TransientError("the object store did not answer lately and is left alone for a moment") from None


class _WriteOncePool(urllib3.PoolManager):
    """Asks the server to refuse an overwrite. `put_object` has no argument for this header."""

    def urlopen(self, method: str, url: str, *args: Any, **kw: Any) -> urllib3.BaseHTTPResponse:
        bucket, _, key = urlsplit(url).path.strip("/").partition("/")
        if method == "PUT" and bucket and key:
            kw["headers"] = {**kw["headers"], "If-None-Match": "*"}
        return super().urlopen(method, url, *args, **kw)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except (MinioException, HTTPError, ValueError, ParseError) as error:
        raise _translation(error) from error


def _translation(error: Exception) -> InfraError:
    match error:
        case S3Error():
            status, word = error.response.status, str(error.code)
        case ServerError():
            status, word = error.status_code, "server error"
        case InvalidResponseError():
            status, word = error._code, "not an S3 answer"  # noqa: SLF001 - the client offers no other way
        case HTTPError():
            return TransientError(f"the object store cannot be reached: {type(error).__name__}")
        case _:
            return PermanentError("no object store there: see RENEWAL_STORE__ENDPOINT and RENEWAL_STORE__BUCKET")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS or word in _PASSING:
        return TransientError(f"the object store is busy or broken: {word} ({status})")
    return PermanentError(f"the object store refuses: {word} ({status})")
