"""What the registries of the state say of a person: the answers that checks and fees are computed from."""

from datetime import date
from enum import StrEnum

from pydantic import BaseModel, ConfigDict


class _Answer(BaseModel):
    """Unknown fields of a registry are ignored, so that it may grow; a missing field is an error at the edge."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    civil_number: str


class Sex(StrEnum):
    MALE = "M"
    FEMALE = "F"


class CivilRecord(_Answer):
    """Public Authority for Civil Information (الهيئة العامة للمعلومات المدنية)."""

    name_ar: str
    name_latin: str
    born: date
    sex: Sex
    nationality: str  # ICAO three-letter code
    passport_number: str
    address_registered: bool


class ResidencyRecord(_Answer):
    """Ministry of Interior, General Department of Residency Affairs (الإدارة العامة لشؤون الإقامة)."""

    article: int
    permit_expires: date
    passport_number: str
    name_latin: str
    sponsor_civil_number: str | None = None  # the worker's sponsor, or the head of family
    sponsor_kuwaiti: bool = False
    sponsor_file: str | None = None  # employer's or government body's file number
    relation: str | None = None  # to the head of family, article 22: spouse, child, other
    worker_no: int | None = None  # which of the sponsor's domestic workers, article 20
    within_quota: bool | None = None
    inside_kuwait: bool
    days_absent: int  # longest unbroken absence of the last year, days
    leave_requested: bool = False  # the sponsor's leave request for a domestic worker
    biometrics_done: bool
    absence_report_open: bool
    court_judgment: bool
    state_debts_fils: int
    residency_fines_fils: int  # settled separately; a running late fine is computed, not read here
    cancelled: bool = False


class InsuranceRecord(_Answer):
    """Ministry of Health, health insurance of foreigners (الضمان الصحي)."""

    insured_until: date | None
    receipt_number: str | None = None


class WorkRecord(_Answer):
    """Public Authority for Manpower (القوى العاملة): the work permit of articles 18 and 19."""

    permit_number: str
    permit_valid_until: date
    employer_file: str
    employer_file_suspended: bool
    basic_salary_fils: int
    university_degree: bool
    farm: bool = False  # farm, fishing, herding or dairy work


class TrafficRecord(_Answer):
    """General Traffic Department (الإدارة العامة للمرور)."""

    unpaid_fines_fils: int
