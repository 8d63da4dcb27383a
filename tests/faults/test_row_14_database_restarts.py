"""Row 14 of the fault matrix: PostgreSQL is restarted at once, or stays away for a while."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from sqlmodel import col, select

from infra.database import open_engine, unit_of_work
from infra.errors import DatabaseError
from infra.schema import migrate
from infra.stack.part import Part
from infra.stack.postgres_cluster import Cluster
from infra.stack.postgres_databases import make_database
from infra.stack.sequence import bring_up
from models.case import Case, CaseStatus
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.evidence import GatewayEvidence
from tests.site import Site
from tests.stack_fixtures import soon
from tests.world import PUBLIC_URL, World, world_over
from web.app import RETRY_AFTER_SECONDS, create_app


@pytest.fixture
def durable(durable_cluster: tuple[Cluster, Part], tmp_path: Path) -> Iterator[tuple[World, Part]]:
    cluster, part = durable_cluster
    engine = open_engine(make_database(cluster, "restarts"), pool_size=4)
    migrate(engine)
    with world_over(engine, tmp_path / "store") as world:
        yield world, part


@contextmanager
def away(part: Part) -> Iterator[None]:
    """As `pg_ctl -m immediate` stops it: no session is ended properly, and it recovers from its log."""
    os.kill(part.child.pid, signal.SIGQUIT)
    assert soon(lambda: part.child.exit_code is not None)
    part.child.kill()
    try:
        yield
    finally:
        bring_up([part])


def test_row_14_while_the_database_is_away_nothing_is_acknowledged_and_the_pool_heals(
    durable: tuple[World, Part],
) -> None:
    """Measured: 503 with Retry-After 60 at once; after the restart the first request is served, on the same pool."""
    world, part = durable
    site = Site(create_app(world.ports), PUBLIC_URL)
    case_id = world.at(CaseStatus.AWAITING_PAYMENT)
    pay = f"/pay/{world.order(case_id).id}"
    first = site.post(pay)
    [attempt] = world.rows(PaymentAttempt)
    notice = world.gateway.captures(attempt.trackid)
    with away(part):
        for answer in (site.post(pay), site.get(pay), site.post("/knet/response", content=notice)):
            assert answer.status_code == 503
            assert answer.headers["retry-after"] == str(RETRY_AFTER_SECONDS)
            assert "The service is busy" in answer.text
            assert "الخدمة مشغولة الآن" in answer.text
            assert "REDIRECT=" not in answer.text
        with pytest.raises(DatabaseError):
            world.settle_all()
    again, heard = site.post(pay), site.post("/knet/response", content=notice)
    assert (again.status_code, again.headers["location"]) == (303, first.headers["location"])
    assert heard.text == f"REDIRECT={PUBLIC_URL}/pay/return/{attempt.return_token}"
    site.get(heard.text.removeprefix(f"REDIRECT={PUBLIC_URL}"))
    world.settle_all()
    assert world.get(PaymentAttempt, attempt.id).state is AttemptState.CAPTURED
    assert world.run(case_id) is CaseStatus.COMPLETED


def until_turned_away(write: Callable[[int], None], most: int) -> None:
    with suppress(DatabaseError):
        for number in range(most):
            write(number)


def test_row_14_whatever_was_acknowledged_before_an_immediate_stop_is_there_afterwards(
    durable: tuple[World, Part],
) -> None:
    """One applicant after another, and notices of the gateway, until the stop comes in the middle of their writing."""
    world, part = durable
    site = Site(create_app(world.ports), PUBLIC_URL)
    drafts = [world.draft() for _ in range(200)]
    taken: list[str] = []
    kept: list[bytes] = []

    def submit(number: int) -> None:
        taken.extend(world.submit(drafts[number]).references)

    def notify(number: int) -> None:
        body = b"unreadable %d" % number
        if site.post("/knet/response", content=body).status_code == 503:
            raise DatabaseError
        kept.append(body)

    writers = [
        threading.Thread(target=until_turned_away, args=(submit, 200)),
        threading.Thread(target=until_turned_away, args=(notify, 50)),
    ]
    for each in writers:
        each.start()
    assert soon(lambda: len(taken) >= 5 and len(kept) >= 5)
    with away(part):
        for each in writers:
            each.join()
    assert 5 <= len(taken) < len(drafts)
    with unit_of_work(world.ports.engine) as session:
        references = set(session.exec(select(col(Case.reference))))
    assert set(taken) <= references
    assert set(kept) <= {each.raw for each in world.rows(GatewayEvidence)}
