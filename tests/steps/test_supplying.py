"""Documents that a case waits for, handed in later."""

import pytest

from infra.intake.supplying import Supplied, read_supplied, supply_documents
from models.case import CaseStatus
from models.document import Document, DocumentState
from models.errors import InputError, RuleError
from models.outbox import OutboxKind, OutboxMessage
from tests.uploads import picture
from tests.world import World

_S = CaseStatus
GOOD = picture()


def test_a_refused_document_is_replaced_and_the_case_goes_on(world: World) -> None:
    case_id = world.at(_S.DOCUMENTS_NEEDED, world.draft(spoilt=frozenset({"passport"})))
    reference = world.case(case_id).reference
    supply_documents(world.ports, reference, [Supplied("p1", "passport", GOOD)], actor="applicant")
    assert world.status(case_id) is _S.RELEASED
    assert [each.kind for each in world.rows(OutboxMessage, case_id=case_id)][-1] is OutboxKind.WAKE_RUN
    states = {each.state for each in world.rows(Document, case_id=case_id, kind="passport")}
    assert states == {DocumentState.REPLACED, DocumentState.RECEIVED}
    assert world.run(case_id, until=_S.DOCUMENTED) is _S.DOCUMENTED


def test_what_is_still_missing_is_asked_for_again(world: World) -> None:
    draft = world.draft(without=frozenset({(1, "passport"), (1, "work_permit")}))
    case_id = world.at(_S.DOCUMENTS_NEEDED, draft)
    supply_documents(world.ports, world.case(case_id).reference, [Supplied("p1", "passport", GOOD)], actor="applicant")
    assert world.step(case_id) is _S.IDENTIFIED  # the registries are asked again: it may have been long
    assert world.step(case_id) is _S.DOCUMENTS_NEEDED


@pytest.mark.parametrize(
    ("supplied", "field"),
    [
        (Supplied("p1", "diary", GOOD), "kind"),
        (Supplied("p9", "passport", GOOD), "person"),
        (Supplied("p1", "passport", b""), "passport"),
    ],
)
def test_a_wrong_word_is_named_and_nothing_is_taken(world: World, supplied: Supplied, field: str) -> None:
    case_id = world.at(_S.DOCUMENTS_NEEDED, world.draft(without=frozenset({(1, "passport")})))
    before = len(world.rows(Document))
    with pytest.raises(InputError) as refused:
        supply_documents(world.ports, world.case(case_id).reference, [supplied], actor="applicant")
    assert refused.value.field == field
    assert (world.status(case_id), len(world.rows(Document))) == (_S.DOCUMENTS_NEEDED, before)


def test_a_case_that_waits_for_no_document_takes_none(world: World) -> None:
    reference = world.case(world.at(_S.DOCUMENTED)).reference
    with pytest.raises(RuleError, match="does not wait for documents"):
        supply_documents(world.ports, reference, [Supplied("p1", "passport", GOOD)], actor="applicant")


def test_the_command_line_form_is_read_or_explained() -> None:
    with pytest.raises(InputError, match="passport=FILE"):
        read_supplied(["passport"])
    with pytest.raises(InputError, match="ordinary file"):
        read_supplied(["p2:passport=no-such-file.jpg"])
