"""Row 15 of the fault matrix: PostgreSQL ends our transaction in favour of another: deadlock, serialization failure."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import anyio
import pytest
from prefect.states import exception_to_failed_state
from sqlalchemy import Connection, text

from infra.errors import ConflictError, TransientError
from models.case import CaseStatus
from models.payments.attempt import PaymentAttempt
from models.payments.evidence import GatewayEvidence
from models.receipt import Receipt
from tasks.step import _is_trouble
from tests.site import Site
from tests.stack_fixtures import soon
from tests.tale import ACTS, Tale, assert_renewed_once
from tests.world import PUBLIC_URL, World

Result = TypeVar("Result")
TRIES = 3


@pytest.fixture
def other(world: World) -> Iterator[Connection]:
    """Another session, in one transaction."""
    with world.ports.engine.connect() as connection:
        yield connection
        connection.rollback()


@contextmanager
def crossed(other: Connection, world: World, *, first: str, then: str) -> Iterator[Callable[[Future[Result]], None]]:
    """The other session holds `first`; what the block starts takes `then` and waits; the other then wants that too."""
    other.execute(text(f"select 1 from {first} for update"))  # noqa: S608 - the tests' own words

    def cross(ours: Future[Result]) -> None:
        waiting = text("select count(*) from pg_locks where not granted")
        with world.ports.engine.connect() as looking:
            assert soon(lambda: bool(looking.execute(waiting).scalar_one()) or ours.done())
        assert not ours.done()
        other.execute(text(f"select 1 from {then} for update"))  # noqa: S608

    yield cross
    other.rollback()


def test_row_15_step_that_loses_a_deadlock_did_nothing_and_is_done_once_when_tried_again(
    world: World, other: Connection
) -> None:
    """Two sessions lock a case and its order in opposite orders. Measured: the loser knows after one second."""
    case_id = world.at(CaseStatus.EXTENDED)
    with ThreadPoolExecutor(1) as pool, crossed(other, world, first="renewal_case", then="payment_order") as cross:
        step = pool.submit(world.step, case_id)
        cross(step)
        with pytest.raises(ConflictError):
            step.result(timeout=5)
    assert (world.status(case_id), world.rows(Receipt)) == (CaseStatus.EXTENDED, [])
    assert world.step(case_id) is CaseStatus.COMPLETED
    assert len(world.rows(Receipt)) == 1


def test_row_15_step_is_tried_again_by_its_run() -> None:
    async def retried() -> bool:
        state = await exception_to_failed_state(ConflictError("another transaction was in the way"))
        return await _is_trouble(None, None, state)  # type: ignore[arg-type]

    assert issubclass(ConflictError, TransientError)
    assert anyio.run(retried)


def test_row_15_notice_that_loses_a_deadlock_is_acknowledged_all_the_same(
    world: World, other: Connection, site: Site
) -> None:
    """KNET reverses a payment whose notice is not acknowledged, so the whole transaction is done again at once."""
    attempt = world.start(world.at(CaseStatus.AWAITING_PAYMENT))
    notice = world.gateway.captures(attempt.trackid)
    with ThreadPoolExecutor(1) as pool, crossed(other, world, first="payment_attempt", then="payment_order") as cross:
        answer = pool.submit(site.post, "/knet/response", content=notice)
        cross(answer)
        time.sleep(1.2)  # the deadlock is found, and the second try waits for the order like anybody else
        other.rollback()
        assert answer.result(timeout=5).text == f"REDIRECT={PUBLIC_URL}/pay/return/{attempt.return_token}"
    assert len(world.rows(GatewayEvidence)) == 1


@pytest.fixture(params=["at-once", "in-commit"])
def unserializable(world: World, request: pytest.FixtureRequest) -> Iterator[Callable[[int], None]]:
    """Refuses so many of the next rows of history with 40001; counted by a sequence, which no rollback takes back."""
    moment = {"at-once": "trigger {} before", "in-commit": "constraint trigger {} after"}[request.param]
    late = "deferrable initially deferred" if request.param == "in-commit" else ""
    world.sql("create sequence faults_left")
    world.sql(
        "create function refuse_a_few() returns trigger language plpgsql as $$ begin"
        " if nextval('faults_left') <= tg_argv[0]::int then"
        " raise exception 'injected' using errcode = 'serialization_failure'; end if; return new; end $$"
    )

    def refuse(times: int) -> None:
        world.sql("drop trigger if exists refusing on transition")
        world.sql("alter sequence faults_left restart")
        world.sql(
            f"create {moment.format('refusing')} insert on transition {late}"
            f" for each row execute function refuse_a_few({times})"
        )

    yield refuse
    world.sql("drop trigger if exists refusing on transition")
    world.sql("drop function refuse_a_few")
    world.sql("drop sequence faults_left")


def test_row_15_every_act_of_a_renewal_is_done_once_after_two_serialization_failures(
    world: World, unserializable: Callable[[int], None]
) -> None:
    """40001 from PostgreSQL itself, in the statement or in the COMMIT; the act is repeated as its run would."""
    tale, failures = Tale(world, world.draft()), 0
    for _, act, _ in ACTS:
        unserializable(TRIES - 1)
        for _ in range(TRIES):
            try:
                act(tale)
            except ConflictError:
                failures += 1
            else:
                world.clock.advance(minutes=2)
        act(tale)
    unserializable(0)
    assert failures > len(ACTS)
    assert_renewed_once(tale)


def test_row_15_tries_of_a_notice_are_bounded(world: World, site: Site, unserializable: Callable[[int], None]) -> None:
    """Two conflicts: acknowledged. Three: 503, nothing kept, and the gateway may come again."""
    attempt = world.start(world.at(CaseStatus.AWAITING_PAYMENT))
    notice = world.gateway.captures(attempt.trackid)
    unserializable(TRIES)
    refused = site.post("/knet/response", content=notice)
    assert (refused.status_code, world.rows(GatewayEvidence)) == (503, [])
    unserializable(TRIES - 1)
    assert site.post("/knet/response", content=notice).text.startswith("REDIRECT=")
    assert len(world.rows(GatewayEvidence)) == 1
    assert world.rows(PaymentAttempt, id=attempt.id)
