"""What every object store promises, asked of the directory store and of a real MinIO server."""

import hashlib
import os
import signal
import stat
import subprocess
import sys
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from minio import Minio

from infra.errors import InfraError, PermanentError, TransientError
from infra.settings import StoreSettings
from infra.storage import ObjectStore, StoredObject, open_store
from tests.contracts.conftest import CHECKOUT, MinioServer

PAGE = b"the first page"
OTHER = b"another page"


@dataclass(frozen=True)
class Bench:
    store: ObjectStore
    tamper: Callable[[str, bytes], None]


def directory_bench(folder: Path) -> Bench:
    def tamper(key: str, data: bytes) -> None:
        (folder / key).write_bytes(data)

    return Bench(open_store(StoreSettings(directory=folder)), tamper)


def minio_bench(server: MinioServer) -> Bench:
    bucket = f"test-{uuid.uuid4().hex}"
    raw = Minio(server.endpoint, server.access_key, server.secret_key, secure=False)

    def tamper(key: str, data: bytes) -> None:
        raw.put_object(bucket, key, BytesIO(data), len(data))

    return Bench(open_store(server.settings(bucket=bucket)), tamper)


@pytest.fixture(params=["directory", "minio"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Bench:
    if request.param == "directory":
        return directory_bench(tmp_path / "documents")
    return minio_bench(request.getfixturevalue("minio_server"))


@pytest.fixture
def key() -> str:
    return f"documents/{uuid.uuid4()}.jpg"


def put(bench: Bench, key: str, data: bytes) -> StoredObject:
    return bench.store.put(key, data, media_type="image/jpeg")


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_what_was_put_is_read_back(bench: Bench, key: str) -> None:
    stored = put(bench, key, PAGE)
    assert stored == StoredObject(key=key, sha256=sha256(PAGE), size=len(PAGE))
    assert bench.store.get(key, sha256=stored.sha256) == PAGE


@pytest.mark.parametrize("size", [0, 6 * 1024 * 1024], ids=["empty", "six megabytes"])
def test_any_size_is_stored_once(bench: Bench, key: str, size: int) -> None:
    data = os.urandom(size)
    put(bench, key, data)
    with pytest.raises(PermanentError, match="never overwritten"):
        put(bench, key, data + b"!")
    assert bench.store.get(key, sha256=sha256(data)) == data


def test_a_repeated_put_changes_nothing(bench: Bench, key: str) -> None:
    assert put(bench, key, PAGE) == put(bench, key, PAGE)


def test_other_bytes_under_a_taken_key_are_refused(bench: Bench, key: str) -> None:
    stored = put(bench, key, PAGE)
    with pytest.raises(PermanentError, match="never overwritten"):
        put(bench, key, OTHER)
    assert bench.store.get(key, sha256=stored.sha256) == PAGE


def test_damaged_bytes_are_found_on_reading_and_not_replaced_by_a_put(bench: Bench, key: str) -> None:
    stored = put(bench, key, PAGE)
    bench.tamper(key, OTHER)
    with pytest.raises(PermanentError, match="damaged"):
        bench.store.get(key, sha256=stored.sha256)
    with pytest.raises(PermanentError, match="never overwritten"):
        put(bench, key, PAGE)


def test_a_missing_object_is_said_to_be_missing(bench: Bench, key: str) -> None:
    assert not bench.store.exists(key)
    with pytest.raises(PermanentError, match="missing"):
        bench.store.get(key, sha256=sha256(PAGE))
    put(bench, key, PAGE)
    assert bench.store.exists(key)


@pytest.mark.parametrize(
    "bad",
    [
        "",
        "page.jpg",
        "/etc/page.jpg",
        "documents/../../page.jpg",
        "documents/.page.jpg",
        "documents/page",
        "a/b.c/d.jpg",
        "documents//page.jpg",
        "documents/page.jpg\n",
        "documents/صفحة.jpg",
        "documents/page.jpg/",
        "documents\\page.jpg",
    ],
)
def test_a_key_that_could_leave_its_place_is_refused(bench: Bench, bad: str) -> None:
    calls = [lambda: put(bench, bad, PAGE), lambda: bench.store.get(bad, sha256=""), lambda: bench.store.exists(bad)]
    for call in calls:
        with pytest.raises(PermanentError, match=r"kind/id\.ext"):
            call()


def test_many_writers_of_the_same_object_all_succeed(bench: Bench, key: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: put(bench, key, PAGE), range(16)))
    assert len(set(results)) == 1


def test_of_writers_with_different_bytes_exactly_one_wins(bench: Bench, key: str) -> None:
    def attempt(number: int) -> StoredObject | None:
        try:
            return put(bench, key, b"page %d" % number)
        except PermanentError:
            return None

    with ThreadPoolExecutor(8) as pool:
        winners = [stored for stored in pool.map(attempt, range(16)) if stored]
    assert len(winners) == 1
    assert bench.store.get(key, sha256=winners[0].sha256)


def test_check_passes_on_a_store_that_works_again_and_again(bench: Bench) -> None:
    bench.store.check()
    bench.store.check()


# The directory alone


def test_a_crash_before_the_object_is_published_leaves_nothing_to_see(tmp_path: Path, key: str) -> None:
    dies_instead_of_publishing = f"""
import os, signal, pathlib
from infra.storage import DirectoryStore
os.link = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
DirectoryStore(pathlib.Path({str(tmp_path)!r})).put({key!r}, b"half a", media_type="image/jpeg")
"""
    dead = subprocess.run([sys.executable, "-c", dies_instead_of_publishing], cwd=CHECKOUT, check=False)  # noqa: S603
    assert dead.returncode == -signal.SIGKILL
    leftovers = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.name[0] for path in leftovers] == ["."]
    bench = directory_bench(tmp_path)
    assert not bench.store.exists(key)
    put(bench, key, PAGE)
    assert bench.store.get(key, sha256=sha256(PAGE)) == PAGE


def test_folders_and_files_are_for_their_owner_alone(tmp_path: Path, key: str) -> None:
    root = tmp_path / "var" / "documents"
    put(directory_bench(root), key, PAGE)
    folders = [root.parent, root, (root / key).parent]
    assert {stat.S_IMODE(folder.stat().st_mode) for folder in folders} == {0o700}
    assert stat.S_IMODE((root / key).stat().st_mode) == 0o600


def test_a_directory_that_is_a_file_is_refused_and_a_full_disk_may_pass(
    tmp_path: Path, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "taken").write_bytes(b"")
    with pytest.raises(PermanentError, match="ENOTDIR"):
        put(directory_bench(tmp_path / "taken"), key, PAGE)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TransientError, match="ENOSPC"):
        put(directory_bench(tmp_path), key, PAGE)


# MinIO alone


def test_a_wrong_secret_is_a_refusal_that_does_not_tell_the_secret(minio_server: MinioServer, key: str) -> None:
    wrong = "not-the-secret-key"
    store = open_store(minio_server.settings(bucket="renewals", secret_key=wrong))
    with pytest.raises(PermanentError, match="SignatureDoesNotMatch") as caught:
        store.put(key, PAGE, media_type="image/jpeg")
    assert wrong not in str(caught.value)


def test_a_hanging_server_is_given_up_in_time_and_used_again_when_it_wakes(minio_server: MinioServer, key: str) -> None:
    bench = minio_bench(minio_server)
    stored = put(bench, key, PAGE)
    minio_server.process.send_signal(signal.SIGSTOP)
    try:
        began = time.monotonic()
        with pytest.raises(TransientError):
            bench.store.get(key, sha256=stored.sha256)
        assert time.monotonic() - began < 15
    finally:
        minio_server.process.send_signal(signal.SIGCONT)
    assert bench.store.get(key, sha256=stored.sha256) == PAGE


def test_no_server_at_all_may_pass(minio_server: MinioServer, key: str) -> None:
    gone = minio_server.settings(bucket="renewals").model_copy(update={"endpoint": "127.0.0.1:1"})
    with pytest.raises(TransientError):
        open_store(gone).exists(key)


def test_processes_that_meet_a_missing_bucket_together_all_write(minio_server: MinioServer) -> None:
    settings = minio_server.settings(bucket=f"test-{uuid.uuid4().hex}")

    def first_write(number: int) -> StoredObject:
        return open_store(settings).put(f"documents/{number}.jpg", PAGE, media_type="image/jpeg")

    with ThreadPoolExecutor(8) as pool:
        assert len(list(pool.map(first_write, range(8)))) == 8


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9000/path", "not a host:port"])
def test_an_endpoint_that_cannot_be_one_is_refused_at_once(endpoint: str) -> None:
    with pytest.raises(InfraError, match="RENEWAL_STORE__ENDPOINT"):
        open_store(StoreSettings(endpoint=endpoint, access_key="a", secret_key="b"))


def test_an_endpoint_without_keys_is_refused_with_the_names_of_the_settings() -> None:
    with pytest.raises(PermanentError, match="RENEWAL_STORE__ACCESS_KEY"):
        open_store(StoreSettings(endpoint="127.0.0.1:9000"))
