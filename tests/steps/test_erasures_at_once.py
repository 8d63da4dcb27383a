"""Two erasures at the same moment: what belongs to a payment for both of their cases goes with the later one."""

import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final
from uuid import UUID

from sqlalchemy import text

from infra.retaining.asking import approve_erasure, request_erasure
from models.account import Account
from models.case import CaseStatus
from models.payments.evidence import GatewayEvidence
from tests.erasures import reference, settled
from tests.world import World

S = CaseStatus
_PATIENCE: Final = 8.0


def approval(world: World, case_id: UUID) -> Callable[[], int]:
    name = reference(world, case_id)
    request_erasure(world.ports, name, actor="sara", reason="asked at the counter")
    return lambda: approve_erasure(world.ports, name, actor="omar")


def wait_until_two_wait(world: World) -> None:
    """Both erasures have come as far as a lock that somebody else has."""
    waiting = "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    until = time.monotonic() + _PATIENCE
    while True:
        with world.ports.engine.connect() as connection:
            if connection.execute(text(waiting)).scalar_one() == 2:
                return
        assert time.monotonic() < until, "the erasures do not wait"
        time.sleep(0.02)


def test_the_last_two_cases_of_an_order_erased_at_once_leave_nothing_of_its_payment(world: World) -> None:
    cases = world.submitted(world.company(world.person(), world.person()))
    world.release(limit=10)
    for case_id in cases:
        world.run(case_id)
    world.pay(cases[0])
    for case_id in cases:
        assert world.run(case_id) is S.COMPLETED
    settled(world, cases[0])
    approvals = [approval(world, case_id) for case_id in cases]
    with ThreadPoolExecutor(2) as threads, world.ports.engine.connect() as meanwhile:
        meanwhile.execute(text("select from account for update"))
        erasures = [threads.submit(each) for each in approvals]
        wait_until_two_wait(world)
        meanwhile.rollback()
        assert all(each.result() for each in erasures)
    assert not any(each.raw for each in world.rows(GatewayEvidence))
    assert world.rows(Account)[0].is_erased
