"""No file outlives what it belongs to: not one that a step never recorded, nor one that was refused."""

from collections.abc import Callable

import pytest

from infra.cancelling import cancel_case
from infra.errors import DatabaseError, TransientError
from infra.intake.storing import in_quarantine
from infra.intake.supplying import Supplied, supply_documents
from infra.payments.reviews import close_review
from infra.storage import StoredObject
from models.case import CaseStatus
from models.document import Document
from models.errors import InputError, RuleError
from models.payments.attempt import AttemptState
from models.payments.evidence import EvidenceOutcome
from models.payments.review import ReviewItem
from models.receipt import Receipt
from tests.erasures import erased, files, reference, settled
from tests.uploads import picture
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


def test_an_application_that_is_refused_leaves_no_file(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = world.draft()
    world.submitted(draft)
    before = files(world)

    def never(key: str, data: bytes, *, media_type: str) -> StoredObject:
        raise AssertionError(key, len(data), media_type)

    with monkeypatch.context() as patch:
        patch.setattr(world.store, "put", never)
        with pytest.raises(InputError, match="under way"):
            world.submit(draft)
    assert files(world) == before


def once_before_a_put(world: World, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Something happens when the first file is about to be stored."""
    really = world.store.put
    waiting = [act]

    def put(key: str, data: bytes, *, media_type: str) -> StoredObject:
        if waiting:
            waiting.pop()()
        return really(key, data, media_type=media_type)

    monkeypatch.setattr(world.store, "put", put)


def test_of_two_applications_at_once_the_slower_leaves_no_file(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = world.draft()
    once_before_a_put(world, monkeypatch, lambda: world.submit(draft))
    with pytest.raises(InputError, match="under way"):
        world.submit(draft)
    assert world.store.keys("quarantine") == sorted(each.quarantine_key for each in world.rows(Document))


def test_documents_that_come_too_late_leave_no_file(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case_id = world.at(S.DOCUMENTS_NEEDED, world.draft(spoilt=frozenset({"passport"})))
    name, before = reference(world, case_id), files(world)
    once_before_a_put(
        world, monkeypatch, lambda: cancel_case(world.ports, name, actor="sara", reason="asked on the phone")
    )
    with pytest.raises(RuleError, match="does not wait for documents"):
        supply_documents(world.ports, name, [Supplied("p1", "passport", picture())], actor="applicant")
    assert files(world) == before


def test_a_store_that_breaks_in_the_middle_keeps_no_part_of_an_application(world: World) -> None:
    world.store.writes_left = 1
    with pytest.raises(TransientError):
        world.submit()
    assert files(world) == []


def test_the_refusal_is_heard_though_the_store_cannot_erase(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    draft = world.draft()
    once_before_a_put(world, monkeypatch, lambda: world.submit(draft))

    def away(_key: str) -> None:
        raise TransientError("the store does not answer")

    monkeypatch.setattr(world.store, "erase", away)
    with pytest.raises(InputError, match="under way"):
        world.submit(draft)


def test_files_stay_when_nobody_knows_whether_the_rows_were_committed(world: World) -> None:
    with pytest.raises(DatabaseError), in_quarantine(world.store, {"quarantine/one.bin": b"a passport"}):
        raise DatabaseError("the connection was lost")
    assert files(world) == ["one.bin"]
