"""What may go wrong with one charge at Tap, as scripts of its sandbox that Hypothesis chooses from."""

from typing import Any

from hypothesis import strategies as st

from tests.money.scripts import AFTER

_FAULTS = ("drop", "500", "html", "truncate")


def _late(*results: str) -> list[dict[str, Any]]:
    return [
        {"ends_as": first, "becomes": {"status": result, "after_seconds": after}}
        for first in ("TIMEDOUT", "UNKNOWN")
        for result in results
        for after in AFTER
    ]


_ENDINGS: dict[str, list[dict[str, Any]]] = {
    "as the payer chooses": [{}],
    "declined, and then captured": [
        {"ends_as": "DECLINED", "becomes": {"status": "CAPTURED", "after_seconds": after}} for after in AFTER
    ],
    "no money": [{"ends_as": each} for each in ("FAILED", "RESTRICTED", "VOID")],
    "no answer for ever": [{"ends_as": "TIMEDOUT"}, {"ends_as": "UNKNOWN"}],
    "captured late": _late("CAPTURED"),
    "declined late": _late("DECLINED", "FAILED"),
    "reversed late": _late("VOID"),
    "taken back later": [{"becomes": {"status": "VOID", "after_seconds": after}} for after in AFTER[1:]],
    "reversed by Tap itself": [{"auto_reversed_after_seconds": after} for after in AFTER],
    "webhook lost": [{"webhook": {"lost": 3}}, {"webhook": {"lost": 1}}],
    "webhook badly signed": [{"webhook": {"bad_hash": True}}],
    "another sum": [{"amount_off_by_fils": off} for off in (-1, 1, -999)],
    "another currency": [{"currency": "USD"}],
    "another payment is told": [{"reported_trackid": "RPSOMEBODYELSE00001"}],
    "the new charge is not answered": [
        {"create": [{"answer": answer, "executed": executed}]} for answer in _FAULTS for executed in (True, False)
    ],
}
_RETRIEVE = st.lists(st.sampled_from(_FAULTS).map(lambda answer: {"answer": answer}), max_size=3)
_REFUNDS = st.lists(st.fixed_dictionaries({"answer": st.sampled_from(_FAULTS), "executed": st.booleans()}), max_size=2)
_PENDING = st.sampled_from([0, 0, 300, 30 * 3600])
_REFUNDED = st.sampled_from(["REFUNDED", "REFUNDED", "REFUNDED", "DECLINED", "FAILED"])


@st.composite
def tap_scripts(draw: st.DrawFn) -> dict[str, Any]:
    """One ending, perhaps answers about it that are lost, and what becomes of its refunds."""
    ending = draw(st.sampled_from(list(_ENDINGS)))
    return draw(st.sampled_from(_ENDINGS[ending])) | {
        "retrieve": draw(_RETRIEVE),
        "refund": draw(_REFUNDS),
        "refund_pending_seconds": draw(_PENDING),
        "refund_ends_as": draw(_REFUNDED),
    }


def tap_script(script: dict[str, Any]) -> dict[str, Any]:
    """As the sandbox reads it, once the charge is made."""
    return {name: value for name, value in script.items() if name != "create"}
