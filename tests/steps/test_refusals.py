"""Why a case does not go on: every reason is named at once, in both languages, to whom it concerns."""

from datetime import timedelta

import pytest

from infra.sandbox.troubles import Trouble
from models.case import CaseStatus
from models.document import Document, DocumentState
from models.obstacle import Obstacle, ObstacleKind
from models.person import CasePerson
from models.quote import FeeLine, FeeQuote
from models.service import Service
from tests.uploads import text_pdf
from tests.world import World

_S = CaseStatus


def test_two_blockers_are_named_together_before_anything_is_paid(world: World) -> None:
    worker = world.person(18, Trouble.TRAFFIC_FINES, Trouble.NO_BIOMETRICS)
    case_id = world.at(_S.REJECTED, world.draft(Service.INDIVIDUAL, worker))
    obstacles = world.rows(Obstacle, case_id=case_id)
    [person] = world.rows(CasePerson, case_id=case_id)
    assert len({each.rule for each in obstacles}) == 2
    assert {(each.kind, each.person_id) for each in obstacles} == {(ObstacleKind.BLOCKER, person.id)}
    assert all(each.reason_en and each.reason_ar and each.remedy_en and each.office_ar for each in obstacles)
    assert not world.rows(FeeQuote)


def test_identity_keeps_what_the_registries_say_of_the_person(world: World) -> None:
    worker = world.person()
    case_id = world.at(_S.IDENTIFIED, world.draft(Service.INDIVIDUAL, worker))
    [person] = world.rows(CasePerson, case_id=case_id)
    assert (person.name_ar, person.name_latin) == (worker.resident.civil.name_ar, worker.resident.civil.name_latin)
    assert world.case(case_id).fee_facts is not None


def test_missing_documents_are_named_for_each_person_and_shared_ones_once(world: World) -> None:
    head = world.sponsor()
    persons = [world.person(22, sponsor=head, relation="child") for _ in range(2)]
    left_out = frozenset({(1, "passport"), (1, "sponsor_civil_id"), (2, "passport")})
    case_id = world.at(_S.DOCUMENTS_NEEDED, world.family(head, *persons, without=left_out))
    label = {person.id: person.label for person in world.rows(CasePerson, case_id=case_id)}
    missing = {(label[each.person_id], each.rule.split(".")[1]) for each in world.rows(Obstacle) if each.person_id}
    assert missing == {("p1", "passport"), ("p1", "sponsor_civil_id"), ("p2", "passport")}
    assert all(each.reason_en.startswith("Hand in") for each in world.rows(Obstacle))


def test_refused_file_is_named_with_its_reason_and_never_stored(world: World) -> None:
    case_id = world.at(_S.DOCUMENTS_NEEDED, world.draft(spoilt=frozenset({"work_permit"})))
    [refused] = world.rows(Document, case_id=case_id, state=DocumentState.REFUSED)
    [obstacle] = world.rows(Obstacle, case_id=case_id)
    assert (refused.kind, refused.refusal_code, refused.object_key) == ("work_permit", "damaged", None)
    assert obstacle.rule == "document_refused.work_permit"
    assert len(world.store.keys("documents")) == len(world.rows(Document)) - 1


def test_a_pdf_is_no_personal_photo(world: World) -> None:
    draft = world.draft(Service.INDIVIDUAL_PHOTO)
    case_id = world.at(_S.IDENTIFIED, draft)
    [photo] = world.rows(Document, case_id=case_id, kind="photo")
    pdf = text_pdf()
    stored = world.store.put("quarantine/another.bin", pdf, media_type="application/octet-stream")
    world.sql(
        "update document set quarantine_key = :key, quarantine_sha256 = :sha where id = :id",
        key=stored.key,
        sha=stored.sha256,
        id=photo.id,
    )
    assert world.step(case_id) is _S.DOCUMENTS_NEEDED
    [obstacle] = world.rows(Obstacle, case_id=case_id)
    assert obstacle.rule == "document_refused.photo"
    assert "JPEG or PNG" in obstacle.reason_en


def test_accepted_document_is_another_file_than_the_one_that_came(world: World) -> None:
    case_id = world.at(_S.DOCUMENTED)
    for document in world.rows(Document, case_id=case_id):
        assert document.state is DocumentState.ACCEPTED
        assert world.history(document) == ["accept"]
        assert document.object_key is not None
        assert document.sha256 is not None
        assert document.sha256 != document.quarantine_sha256
        assert len(world.store.get(document.object_key, sha256=document.sha256)) == document.size


def test_too_long_a_duration_is_refused_for_each_person(world: World) -> None:
    case_id = world.at(_S.REJECTED, world.draft(years=6))
    obstacles = {each.rule: each for each in world.rows(Obstacle, case_id=case_id)}
    refused = obstacles["duration.max_years.ordinary"]
    assert {each.kind for each in obstacles.values()} == {ObstacleKind.FEE_RULE}
    assert "5" in refused.reason_en
    assert "5" in refused.reason_ar
    assert not world.rows(FeeQuote)


def test_class_that_owes_nothing_is_sent_to_the_department_with_the_reason(world: World) -> None:
    case_id = world.at(_S.REJECTED, world.draft(Service.INDIVIDUAL, world.person(27)))
    [refused] = world.rows(Obstacle, case_id=case_id)
    assert (refused.rule, refused.person_id) == ("fee.nothing_to_pay", None)


def test_quote_is_itemised_and_adds_up(world: World) -> None:
    case_id = world.at(_S.QUOTED)
    [quote] = world.rows(FeeQuote, case_id=case_id)
    lines = world.rows(FeeLine, quote_id=quote.id)
    [person] = world.rows(CasePerson, case_id=case_id)
    assert sum(line.amount_fils for line in lines) == quote.total_fils
    assert all(line.rule and line.source and line.explain_ar for line in lines)
    assert len(quote.digest) == 64
    assert person.period_start is not None
    assert person.period_end is not None
    assert timedelta(days=364) <= person.period_end - person.period_start <= timedelta(days=366)


@pytest.mark.parametrize("hour", [20, 22], ids=["before midnight", "after midnight"])
def test_price_is_that_of_the_day_in_kuwait(world: World, hour: int) -> None:
    case_id = world.at(_S.DOCUMENTED)
    world.clock.at = world.clock.at.replace(hour=hour)
    world.step(case_id)
    [quote] = world.rows(FeeQuote, case_id=case_id)
    assert quote.priced_on == world.today
    assert (quote.priced_on != world.clock.at.date()) is (hour == 22)
