"""The guards of the database: the record loses personal data to an erasure that has begun, and nothing else, ever."""

from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from infra.retaining.asking import request_erasure
from infra.retaining.forgetting import NUMBERS
from infra.sandbox.troubles import Trouble
from models.case import Case, CaseStatus
from models.payments.attempt import PaymentAttempt
from models.payments.evidence import EvidenceKind, EvidenceOutcome, GatewayEvidence
from models.service import Service
from tests.erasures import erased, reference, settled
from tests.world import World

S = CaseStatus


def being_erased(world: World, case_id: UUID) -> None:
    """Approved, and died before anything went."""
    request_erasure(world.ports, reference(world, case_id), actor="sara", reason="asked")
    world.sql("update erasure set begun_at = now(), approved_by = 'omar'")


def answer(attempt: PaymentAttempt, *, fields: dict[str, str]) -> GatewayEvidence:
    return GatewayEvidence(
        created_at=attempt.created_at,
        gateway=attempt.gateway,
        kind=EvidenceKind.CALLBACK,
        outcome=EvidenceOutcome.CAPTURED,
        received_at=attempt.created_at,
        attempt_id=attempt.id,
        fields=fields,
        raw=b"as it came",
        digest="of this test",
    )


@pytest.mark.parametrize(
    "change",
    [
        "update gateway_evidence set raw = ''",
        "update gateway_evidence set raw = '', fields = '{}'",
        "update transition set reason = 'erased'",
        "delete from gateway_evidence",
        "delete from transition",
        "truncate transition cascade",
    ],
)
def test_without_an_erasure_that_has_begun_nothing_of_the_record_goes(world: World, change: str) -> None:
    case_id = settled(world, world.at(S.COMPLETED))
    request_erasure(world.ports, reference(world, case_id), actor="sara", reason="asked")
    with pytest.raises(DBAPIError, match="append-only"):
        world.sql(change)


@pytest.mark.parametrize(
    "change",
    [
        "update gateway_evidence set raw = 'other'",
        "update gateway_evidence set raw = '', fields = '{\"amt\": \"1.000\"}'",
        "update gateway_evidence set raw = '', fields = '{}'",
        "update gateway_evidence set raw = '', fields = (fields::jsonb - 'trackid')::json",
        "update gateway_evidence set raw = '', outcome = 'declined'",
        "update transition set reason = 'another'",
        "update transition set reason = 'erased', actor = 'nobody'",
        "update transition set reason = 'erased' where reason is null",
        "update transition set after = 'rejected'",
        "delete from gateway_evidence",
        "delete from transition",
    ],
)
def test_of_a_case_that_is_being_erased_the_record_only_loses_and_never_its_numbers(world: World, change: str) -> None:
    case_id = settled(world, world.at(S.COMPLETED))
    being_erased(world, case_id)
    with pytest.raises(DBAPIError, match="append-only"):
        world.sql(change)
    world.sql("update gateway_evidence set raw = ''")
    world.sql("update transition set reason = 'erased' where reason is not null and entity = 'renewal_case'")


@pytest.mark.parametrize(
    "change",
    [
        "update gateway_evidence set raw = ''",
        "update gateway_evidence set raw = '', fields = '{}'",
        "update transition set reason = 'erased'",
        "update transition set reason = 'erased' where entity = 'renewal_case'",
        "update transition set reason = 'erased' where entity = 'payment_order'",
    ],
)
def test_when_an_erasure_is_finished_its_door_is_closed(world: World, change: str) -> None:
    erased(world, settled(world, world.at(S.COMPLETED)))
    with pytest.raises(DBAPIError, match="append-only"):
        world.sql(change)


def test_the_database_keeps_the_same_numbers_of_an_answer_as_the_erasure(world: World) -> None:
    case_id = settled(world, world.at(S.COMPLETED))
    kept = {name: name.upper() for name in NUMBERS}
    [attempt] = world.attempts(case_id)
    with world.session() as session:
        session.add(answer(attempt, fields={**kept, "udf1": "Alpha Beta"}))
        session.commit()
    erased(world, case_id)
    assert kept in [each.fields for each in world.rows(GatewayEvidence)]


@pytest.mark.parametrize(
    "change",
    [
        "update erasure set reason = 'another'",
        "update erasure set finished_at = now()",
        "update erasure set begun_at = null, finished_at = null",
        "update erasure set approved_by = 'sara'",
    ],
)
def test_what_an_erasure_says_never_changes(world: World, change: str) -> None:
    erased(world, settled(world, world.at(S.COMPLETED)))
    with pytest.raises(DBAPIError, match=r"never changes|second_person"):
        world.sql(change)
    with pytest.raises(DBAPIError, match="append-only"):
        world.sql("delete from erasure")


def test_the_database_wants_a_second_person_too(world: World) -> None:
    case_id = world.at(S.REJECTED, world.draft(Service.INDIVIDUAL, world.person(18, Trouble.NO_BIOMETRICS)))
    request_erasure(world.ports, reference(world, case_id), actor="sara", reason="asked")
    for change in ("begun_at = now()", "begun_at = now(), approved_by = 'sara'", "finished_at = now()"):
        with pytest.raises(DBAPIError, match="erasure"):
            world.sql(f"update erasure set {change}")  # noqa: S608 - words of this test


def test_one_payment_for_many_keeps_its_evidence_until_the_last_of_them_goes(world: World) -> None:
    cases = world.submitted(world.company(world.person(), world.person()))
    world.release(limit=10)
    for case_id in cases:
        world.run(case_id)
    world.pay(cases[0])
    for case_id in cases:
        assert world.run(case_id) is S.COMPLETED
    settled(world, cases[0])
    before = world.rows(GatewayEvidence)
    erased(world, cases[0])
    assert world.rows(GatewayEvidence) == before
    assert any(each.raw for each in before)
    erased(world, cases[1])
    assert not any(each.raw for each in world.rows(GatewayEvidence))
    assert len({each.status for each in world.rows(Case)}) == 1
