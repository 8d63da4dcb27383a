"""Taking in an application: whole or not at all, and each person once."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from infra.errors import TransientError
from infra.intake import submit
from models.account import Account
from models.batch import Batch
from models.case import Case, CaseStatus, Channel
from models.document import Document
from models.errors import InputError
from models.person import CasePerson
from models.service import Service
from tests.applications import Files
from tests.racing import at_once
from tests.world import World

TABLES = (Account, Batch, Case, CasePerson, Document)
Change = Callable[[dict[str, Any]], object]


def nothing_stored(world: World) -> bool:
    return not any(world.rows(table) for table in TABLES)


@contextmanager
def full_disk(world: World, table: str) -> Iterator[None]:
    """The database cannot take another row of this table."""
    world.sql(
        "create function fail() returns trigger language plpgsql as "
        "$$ begin raise exception 'full' using errcode = 'disk_full'; end $$"
    )
    world.sql(f"create trigger fails after insert on {table} for each row execute function fail()")
    try:
        yield
    finally:
        world.sql("drop function fail cascade")


def changed(files: Files, change: Change) -> Files:
    application = json.loads(files["application.json"])
    change(application)
    return files | {"application.json": json.dumps(application).encode()}


def test_application_is_stored_with_its_files_in_quarantine(world: World) -> None:
    draft = world.draft()
    [case_id] = world.submitted(draft)
    documents = world.rows(Document, case_id=case_id)
    assert world.status(case_id) is CaseStatus.SUBMITTED
    assert len(documents) == len(draft.files) - 1
    assert world.store.keys("quarantine") == sorted(each.quarantine_key for each in documents)


def test_batch_is_one_case_a_row(world: World) -> None:
    result = world.submit(world.company(*(world.person() for _ in range(3))))
    cases = sorted(world.rows(Case), key=lambda case: case.batch_row or 0)
    assert [case.reference for case in cases] == result.references
    assert [case.batch_row for case in cases] == [1, 2, 3]
    assert [batch.reference for batch in world.rows(Batch)] == [result.batch_reference]


def test_family_is_one_case_of_many_persons(world: World) -> None:
    head = world.sponsor()
    persons = [world.person(22, sponsor=head, relation="child") for _ in range(2)]
    [case_id] = world.submitted(world.family(head, *persons))
    assert len(world.rows(CasePerson, case_id=case_id)) == 2


@pytest.mark.parametrize("writes", [0, 1, 2])
def test_store_that_fails_midway_leaves_no_rows(world: World, writes: int) -> None:
    draft = world.draft()
    world.store.writes_left = writes
    with pytest.raises(TransientError):
        world.submit(draft)
    assert nothing_stored(world)
    world.store.writes_left = None
    assert world.submit(draft).references


@pytest.mark.parametrize("table", ["renewal_case", "case_person", "document"])
def test_database_that_fails_midway_leaves_no_rows(world: World, table: str) -> None:
    draft = world.draft()
    with full_disk(world, table), pytest.raises(TransientError):
        world.submit(draft)
    assert nothing_stored(world)
    assert world.submit(draft).references


def person(application: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = application["persons"][0]
    return found


WRONG: list[tuple[str, Change]] = [
    ("service", lambda it: it.update(service="lottery")),
    ("applicant.mobile", lambda it: it["applicant"].update(mobile="12345678")),
    ("applicant.civil_number", lambda it: it["applicant"].update(civil_number="285051500016")),
    ("persons.0.civil_number", lambda it: person(it).update(civil_number="285051500016")),
    ("persons.0.passport_mrz", lambda it: person(it).update(passport_mrz=["<" * 44, "<" * 44])),
    ("persons.0.article", lambda it: person(it).update(article=20)),
    ("persons.0.years", lambda it: person(it).update(years=0)),
    ("persons.0.documents.0.kind", lambda it: person(it)["documents"][0].update(kind="lottery_ticket")),
    ("persons.0.documents.0.file", lambda it: person(it)["documents"][0].update(file="elsewhere.pdf")),
    ("persons.1.civil_number", lambda it: it["persons"].append(person(it))),
    ("application", lambda it: it.update(persons=[])),
    ("nickname", lambda it: it.update(nickname="Abu")),
]


@pytest.mark.parametrize(("field", "change"), WRONG, ids=[field for field, _ in WRONG])
def test_wrong_field_is_named_and_nothing_is_stored(world: World, field: str, change: Change) -> None:
    with pytest.raises(InputError) as refused:
        submit(world.ports, changed(world.draft().files, change), channel=Channel.FOLDER)
    assert refused.value.field.startswith(field)
    assert nothing_stored(world)
    assert not world.store.keys("quarantine")


def test_all_wrong_fields_of_the_schema_are_named_at_once(world: World) -> None:
    def change(it: dict[str, Any]) -> None:
        it["applicant"].update(mobile="none")
        person(it).update(years=99, article=1)

    with pytest.raises(InputError) as refused:
        submit(world.ports, changed(world.draft().files, change), channel=Channel.FOLDER)
    assert all(field in str(refused.value) for field in ("applicant.mobile", "persons.0.years", "persons.0.article"))


@pytest.mark.parametrize(
    "files",
    [{}, {"application.json": b"not json"}, {"application.json": b"\xff\xfe"}, {"application.json": b"[]"}],
    ids=["none", "no JSON", "no text", "a list"],
)
def test_unreadable_application_is_refused(world: World, files: Files) -> None:
    with pytest.raises(InputError, match="application"):
        submit(world.ports, files, channel=Channel.FOLDER)


@pytest.mark.parametrize("size", [0, 8 * 1024 * 1024 + 1], ids=["empty", "too large"])
def test_file_of_a_wrong_size_is_refused(world: World, size: int) -> None:
    files = world.draft().files
    name = next(name for name in files if name != "application.json")
    with pytest.raises(InputError, match=f"has {size} bytes"):
        submit(world.ports, files | {name: bytes(size)}, channel=Channel.FOLDER)


def test_person_with_an_open_case_is_refused_and_told_which(world: World) -> None:
    draft = world.draft()
    [reference] = world.submit(draft).references
    with pytest.raises(InputError, match=reference) as refused:
        world.submit(draft)
    assert refused.value.field == "persons.0.civil_number"
    assert len(world.rows(Case)) == 1


def test_person_whose_case_is_over_may_apply_again(world: World) -> None:
    draft = world.draft()
    world.at(CaseStatus.COMPLETED, draft)
    assert world.submit(draft).references


def test_two_submissions_of_a_person_at_once_leave_one_case(world: World) -> None:
    """Two connections; the applications differ in everything but the person."""
    worker = world.person()
    drafts = [world.draft(Service.INDIVIDUAL, worker), world.company(worker)]
    results = at_once(*(lambda draft=draft: world.submit(draft) for draft in drafts))
    assert sorted(isinstance(result, InputError) for result in results) == [False, True]
    assert len(world.rows(Case)) == 1
    assert len(world.rows(CasePerson)) == 1


def test_one_account_serves_all_applications_of_a_person(world: World) -> None:
    head = world.sponsor()
    drafts = [world.family(head, world.person(22, sponsor=head, relation="child")) for _ in range(2)]
    results = at_once(*(lambda draft=draft: world.submit(draft) for draft in drafts))
    assert not [result for result in results if isinstance(result, Exception)]
    assert len(world.rows(Account)) == 1
