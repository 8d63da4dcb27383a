"""What may go wrong with one payment at KNET's bank, as scripts of the sandbox that Hypothesis chooses from."""

from typing import Any

from hypothesis import strategies as st

from models.money import Money

_MINUTE, _HOUR = 60, 3600
AFTER = (0, 30, 5 * _MINUTE, 2 * _HOUR, 40 * _HOUR)


def _late(result: str) -> list[dict[str, Any]]:
    return [
        {"result": "HOST TIMEOUT", "becomes": {"result": result, "after_seconds": after}}
        for after in AFTER
    ]  # fmt: skip


_ENDINGS: dict[str, list[dict[str, Any]]] = {
    "as the payer chooses": [{}],
    "declined, and then captured": [
        {"result": "NOT CAPTURED", "becomes": {"result": "CAPTURED", "after_seconds": after}} for after in AFTER
    ],
    "no answer for ever": [{"result": "HOST TIMEOUT"}],
    "captured late": _late("CAPTURED"),
    "declined late": _late("NOT CAPTURED"),
    "reversed late": _late("VOIDED"),
    "suspected": _late("SUSPECTED"),
    "taken back later": [{"becomes": {"result": "VOIDED", "after_seconds": after}} for after in AFTER[1:]],
    "notice lost": [{"notify": {"times": 0}}],
    "notice held": [{"notify": {"hold": True}}],
    "notice held, and its acknowledgement lost": [{"notify": {"hold": True}, "ack": "cut"}],
    "notices at once": [{"notify": {"times": 3, "concurrent": True}}],
    "notice repeated": [{"notify": {"times": 2}}],
    "contradicted": [{"notify": {"contradict": "before"}}, {"notify": {"contradict": "after"}}],
    "acknowledgement lost": [{"ack": "cut"}],
    "another sum": [{"captured_amount": -1}, {"captured_amount": 1}, {"captured_amount": -999}],
    "another sum is told": [{"reported_amount": -1}, {"reported_amount": 1}],
    "another payment is told": [{"reported_trackid": "RPSOMEBODYELSE00001"}],
    "the file shows it reversed": [{"settlement": ["reversed"]}],
    "the file misses it": [{"settlement": ["missing"]}],
    "the file shows it twice": [{"settlement": ["duplicate"]}],
    "the file has another sum": [{"settlement": [{"amount_off_by_fils": 1}]}],
}
_INQUIRY = st.lists(st.sampled_from(["drop", "truncate", "html", "500", "maintenance", "expired"]), max_size=3)
_REFUND = ("refuse", "drop_executed", "drop_unexecuted", "host_timeout", "host_timeout_executed")
_REFUNDS = st.lists(st.sampled_from(_REFUND), max_size=2)
_SUMS = ("captured_amount", "reported_amount")


@st.composite
def knet_scripts(draw: st.DrawFn) -> dict[str, Any]:
    """One ending, and perhaps answers about it that are lost; sums are in fils beside what is asked for."""
    ending = draw(st.sampled_from(list(_ENDINGS)))
    return draw(st.sampled_from(_ENDINGS[ending])) | {"inquiry": draw(_INQUIRY), "refund": draw(_REFUNDS)}


def knet_script(script: dict[str, Any], fils: int) -> dict[str, Any]:
    """The script as the sandbox reads it."""
    sums = {name: str(Money(fils + script[name])) for name in _SUMS if name in script}
    return {name: value for name, value in script.items() if value != []} | sums
