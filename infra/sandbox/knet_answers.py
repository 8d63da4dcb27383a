"""The words of the sandbox's tranportal: what it answers about a payment, a refund, and a question that it refuses."""

from infra.gateway.knet_inquiry import write_elements
from infra.sandbox.books import Payment, Posted, Refund
from infra.sandbox.codes import Code
from infra.sandbox.settings import SandboxSettings
from models.money import Money


def about(payment: Payment, settings: SandboxSettings) -> str:
    numbers = _numbers(payment.posted)
    return _written(
        {
            "result": _word(payment, settings),
            "auth": payment.auth,
            **numbers,
            **_named(payment),
            "amt": payment.told_amount,
            **payment.purchase.udf,
        },
        settings,
    )


def refunded(payment: Payment, refund: Refund, settings: SandboxSettings) -> str:
    amount = {"amt": refund.amount}
    return _written({"result": "CAPTURED", "auth": "", **_numbers(refund), **_named(payment), **amount}, settings)


def not_refunded(payment: Payment, result: str, settings: SandboxSettings) -> str:
    """A refund that the switch did not do: it has no numbers."""
    return _written({"result": result, "auth": "", **_numbers(None), **_named(payment)}, settings)


def refused(code: Code, settings: SandboxSettings) -> str:
    elements = {
        "result": f"!ERROR!-{code}-{code.english}",
        "error_code_tag": code.value,
        "error_service_tag": "null",
    }
    return _written(elements, settings)


def _written(elements: dict[str, str], settings: SandboxSettings) -> str:
    written, root = write_elements(elements), settings.reply_root
    return f"<{root}>{written}</{root}>" if root else written


def _numbers(posted: Posted | None) -> dict[str, str]:
    if posted is None:
        return {"ref": "", "avr": "N", "postdate": "", "tranid": ""}
    return {"ref": posted.ref, "avr": "N", "postdate": posted.postdate, "tranid": posted.tranid}


def _named(payment: Payment) -> dict[str, str]:
    return {"trackid": payment.told_trackid, "payid": payment.paymentid}


def _word(payment: Payment, settings: SandboxSettings) -> str:
    words = {"NOT CAPTURED": settings.declined_word, "SUSPECTED": settings.suspected_word}
    if payment.result != "CAPTURED":
        return words.get(payment.result or "", payment.result or "")
    if payment.voided and payment.void_told:
        return settings.voided_word
    if payment.refunded == Money(0):
        return settings.captured_word
    return settings.partly_refunded_word if payment.left > Money(0) else settings.refunded_word
