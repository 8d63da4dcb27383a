"""The files that deploy the service, as the tools for them read them; without a tool the test fails in CI."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from infra.stack.places import CHECKOUT, CHECKOUT_PLACES
from tests.stack_fixtures import missing

DEPLOY = CHECKOUT / "infra" / "deploy"
KUBERNETES = "1.30.0"
NAMES = {"WEB_HOST": "renewal.example", "STAFF_HOST": "staff.example"}
IMAGES = {"RENEWAL_IMAGE": "renewal:1", "MINIO_IMAGE": "renewal-minio:1", "SIGN_IN_IMAGE": "oauth2-proxy:7"}


def tool(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path=f"{CHECKOUT_PLACES.programs}:{CHECKOUT}/.venv/bin:/usr/sbin")
    return found or missing(f"{name} is not here; `make deploy-tools` brings it")


def run(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    told = {"PATH": os.environ["PATH"], "HOME": str(CHECKOUT_PLACES.var), **environment}
    return subprocess.run(words, env=told, capture_output=True, text=True, check=False, timeout=120)  # noqa: S603 - ours


def compose(folder: Path, **changed: str) -> subprocess.CompletedProcess[str]:
    """`docker compose config` with everything given, but for what `changed` empties."""
    settings = folder / "settings.env"
    settings.write_text((CHECKOUT / ".env.example").read_text("utf-8"))
    given = {**NAMES, **IMAGES, "RENEWAL_SETTINGS": str(settings), "SECRETS": str(folder), **changed}
    return run(tool("docker-compose"), "--file", str(DEPLOY / "compose.yaml"), "config", **given)


def helm(verb: str, *words: str, values: Path = DEPLOY / "chart" / "values.example.yaml") -> Any:
    chart = [str(DEPLOY / "chart"), "--kube-version", KUBERNETES, "--values", str(values)]
    name = ["renewal"] if verb == "template" else []
    return run(tool("helm"), verb, *name, *chart, *words)


@pytest.fixture(scope="session")
def composed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The compose file as Compose understands it."""
    done = compose(tmp_path_factory.mktemp("compose"))
    assert done.returncode == 0, done.stderr
    return dict(yaml.safe_load(done.stdout))


@pytest.fixture(scope="session")
def charted() -> list[dict[str, Any]]:
    """The chart's objects, with the autoscaler too."""
    done = helm("template", "--set", "worker.autoscaling.enabled=true")
    assert done.returncode == 0, done.stderr
    return [document for document in yaml.safe_load_all(done.stdout) if document]


def containers(charted: list[dict[str, Any]]) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Each container with the pod that it is in."""
    for each in charted:
        pod = each.get("spec", {}).get("template", {}).get("spec")
        for container in [*pod.get("initContainers", []), *pod["containers"]] if pod else []:
            yield pod, container
