"""Erasing from both stores: the object is gone with every version, and asking again changes nothing."""

import uuid
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from minio import Minio
from minio.commonconfig import ENABLED
from minio.versioningconfig import VersioningConfig

from infra.clock import now
from infra.errors import PermanentError
from infra.settings import StoreSettings
from infra.storage import ObjectStore, open_store
from tests.contracts.conftest import MinioServer

PAGE = b"the first page"


@pytest.fixture(params=["directory", "minio"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "directory":
        return open_store(StoreSettings(directory=tmp_path / "documents"))
    server: MinioServer = request.getfixturevalue("minio_server")
    return open_store(server.settings(bucket=f"test-{uuid.uuid4().hex}"))


def test_what_is_erased_is_gone_and_its_neighbours_stay(store: ObjectStore) -> None:
    gone, kept = "documents/one.pdf", "documents/one-more.pdf"
    stored = [store.put(key, PAGE, media_type="application/pdf") for key in (gone, kept)]
    store.erase(gone)
    assert (store.exists(gone), store.exists(kept)) == (False, True)
    with pytest.raises(PermanentError, match="missing"):
        store.get(gone, sha256=stored[0].sha256)
    assert store.get(kept, sha256=stored[1].sha256) == PAGE


def test_erasing_again_or_what_never_was_changes_nothing(store: ObjectStore) -> None:
    store.erase("documents/never.pdf")
    store.put("documents/one.pdf", PAGE, media_type="application/pdf")
    for _ in range(2):
        store.erase("documents/one.pdf")
    store.erase("nowhere/never.pdf")


def test_what_begins_alike_is_found_and_nothing_else(store: ObjectStore) -> None:
    assert store.keys_beginning("receipts/one-") == []
    for key in (
        "receipts/one-b.pdf",
        "receipts/one-a.pdf",
        "receipts/one.pdf",
        "receipts/two-a.pdf",
        "other/one-a.pdf",
    ):
        store.put(key, PAGE, media_type="application/pdf")
    assert store.keys_beginning("receipts/one-") == ["receipts/one-a.pdf", "receipts/one-b.pdf"]


def test_when_an_object_was_written_is_known_while_it_is_there(store: ObjectStore) -> None:
    assert store.written_at("documents/one.pdf") is None
    before = now()
    for key in ("documents/one.pdf", "documents/one.pdfx"):
        store.put(key, PAGE, media_type="application/pdf")
    written = store.written_at("documents/one.pdf")
    assert written is not None
    assert abs(written - before) < timedelta(minutes=1)
    store.erase("documents/one.pdf")
    assert store.written_at("documents/one.pdf") is None


@pytest.mark.parametrize("prefix", ["", "receipts", "receipts/", "receipts/../documents/a", "receipts/.a", "/etc/a"])
def test_a_beginning_that_could_mean_everything_is_refused(store: ObjectStore, prefix: str) -> None:
    with pytest.raises(PermanentError, match="form kind/id"):
        store.keys_beginning(prefix)


def test_a_key_that_could_leave_its_place_is_not_erased(store: ObjectStore) -> None:
    with pytest.raises(PermanentError, match="form kind/id"):
        store.erase("documents/../../etc/passwd.txt")


def test_every_version_goes_where_the_server_keeps_versions(minio_server: MinioServer) -> None:
    bucket = f"test-{uuid.uuid4().hex}"
    raw = Minio(minio_server.endpoint, minio_server.access_key, minio_server.secret_key, secure=False)
    raw.make_bucket(bucket)
    raw.set_bucket_versioning(bucket, VersioningConfig(ENABLED))
    for data in (b"first", b"second"):
        raw.put_object(bucket, "documents/one.pdf", BytesIO(data), len(data))
    raw.remove_object(bucket, "documents/one.pdf")  # a marker: the versions are still there
    raw.put_object(bucket, "documents/two.pdf", BytesIO(PAGE), len(PAGE))
    store = open_store(minio_server.settings(bucket=bucket))
    assert store.keys_beginning("documents/one") == ["documents/one.pdf"]
    assert store.written_at("documents/one.pdf") is not None
    store.erase("documents/one.pdf")
    left = list(raw.list_objects(bucket, recursive=True, include_version=True))
    assert [each.object_name for each in left] == ["documents/two.pdf"]
