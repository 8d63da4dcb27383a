"""Obstacles to give a synthetic person: one change in one registry, or in the passport, for each."""

from dataclasses import replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Literal

from infra.sandbox.people import Specimen
from models.registry import Sex

Where = Literal["civil", "residency", "insurance", "work", "traffic", "passport"]


class Trouble(StrEnum):
    PERMIT_NOT_DUE = "permit_not_due"
    PERMIT_EXPIRED = "permit_expired"
    RESIDENCY_CANCELLED = "residency_cancelled"
    COURT_JUDGMENT = "court_judgment"
    STATE_DEBTS = "state_debts"
    RESIDENCY_FINES = "residency_fines"
    OUTSIDE_KUWAIT = "outside_kuwait"
    LONG_ABSENCE = "long_absence"
    HELPER_ABSENCE = "helper_absence"
    ABSENCE_REPORT = "absence_report"
    NO_BIOMETRICS = "no_biometrics"
    NO_INSURANCE = "no_insurance"
    SHORT_INSURANCE = "short_insurance"
    WORK_PERMIT_EXPIRED = "work_permit_expired"
    EMPLOYER_SUSPENDED = "employer_suspended"
    LOW_SALARY = "low_salary"
    TRAFFIC_FINES = "traffic_fines"
    NO_ADDRESS = "no_address"
    NO_WORK_PERMIT = "no_work_permit"
    NO_RESIDENCY = "no_residency"
    LATIN_NAME_DIFFERS = "latin_name_differs"
    LATIN_NAME_DIFFERS_AT_RESIDENCY = "latin_name_differs_at_residency"
    BIRTH_DATE_DIFFERS = "birth_date_differs"
    SEX_DIFFERS = "sex_differs"
    NATIONALITY_DIFFERS = "nationality_differs"
    PASSPORT_NOT_REGISTERED = "passport_not_registered"
    PASSPORT_NOT_AT_CIVIL = "passport_not_at_civil"
    PASSPORT_EXPIRED = "passport_expired"


_IN_FORCE = timedelta(days=40)
# A timedelta counts from the day of the renewal; None takes the whole record away.
_CHANGES: dict[Trouble, tuple[Where, dict[str, Any] | None]] = {
    Trouble.PERMIT_NOT_DUE: ("residency", {"permit_expires": timedelta(days=200)}),
    Trouble.PERMIT_EXPIRED: ("residency", {"permit_expires": timedelta(days=-10)}),
    Trouble.RESIDENCY_CANCELLED: ("residency", {"cancelled": True}),
    Trouble.COURT_JUDGMENT: ("residency", {"court_judgment": True}),
    Trouble.STATE_DEBTS: ("residency", {"state_debts_fils": 75_250}),
    Trouble.RESIDENCY_FINES: ("residency", {"residency_fines_fils": 20_000}),
    Trouble.OUTSIDE_KUWAIT: ("residency", {"inside_kuwait": False}),
    Trouble.LONG_ABSENCE: ("residency", {"days_absent": 200}),
    Trouble.HELPER_ABSENCE: ("residency", {"days_absent": 130}),
    Trouble.ABSENCE_REPORT: ("residency", {"absence_report_open": True}),
    Trouble.NO_BIOMETRICS: ("residency", {"biometrics_done": False}),
    Trouble.NO_INSURANCE: ("insurance", {"insured_until": None, "receipt_number": None}),
    Trouble.SHORT_INSURANCE: ("insurance", {"insured_until": _IN_FORCE + timedelta(days=30)}),
    Trouble.WORK_PERMIT_EXPIRED: ("work", {"permit_valid_until": timedelta(days=-1)}),
    Trouble.EMPLOYER_SUSPENDED: ("work", {"employer_file_suspended": True}),
    Trouble.LOW_SALARY: ("work", {"basic_salary_fils": 450_000}),
    Trouble.TRAFFIC_FINES: ("traffic", {"unpaid_fines_fils": 35_000}),
    Trouble.NO_ADDRESS: ("civil", {"address_registered": False}),
    Trouble.LATIN_NAME_DIFFERS: ("civil", {"name_latin": "SPECIMEN MISSPELT"}),
    Trouble.NO_WORK_PERMIT: ("work", None),
    Trouble.NO_RESIDENCY: ("residency", None),
    Trouble.LATIN_NAME_DIFFERS_AT_RESIDENCY: ("residency", {"name_latin": "SPECIMEN MISSPELT"}),
    Trouble.BIRTH_DATE_DIFFERS: ("passport", {"born": date(1970, 2, 28)}),
    Trouble.SEX_DIFFERS: ("passport", {"sex": Sex.FEMALE}),
    Trouble.NATIONALITY_DIFFERS: ("civil", {"nationality": "XXX"}),
    Trouble.PASSPORT_NOT_AT_CIVIL: ("civil", {"passport_number": "SP9999999"}),
    Trouble.PASSPORT_NOT_REGISTERED: ("residency", {"passport_number": "SP9999999"}),
    Trouble.PASSPORT_EXPIRED: ("passport", {"expires": timedelta(days=-1)}),
}


def troubled(specimen: Specimen, *troubles: Trouble, on: date) -> Specimen:
    """The same person with these obstacles; one in a registry that does not know the person is a KeyError."""
    for trouble in troubles:
        where, changes = _CHANGES[trouble]
        specimen = _changed(specimen, where, changes=None if changes is None else _dated(changes, on=on))
    return specimen


def _dated(changes: dict[str, Any], *, on: date) -> dict[str, Any]:
    return {name: on + value if isinstance(value, timedelta) else value for name, value in changes.items()}


def _changed(specimen: Specimen, where: Where, *, changes: dict[str, Any] | None) -> Specimen:
    if where == "passport":
        return replace(specimen, passport=replace(specimen.passport, **(changes or {})))
    record = getattr(specimen.resident, where)
    if record is None:
        raise KeyError(where)
    changed = None if changes is None else record.model_copy(update=changes)
    return replace(specimen, resident=specimen.resident.model_copy(update={where: changed}))
