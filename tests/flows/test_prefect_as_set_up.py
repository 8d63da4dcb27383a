"""What this service relies on in Prefect: batches, no cache, an empty job template, a worker that is seen."""

import socket
from typing import Any

import pytest
from prefect.cache_policies import NO_CACHE

from infra.stack.prefect_server import SETTINGS
from tasks.documents import collect_documents
from tasks.extension import extend_residency
from tasks.fees import compute_fee
from tasks.identity import validate_identity
from tasks.payment import take_payment
from tasks.receipt import render_receipt
from tests.office import Office, soon

STEPS = (validate_identity, collect_documents, compute_fee, take_payment, extend_residency, render_receipt)
BATCHES = {name: value for name, value in SETTINGS.items() if "RECORDER" in name or "PERSISTER" in name}


def in_force(settings: dict[str, Any], name: str) -> object:
    """`PREFECT_SERVER_SERVICES_EVENT_PERSISTER_BATCH_SIZE` as the server itself reports it."""
    services = settings["server"]["services"]
    service = next(key for key in services if name.startswith(f"PREFECT_SERVER_SERVICES_{key.upper()}_"))
    return services[service][name.removeprefix(f"PREFECT_SERVER_SERVICES_{service.upper()}_").lower()]


@pytest.mark.parametrize("name", sorted(BATCHES))
def test_the_server_really_writes_in_batches(prefect_api: str, office: Office, name: str) -> None:
    assert str(office.prefect.base_url).rstrip("/") == prefect_api
    settings = office.prefect.get("/admin/settings").raise_for_status().json()
    assert float(str(in_force(settings, name))) == float(BATCHES[name])


@pytest.mark.parametrize("task", STEPS, ids=lambda task: task.name)
def test_a_step_never_answers_from_a_cache(task: Any) -> None:
    assert task.cache_policy == NO_CACHE
    assert task.persist_result is False
    assert task.retries == 6


def test_the_pool_has_no_job_template_and_its_worker_is_seen(office: Office) -> None:
    pool = office.prefect.get("/work_pools/renewals").raise_for_status().json()
    assert pool["base_job_template"] == {}
    assert pool["type"] == "renewal-worker"
    ours = f"{socket.gethostname()}-{office.parts['worker'].child.pid}"

    def look() -> list[str]:
        """Those that stopped or died before stay in the list for a while."""
        workers = office.ask("/work_pools/renewals/workers/filter", {})
        return [each["status"] for each in workers if each["name"] == ours]

    assert soon(look, f"the worker {ours}") == ["ONLINE"]
