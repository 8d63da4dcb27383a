"""A case's page at every status: plain words, whom it waits for, since when, what staff can do; nobody's data."""

import re

import pytest

from infra.clock import KUWAIT
from infra.holding import hold_case, unhold_case
from infra.sandbox.troubles import Trouble
from models.case import CASE, CaseStatus
from models.money import Money
from models.person import CasePerson
from models.quote import FeeLine
from models.states import Party
from tasks.case_page import case_page
from tasks.case_words import PARTY_WORDS, WORDS
from tests.leaks import amounts_in
from tests.world import World

_S = CaseStatus
IN_ORDER = (
    _S.SUBMITTED, _S.RELEASED, _S.IDENTIFIED, _S.DOCUMENTED, _S.QUOTED, _S.AWAITING_PAYMENT, _S.PAID, _S.EXTENDED,
    _S.COMPLETED,
)  # fmt: skip


def test_every_status_and_every_party_has_its_words() -> None:
    assert set(WORDS) == set(CaseStatus)
    assert set(PARTY_WORDS) == set(Party)


@pytest.mark.parametrize("status", list(CaseStatus))
def test_where_staff_must_act_the_words_name_a_button_or_a_command(status: CaseStatus) -> None:
    if CASE.waits_on[status] is Party.STAFF:
        assert re.search(r"`|\*Retry\*", WORDS[status].do)


@pytest.mark.parametrize("status", IN_ORDER)
def test_the_page_says_where_it_stands_since_when_and_what_to_do(world: World, status: CaseStatus) -> None:
    case_id = world.at(status)
    page = case_page(case_id)
    assert page.key == world.case(case_id).reference.lower()
    assert f"| **Status** | **{status}** |" in page.markdown
    assert f"| **Waits for** | **{PARTY_WORDS[CASE.waits_on[status]]}** |" in page.markdown
    assert f"| **Since** | {world.clock.at.astimezone(KUWAIT):%d/%m/%Y %H:%M:%S} |" in page.markdown
    assert f"# {world.case(case_id).reference}\n\n**{WORDS[status].stands}**" in page.markdown
    assert ("/receipts/" in page.markdown) == (status is _S.COMPLETED)


def test_no_page_holds_a_name_a_number_or_an_amount(world: World) -> None:
    case_id = world.at(_S.COMPLETED)
    page = case_page(case_id)
    [person] = world.rows(CasePerson, case_id=case_id)
    assert person.civil_number not in page.markdown
    assert list(amounts_in(page.markdown, [Money(each.amount_fils) for each in world.rows(FeeLine)])) == []


def test_a_held_case_says_so_and_how_it_goes_on_but_not_who_holds_it_or_why(world: World) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    world.clock.advance(hours=1)
    hold_case(world.ports, case_id=case_id, actor="Zubaida", reason="her zither")
    held = case_page(case_id).markdown
    assert "**held, at awaiting_payment**" in held
    assert f"unhold {world.case(case_id).reference} --as NAME --reason" in held
    assert "| **Since** | 23/11/2026 12:00:00 |" in held
    assert not {"Zubaida", "zither"} & set(held.split())
    world.clock.advance(hours=1)
    unhold_case(world.ports, case_id=case_id, actor="tester", reason="it is clear now")
    assert "| **Since** | 23/11/2026 11:00:00 |" in case_page(case_id).markdown


def test_what_stands_in_the_way_is_named_by_its_rule_and_office(world: World) -> None:
    [case_id] = world.submitted(
        world.draft(world.case(world.at(_S.SUBMITTED)).service, world.person(18, Trouble.TRAFFIC_FINES))
    )
    world.release(case_id)
    world.run(case_id)
    written = case_page(case_id).markdown
    assert "## What stands in its way" in written
    assert "| traffic_fines_unpaid |" in written


def test_a_payer_sees_until_when_and_staff_too(world: World) -> None:
    case_id = world.at(_S.AWAITING_PAYMENT)
    until = world.order(case_id).expires_at.astimezone(KUWAIT)
    assert f"| **Can be paid until** | {until:%d/%m/%Y %H:%M:%S}; then" in case_page(case_id).markdown


def test_what_is_paid_and_not_renewed_says_by_when(world: World) -> None:
    assert "| **To be renewed by** | 24/11/2026" in case_page(world.at(_S.PAID)).markdown
