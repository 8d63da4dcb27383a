"""A private MinIO server for the suites that talk to a real one."""

import os
import secrets
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from infra.settings import StoreSettings

CHECKOUT = Path(__file__).parents[2]


@dataclass(frozen=True)
class MinioServer:
    process: subprocess.Popen[bytes]
    endpoint: str
    access_key: str = field(repr=False)
    secret_key: str = field(repr=False)

    def settings(self, *, bucket: str, secret_key: str | None = None) -> StoreSettings:
        return StoreSettings(
            endpoint=self.endpoint,
            access_key=SecretStr(self.access_key),
            secret_key=SecretStr(secret_key or self.secret_key),
            bucket=bucket,
        )


@pytest.fixture(scope="session")
def minio_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MinioServer]:
    program = _program()
    home = tmp_path_factory.mktemp("minio")
    access_key, secret_key = secrets.token_hex(8), secrets.token_hex(16)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        endpoint = f"127.0.0.1:{free.getsockname()[1]}"
    process = subprocess.Popen(  # noqa: S603 - the program was looked for by us
        [program, "server", "--quiet", "--address", endpoint, str(home / "data")],
        env={
            "HOME": str(home),
            "MINIO_ROOT_USER": access_key,
            "MINIO_ROOT_PASSWORD": secret_key,
            "MINIO_BROWSER": "off",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_ready(endpoint)
        yield MinioServer(process, endpoint, access_key, secret_key)
    finally:
        process.kill()
        process.wait()


def _program() -> str:
    built = CHECKOUT / "var" / "bin" / "minio"
    program = os.environ.get("MINIO_PROGRAM") or shutil.which("minio") or (str(built) if built.exists() else None)
    if program is not None:
        return program
    reason = "no minio program in MINIO_PROGRAM, PATH or var/bin: run `make minio`"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _wait_until_ready(endpoint: str) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            if httpx.get(f"http://{endpoint}/minio/health/ready", timeout=2).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    pytest.fail("MinIO did not become ready within 20 s")
