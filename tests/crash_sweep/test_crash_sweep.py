"""The crash sweep with a small budget; `make prove-crashes REPEATS=30` is the long one."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.checkout import CHECKOUT
from tests.stack_fixtures import cluster_in, private_places

pytestmark = pytest.mark.timeout(
    900
)  # half a minute each on a quiet machine; a busy one makes it wait for every process


@pytest.fixture(scope="module", params=["knet", "tap"])
def found(request: pytest.FixtureRequest) -> dict[str, dict[str, Any]]:
    """A program of its own: it forks, and pytest's process has threads."""
    with private_places() as places:
        cluster_in(places, durable=False)  # skips where no PostgreSQL is
    words = [sys.executable, "-m", "tests.crash_sweep", "--gateway", request.param, "--repeats", "1", "--naive", "1"]
    done = subprocess.run(words, cwd=CHECKOUT, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    assert done.returncode == 0, done.stderr
    totals: dict[str, dict[str, Any]] = json.loads(done.stdout)[request.param]
    return totals


def test_no_crash_charges_twice_loses_a_capture_or_refunds_twice(found: dict[str, dict[str, Any]]) -> None:
    product = found["product"]
    assert product["differences"] == []
    assert (product["double_charges"], product["lost_captures"], product["double_refunds"]) == (0, 0, 0)
    assert product["points"] >= 60


def test_the_sweep_finds_out_an_integration_that_trusts_every_message(found: dict[str, dict[str, Any]]) -> None:
    naive = found["naive"]
    assert naive["double_charges"] > 0
    assert naive["lost_captures"] > 0
    assert naive["double_refunds"] > 0
