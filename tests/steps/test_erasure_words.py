"""What staff typed about a person goes with the case, wherever they typed it; who, when and which kind stay."""

from collections.abc import Iterator
from uuid import UUID

import pytest
from sqlalchemy.exc import DBAPIError

from infra.cancelling import cancel_case
from infra.errors import PermanentError
from infra.payments.refund_requests import approve_refund
from infra.payments.resolving import approve_resolution, request_resolution
from infra.payments.reviews import close_review
from infra.retaining.asking import approve_erasure, request_erasure, withdraw_erasure
from infra.retaining.forbidding import lift_hold, place_hold
from infra.schema import migrate, unmigrate
from models.case import CaseStatus
from models.erasure import Erasure, LegalHold
from models.payments.evidence import EvidenceOutcome
from models.payments.refund import Refund
from models.payments.resolution import Resolution, Verdict
from models.payments.review import ReviewItem, ReviewKind
from tests.erasures import everything, reference, settled
from tests.world import World

S = CaseStatus
WHO = "Mr Alpha Beta"


@pytest.fixture
def at_head(world: World) -> Iterator[World]:
    yield world
    migrate(world.ports.engine)


def erase(world: World, case_id: UUID) -> None:
    name = reference(world, case_id)
    request_erasure(world.ports, name, actor="sara", reason=f"{WHO} came to the counter")
    approve_erasure(world.ports, name, actor="omar")


def test_the_words_of_a_hold_and_of_the_erasure_itself_go(world: World) -> None:
    case_id = settled(world, world.at(S.COMPLETED))
    name = reference(world, case_id)
    place_hold(world.ports, name, actor="sara", reason=f"the court asks about {WHO}")
    lift_hold(world.ports, name, actor="omar")
    request_erasure(world.ports, name, actor="sara", reason=f"{WHO} came to the counter")
    withdraw_erasure(world.ports, name, actor="sara")
    request_erasure(world.ports, name, actor="sara", reason=f"{WHO} came again")
    assert WHO in everything(world)
    approve_erasure(world.ports, name, actor="omar")
    assert WHO not in everything(world)
    [hold], [withdrawn, carried_out] = world.rows(LegalHold), world.rows(Erasure)
    assert (hold.reason, hold.placed_by, hold.lifted_by) == ("erased", "sara", "omar")
    assert (withdrawn.reason, withdrawn.withdrawn_by) == ("erased", "sara")
    assert (carried_out.reason, carried_out.requested_by, carried_out.approved_by) == ("erased", "sara", "omar")


def test_the_words_of_resolutions_and_of_answered_questions_go(world: World) -> None:
    case_id = world.at(S.AWAITING_PAYMENT)
    attempt = world.start(case_id)
    world.gateway.next_answers.append(EvidenceOutcome.HOST_TIMEOUT)
    world.settle(attempt)
    resolution_id = request_resolution(
        world.ports, attempt.trackid, verdict=Verdict.CAPTURED, reason=WHO, evidence=f"letter of {WHO}", actor="sara"
    )
    approve_resolution(world.ports, resolution_id, actor="omar")
    world.registries.trouble = PermanentError("this person may not be renewed")
    assert world.run(case_id) is S.RENEWAL_REFUSED
    world.registries.trouble = None
    cancel_case(world.ports, reference(world, case_id), actor="sara", reason="refused for good")
    [refund] = world.rows(Refund)
    world.gateway.next_refund_answers.append(EvidenceOutcome.HOST_TIMEOUT)
    approve_refund(world.ports, refund.id, actor="omar")
    world.settle_all()
    verdict_id = request_resolution(
        world.ports, str(refund.id), verdict=Verdict.REFUND_NOT_EXECUTED, reason=WHO, evidence=WHO, actor="sara"
    )
    approve_resolution(world.ports, verdict_id, actor="omar")
    [rejected] = world.rows(ReviewItem, kind=ReviewKind.REFUND_REJECTED)
    close_review(world.ports, rejected.id, actor="omar", resolution=f"{WHO} was paid at the counter")
    settled(world, case_id)
    erase(world, case_id)
    assert WHO not in everything(world)
    [of_payment, of_refund] = world.rows(Resolution)
    assert (of_payment.reason, of_payment.evidence, of_payment.verdict) == ("erased", "erased", Verdict.CAPTURED)
    assert (of_refund.requested_by, of_refund.approved_by) == ("sara", "omar")
    [item] = world.rows(ReviewItem, kind=ReviewKind.REFUND_REJECTED)
    assert (item.note, item.resolution, item.resolved_by) == ("erased", "erased", "omar")


@pytest.mark.parametrize("table", ["erasure", "legal_hold"])
def test_words_go_only_while_an_erasure_is_open_and_nothing_else_of_the_row_does(world: World, table: str) -> None:
    case_id = settled(world, world.at(S.COMPLETED))
    name = reference(world, case_id)
    place_hold(world.ports, name, actor="sara", reason="court")
    lift_hold(world.ports, name, actor="omar")
    request_erasure(world.ports, name, actor="sara", reason="asked")
    gone = f"update {table} set reason = 'erased'"  # noqa: S608 - words of this test
    with pytest.raises(DBAPIError, match="never changes"):
        world.sql(gone)
    world.sql("update erasure set begun_at = now(), approved_by = 'omar'")
    for change in (f"update {table} set reason = 'another'", f"{gone}, created_at = now()"):  # noqa: S608
        with pytest.raises(DBAPIError, match="never changes"):
            world.sql(change)
    world.sql(gone)


def test_words_of_cases_that_were_erased_before_go_with_the_migration(at_head: World) -> None:
    world = at_head
    case_id = settled(world, world.at(S.COMPLETED))
    place_hold(world.ports, reference(world, case_id), actor="sara", reason="court")
    lift_hold(world.ports, reference(world, case_id), actor="omar")
    erase(world, case_id)
    kept = settled(world, world.at(S.COMPLETED))
    request_erasure(world.ports, reference(world, kept), actor="sara", reason="asked")
    unmigrate(world.ports.engine, to="0005")
    world.sql("alter table erasure disable trigger append_only")
    world.sql("alter table legal_hold disable trigger append_only")
    world.sql("update erasure set reason = :who where finished_at is not null", who=WHO)
    world.sql("update legal_hold set reason = :who", who=WHO)
    world.sql("alter table erasure enable trigger append_only")
    world.sql("alter table legal_hold enable trigger append_only")
    migrate(world.ports.engine)
    assert [each.reason for each in world.rows(LegalHold)] == ["erased"]
    assert [each.reason for each in world.rows(Erasure)] == ["erased", "asked"]
    with pytest.raises(DBAPIError, match="never changes"):
        world.sql("update erasure set reason = 'another'")
