"""What KNET's result words and error codes mean to us. Whatever is not listed is not a failure: it is not known."""

import re

from models.payments.evidence import EvidenceOutcome as Outcome

_RESULTS = {
    "CAPTURED": Outcome.CAPTURED,
    "SUCCESS": Outcome.CAPTURED,  # an inquiry's other word for it
    "NOT CAPTURED": Outcome.DECLINED,
    "FAILURE": Outcome.DECLINED,
    "DENIED BY RISK": Outcome.DECLINED,
    "CANCELED": Outcome.CANCELLED,  # KNET's spelling
    "CANCELLED": Outcome.CANCELLED,
    "HOST TIMEOUT": Outcome.HOST_TIMEOUT,
    "VOIDED": Outcome.VOIDED,
    "VOID": Outcome.VOIDED,
}
# `FAILURE(…)` is a decline, unless the words inside say that the money's fate is open.
_INSIDE_A_FAILURE = {"HOST TIMEOUT", "VOIDED", "VOID", "CANCELED", "CANCELLED"}
_FAILURE = re.compile(r"FAILURE\s?\((?P<inside>[^()]*)\)")
_ERROR = re.compile(r"!ERROR!-(?P<code>IPAY\d{7})(?:-.*)?", re.DOTALL)
_CODE = re.compile(r"IPAY(?P<number>\d{7})(?!\d)", re.ASCII)

_BY_CODE = {
    100040: Outcome.IN_PROGRESS,  # open in another window
    100048: Outcome.CANCELLED,
    100055: Outcome.IN_PROGRESS,  # no longer in a state to be paid: ask
    100114: Outcome.IN_PROGRESS,  # trackid already used: ask, never send again
    100158: Outcome.HOST_TIMEOUT,
    100062: Outcome.UNRECOGNISED,  # "the amount is another": perhaps another amount was taken
    100137: Outcome.DECLINED,  # a refund of more than is left
    100263: Outcome.NOT_FOUND,  # no proof of absence
    100018: Outcome.CONFIG_ERROR,  # the terminal's password has expired
    **dict.fromkeys([*range(100001, 100009), 100013, 100015, 100057], Outcome.CONFIG_ERROR),
    **dict.fromkeys([*range(100027, 100035), 100176, 100215], Outcome.CONFIG_ERROR),
    **dict.fromkeys([100045, *range(100102, 100105), *range(100190, 100202)], Outcome.DECLINED),
}


def outcome_of_result(text: str) -> Outcome:
    """The meaning of the `result` of a notification or an inquiry; an unlisted word is UNRECOGNISED."""
    result = " ".join(text.upper().split())
    if error := _ERROR.fullmatch(result):
        return outcome_of_code(error["code"])
    if failure := _FAILURE.fullmatch(result):
        inside = failure["inside"].strip()
        if inside in _INSIDE_A_FAILURE:
            return _RESULTS[inside]
        open_or_odd = "SUSPECT" in inside or _RESULTS.get(inside) is Outcome.CAPTURED
        return Outcome.UNRECOGNISED if open_or_odd else Outcome.DECLINED
    return _RESULTS.get(result, Outcome.UNRECOGNISED)


def outcome_of_refund(text: str) -> Outcome:
    """The meaning of a refund's `result`: only `CAPTURED` returned the money; what is no clear no is not known."""
    outcome = outcome_of_result(text)
    if outcome is Outcome.CAPTURED:
        return Outcome.REFUNDED
    clear_no = {Outcome.DECLINED, Outcome.NOT_FOUND, Outcome.CONFIG_ERROR, Outcome.CANCELLED}
    return Outcome.DECLINED if outcome in clear_no else outcome


def outcome_of_code(text: str) -> Outcome:
    """The meaning of an `IPAY…` code; an unlisted code is UNRECOGNISED."""
    match = _CODE.match(text.strip().upper())
    return _BY_CODE.get(int(match["number"]), Outcome.UNRECOGNISED) if match else Outcome.UNRECOGNISED
