"""What KNET's words and codes mean; what is not known is not a failure."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.gateway.knet_results import outcome_of_code, outcome_of_result
from models.payments.evidence import EvidenceOutcome as Outcome

MEANINGS = {
    "CAPTURED": Outcome.CAPTURED,
    "SUCCESS": Outcome.CAPTURED,
    "success": Outcome.CAPTURED,
    "NOT CAPTURED": Outcome.DECLINED,
    "NOT  CAPTURED ": Outcome.DECLINED,
    "FAILURE": Outcome.DECLINED,
    "FAILURE(NOT CAPTURED)": Outcome.DECLINED,
    "FAILURE(INSUFFICIENT FUNDS)": Outcome.DECLINED,
    "DENIED BY RISK": Outcome.DECLINED,
    "CANCELED": Outcome.CANCELLED,
    "HOST TIMEOUT": Outcome.HOST_TIMEOUT,
    "FAILURE(HOST TIMEOUT)": Outcome.HOST_TIMEOUT,
    "SUSPECTED": Outcome.UNRECOGNISED,
    "FAILURE(SUSPECT)": Outcome.UNRECOGNISED,
    "FAILURE(SUSPECTED TRANSACTION)": Outcome.UNRECOGNISED,
    "FAILURE(CAPTURED)": Outcome.UNRECOGNISED,
    "VOIDED": Outcome.VOIDED,
    "FAILURE(VOIDED)": Outcome.VOIDED,
    "DECLINED": Outcome.UNRECOGNISED,
    "TIMEDOUT": Outcome.UNRECOGNISED,
    "": Outcome.UNRECOGNISED,
    "!ERROR!-IPAY0100263-Transaction not found": Outcome.NOT_FOUND,
    "!ERROR!-IPAY0100158-host": Outcome.HOST_TIMEOUT,
    "!ERROR!-IPAY0100015-password": Outcome.CONFIG_ERROR,
    "!ERROR!-IPAY0100062-amount": Outcome.UNRECOGNISED,
    "!ERROR!-IPAY0199999-new": Outcome.UNRECOGNISED,
    "!ERROR!-nonsense": Outcome.UNRECOGNISED,
}


@pytest.mark.parametrize(("result", "outcome"), MEANINGS.items())
def test_results_mean(result: str, outcome: Outcome) -> None:
    assert outcome_of_result(result) is outcome


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("IPAY0100114", Outcome.IN_PROGRESS),
        ("IPAY0100040", Outcome.IN_PROGRESS),
        ("IPAY0100048-cancelled", Outcome.CANCELLED),
        ("IPAY0100045", Outcome.DECLINED),
        ("IPAY0100195", Outcome.DECLINED),
        ("IPAY0100176", Outcome.CONFIG_ERROR),
        ("IPAY0100042", Outcome.UNRECOGNISED),
        ("IPAY01000480", Outcome.UNRECOGNISED),
        ("", Outcome.UNRECOGNISED),
    ],
)
def test_codes_mean(code: str, outcome: Outcome) -> None:
    assert outcome_of_code(code) is outcome


@given(st.text(max_size=40))
def test_only_listed_words_capture_or_decline(result: str) -> None:
    listed = set(MEANINGS) | {"VOID", "CANCELLED"}
    word = " ".join(result.upper().split())
    if word not in listed and not word.startswith(("FAILURE", "!ERROR!-IPAY")):
        assert outcome_of_result(result) is Outcome.UNRECOGNISED
