"""The product with its objects in a real MinIO that can be stopped, frozen, and tampered with."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from io import BytesIO
from pathlib import Path

from minio import Minio

from infra.settings import StoreSettings
from infra.stack import procfs
from infra.stack.part import Part
from infra.stack.sequence import bring_up, take_down
from models.receipt import Receipt
from tests.site import Site
from tests.world import World


@dataclass
class Stored:
    world: World
    site: Site
    part: Part
    settings: StoreSettings
    folder: Path

    @contextmanager
    def down(self) -> Iterator[None]:
        take_down([self.part])
        try:
            yield
        finally:
            bring_up([self.part])

    @contextmanager
    def frozen(self) -> Iterator[None]:
        pids = [each.pid for each in procfs.session_members(self.part.child.pid)]
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    @cached_property
    def behind_our_back(self) -> Minio:
        keys = [key.get_secret_value() for key in (self.settings.access_key, self.settings.secret_key) if key]
        return Minio(self.settings.endpoint or "", *keys, secure=False)

    def overwrite(self, key: str, data: bytes) -> None:
        self.behind_our_back.put_object(self.settings.bucket, key, BytesIO(data), len(data))

    def remove(self, key: str) -> None:
        self.behind_our_back.remove_object(self.settings.bucket, key)

    def keys(self, prefix: str) -> list[str]:
        """With every version of each."""
        found = self.behind_our_back.list_objects(self.settings.bucket, prefix, recursive=True, include_version=True)
        return [each.object_name or "" for each in found]

    @property
    def receipts(self) -> list[Receipt]:
        return self.world.rows(Receipt)

    @property
    def receipt(self) -> Receipt:
        [receipt] = self.receipts
        return receipt

    @property
    def receipt_page(self) -> str:
        return f"/receipts/{self.receipt.id}.pdf"
