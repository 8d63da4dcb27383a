"""Writes the demo: twelve stories, an application folder for each, and the population that the sandbox knows."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Final

from infra.demo import scenes
from infra.demo.cast import Cast
from infra.demo.folder import Folder
from infra.demo.stories import Story, write_stories
from infra.sandbox.payer import Behaviour
from infra.sandbox.population import Population
from models.case import CaseStatus

POPULATION: Final = "population.json"
_DONE: Final = {CaseStatus.COMPLETED: 1}
_APPROVES: Final = (Behaviour.APPROVE,)

_STORIES: Final[tuple[tuple[Callable[[Cast], Folder], Story], ...]] = (
    (
        scenes.worker,
        Story(
            folder="individual_18",
            title_en="A private-sector worker (Article 18) renews for one year",
            title_ar="عامل في القطاع الأهلي (مادة 18) يجدد إقامته سنة واحدة",
            payer=_APPROVES,
            expected=_DONE,
        ),
    ),
    (
        scenes.self_sponsor,
        Story(
            folder="individual_24",
            title_en="A self-sponsored resident (Article 24) renews for two years",
            title_ar="مقيم كفيل نفسه (مادة 24) يجدد إقامته سنتين",
            payer=_APPROVES,
            expected=_DONE,
        ),
    ),
    (
        scenes.worker_with_photo,
        Story(
            folder="individual_photo",
            title_en="A worker renews and hands in a personal photo",
            title_ar="عاملة تجدد إقامتها وترفق صورتها الشخصية",
            payer=_APPROVES,
            expected=_DONE,
        ),
    ),
    (
        scenes.family,
        Story(
            folder="family",
            title_en="A head of family renews for the spouse and two of three children, for as long as insured",
            title_ar="عائل يجدد لزوجته واثنين من أبنائه الثلاثة بقدر مدة الضمان الصحي",
            payer=_APPROVES,
            expected=_DONE,
        ),
    ),
    (
        scenes.second_helper_of_a_citizen,
        Story(
            folder="domestic_kuwaiti",
            title_en="A Kuwaiti sponsor renews for a second domestic worker",
            title_ar="كفيل كويتي يجدد لعامل منزلي ثانٍ",
            payer=_APPROVES,
            expected=_DONE,
        ),
    ),
    (
        scenes.helper_of_a_resident,
        Story(
            folder="domestic_expat",
            title_en="An expatriate sponsor renews for a first domestic worker",
            title_ar="كفيل وافد يجدد لعاملة منزلية أولى",
            payer=_APPROVES,
            expected=_DONE,
        ),
    ),
    (
        scenes.company,
        Story(
            folder="company",
            title_en="A company renews for five employees in one payment; one is refused, with both reasons",
            title_ar="شركة تجدد لخمسة موظفين بدفعة واحدة، ويُرفض أحدهم مع ذكر السببين",
            payer=_APPROVES,
            expected={CaseStatus.COMPLETED: 4, CaseStatus.REJECTED: 1},
        ),
    ),
    (
        scenes.government,
        Story(
            folder="government",
            title_en="A government body renews for two of its staff (Article 17)",
            title_ar="جهة حكومية تجدد لاثنين من العاملين فيها (مادة 17)",
            payer=_APPROVES,
            expected={CaseStatus.COMPLETED: 2},
        ),
    ),
    (
        scenes.late_worker,
        Story(
            folder="late",
            title_en="A worker renews forty days late and pays the fine with the fees",
            title_ar="عامل يجدد بعد أربعين يوماً من انتهاء إقامته ويدفع الغرامة مع الرسوم",
            payer=_APPROVES,
            expected=_DONE,
        ),
    ),
    (
        scenes.blocked_worker,
        Story(
            folder="blocked",
            title_en="An unpaid traffic fine and missing fingerprints: both are named at once, before paying",
            title_ar="مخالفة مرورية غير مدفوعة وبصمة بيومترية ناقصة: يُذكر المانعان معاً قبل الدفع",
            expected={CaseStatus.REJECTED: 1},
        ),
    ),
    (
        scenes.worker,
        Story(
            folder="declined_then_paid",
            title_en="The bank declines the first payment and approves the second; one is charged",
            title_ar="يرفض البنك الدفعة الأولى ويقبل الثانية، ويُخصم المبلغ مرة واحدة",
            payer=(Behaviour.DECLINE, Behaviour.APPROVE),
            expected=_DONE,
        ),
    ),
    (
        scenes.worker,
        Story(
            folder="abandoned",
            title_en="The payer leaves the bank's page without paying",
            title_ar="يغادر الدافع صفحة البنك دون أن يدفع",
            payer=(Behaviour.ABANDON,),
            expected={CaseStatus.AWAITING_PAYMENT: 1},
        ),
    ),
)


def write_applications(folder: Path, *, on: date, first_number: int = 1) -> tuple[Story, ...]:
    """One folder per story, story.json and population.json; the same day and number give the same bytes."""
    cast = Cast(on=on, first_number=first_number)
    for make, story in _STORIES:
        make(cast).write(folder / story.folder)
    stories = tuple(story for _, story in _STORIES)
    write_stories(folder, stories)
    Population.of(person.resident for person in cast.people).write(folder / POPULATION)
    return stories
