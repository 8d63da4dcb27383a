"""Whatever is logged, no person can be read in it."""

import json
import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import StringIO
from uuid import uuid4

import pytest
import structlog
from pydantic import BaseModel

from infra.log import PRIVATE_FIELDS, set_up
from models.account import Account, Role
from models.case import Case, Channel
from models.payments.evidence import EvidenceKind, EvidenceOutcome, GatewayEvidence
from models.person import CasePerson
from models.registry import CivilRecord, ResidencyRecord, Sex
from models.service import Language, Service

AT = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
CIVIL, SPONSOR, MOBILE, PASSPORT = "285010100015", "271010100019", "+96555500001", "P7654321X"
NAMES = ("سالم التجريبي", "SALEM TRIAL")
MRZ = ("P<TSTTRIAL<<SALEM<<<<<<<<<<<<<<<<<<<<<<<<<<<", "P7654321X0TST8501017M3001017<<<<<<<<<<<<<<00")
CARD = "CARDNUMBER4111"
PERSONAL = (CIVIL, SPONSOR, MOBILE, PASSPORT, *NAMES, *MRZ, CARD, "1985-01-01", "HUSHTOKEN")

ACCOUNT = Account(created_at=AT, role=Role.APPLICANT, civil_number=SPONSOR, mobile=MOBILE, language=Language.ARABIC)
CASE = Case(
    created_at=AT,
    reference="RN-2222-2222",
    service=Service.FAMILY,
    channel=Channel.PORTAL,
    language=Language.ARABIC,
    account_id=ACCOUNT.id,
    fee_facts={"persons": [{"person": "p1", "born": "1985-01-01"}]},
)
PERSON = CasePerson(
    created_at=AT,
    case_id=CASE.id,
    position=1,
    civil_number=CIVIL,
    passport_mrz_1=MRZ[0],
    passport_mrz_2=MRZ[1],
    article=22,
    years=1,
    name_ar=NAMES[0],
    name_latin=NAMES[1],
)
CIVIL_RECORD = CivilRecord(
    civil_number=CIVIL,
    name_ar=NAMES[0],
    name_latin=NAMES[1],
    born=date(1985, 1, 1),
    sex=Sex.MALE,
    nationality="TST",
    passport_number=PASSPORT,
    address_registered=True,
)
RESIDENCY_RECORD = ResidencyRecord(
    civil_number=CIVIL,
    article=22,
    permit_expires=date(2026, 12, 31),
    passport_number=PASSPORT,
    name_latin=NAMES[1],
    sponsor_civil_number=SPONSOR,
    inside_kuwait=True,
    days_absent=0,
    biometrics_done=True,
    absence_report_open=False,
    court_judgment=False,
    state_debts_fils=0,
    residency_fines_fils=0,
)
EVIDENCE = GatewayEvidence(
    created_at=AT,
    received_at=AT,
    gateway="knet",
    kind=EvidenceKind.CALLBACK,
    outcome=EvidenceOutcome.CAPTURED,
    fields={"udf1": NAMES[1], "card": CARD},
    raw=CARD.encode(),
    digest="0" * 64,
)
RECORDS = (ACCOUNT, CASE, PERSON, CIVIL_RECORD, RESIDENCY_RECORD, EVIDENCE)


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    yield
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


forms = pytest.mark.parametrize("form", ["json", "console"])


def no_person_in(text: str) -> None:
    assert text
    for value in PERSONAL:
        assert value not in text


@forms
@pytest.mark.parametrize("record", RECORDS, ids=lambda record: type(record).__name__)
def test_a_whole_record_is_logged_without_its_person(
    record: BaseModel, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    set_up(json=form == "json")
    structlog.get_logger().info("something_happened", **record.model_dump())
    no_person_in(capsys.readouterr().err)


@forms
def test_persons_deep_inside_a_field_are_dropped_too(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    set_up(json=form == "json")
    everything = [record.model_dump() for record in RECORDS]
    structlog.get_logger().warning("something_happened", found={"records": everything, "first": (everything[0],)})
    no_person_in(capsys.readouterr().err)


@forms
def test_what_is_bound_to_the_context_is_dropped_too(form: str, capsys: pytest.CaptureFixture[str]) -> None:
    set_up(json=form == "json")
    structlog.contextvars.bind_contextvars(civil_number=CIVIL, token="HUSHTOKEN")
    structlog.get_logger().info("something_happened")
    no_person_in(capsys.readouterr().err)


def test_what_operators_need_stays(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(json=True)
    case_id = uuid4()
    structlog.get_logger().info("step_done", case_id=str(case_id), status="paid", mobile=MOBILE, counts=[1, 2])
    line = json.loads(capsys.readouterr().err)
    assert (line["event"], line["level"], line["case_id"]) == ("step_done", "info", str(case_id))
    assert (line["status"], line["counts"], line["mobile"]) == ("paid", [1, 2], "(dropped)")
    assert datetime.fromisoformat(line["timestamp"]).tzinfo is not None


def test_of_a_commands_log_only_errors_are_written(capsys: pytest.CaptureFixture[str]) -> None:
    set_up(json=True, least=logging.ERROR)
    log = structlog.get_logger()
    log.info("claim_answered")
    log.warning("settle_waits")
    log.error("staff_alert")
    assert json.loads(capsys.readouterr().err)["event"] == "staff_alert"


def test_every_column_that_names_a_person_is_on_the_list() -> None:
    assert {"civil_number", "mobile", "passport_mrz_1", "passport_mrz_2", "name_ar", "name_latin"} <= PRIVATE_FIELDS
    assert {"passport_number", "sponsor_civil_number", "born", "raw", "fields", "fee_facts"} <= PRIVATE_FIELDS


def test_a_logger_writes_to_standard_error_as_it_is_at_that_moment(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = StringIO()
    with monkeypatch.context() as patched:
        patched.setattr("sys.stderr", gone)
        set_up(json=True)
        log = structlog.get_logger().bind()
    gone.close()
    log.info("something_happened")
    assert "something_happened" in capsys.readouterr().err
