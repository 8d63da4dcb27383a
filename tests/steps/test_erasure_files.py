"""No file outlives what it belongs to: not one that a step stored and never recorded."""

import pytest

from infra.cancelling import cancel_case
from infra.payments.reviews import close_review
from infra.storage import StoredObject
from models.case import CaseStatus
from models.payments.attempt import AttemptState
from models.payments.evidence import EvidenceOutcome
from models.payments.review import ReviewItem
from models.receipt import Receipt
from tests.erasures import erased, files, reference, settled
from tests.world import World

S = CaseStatus


def test_a_receipt_that_was_stored_and_never_recorded_goes_with_its_case(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = world.at(S.EXTENDED)
    [attempt] = world.attempts(case_id)
    really = world.store.put

    def reversed_meanwhile(key: str, data: bytes, *, media_type: str) -> StoredObject:
        stored = really(key, data, media_type=media_type)
        if key.startswith("receipts/"):
            world.clock.advance(seconds=5)
            world.gateway.next_answers.append(EvidenceOutcome.VOIDED)
            assert world.settle(attempt) is AttemptState.VOIDED
        return stored

    with monkeypatch.context() as patch:
        patch.setattr(world.store, "put", reversed_meanwhile)
        world.step(case_id)
    [receipt] = world.rows(Receipt)
    assert (receipt.object_key, len(world.store.keys("receipts"))) == (None, 1)
    cancel_case(world.ports, reference(world, case_id), actor="sara", reason="gone")
    for item in world.rows(ReviewItem, resolved_at=None):
        close_review(world.ports, item.id, actor="omar", resolution="told")
    erased(world, settled(world, case_id))
    assert files(world) == []
