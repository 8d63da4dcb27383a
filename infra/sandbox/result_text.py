"""The encrypted result of a payment, as KNET words it, and the shapes in which it travels."""

from infra.gateway import knet_fields
from infra.gateway.knet_cipher import TrandataCipher
from infra.sandbox.books import Payment
from infra.sandbox.settings import NotificationBody, SandboxSettings


def result_text(payment: Payment) -> str:
    """The plain text of a result, in KNET's order; what the merchant is told may differ from the books."""
    posted = payment.posted
    values = {
        "paymentid": payment.paymentid,
        "result": payment.result or "",
        "auth": payment.auth,
        "avr": "N",
        "ref": posted.ref if posted else "",
        "tranid": posted.tranid if posted else "",
        "postdate": posted.postdate if posted else "",
        "trackid": payment.told_trackid,
        **payment.purchase.udf,
        "amt": payment.told_amount,
        "authRespCode": payment.auth_resp_code,
    }
    return knet_fields.join((name, value.replace(" ", "+")) for name, value in values.items())


def result_fields(payment: Payment, settings: SandboxSettings) -> dict[str, str]:
    """The form that carries a result: encrypted, and beside it, where the terminal does so, two plain names."""
    fields = {"trandata": TrandataCipher(settings.resource_key).encrypt(result_text(payment))}
    if settings.notification_body is NotificationBody.FORM_PLAIN_IDS:
        fields |= {"paymentid": payment.paymentid, "trackid": payment.told_trackid}
    return fields


def result_body(payment: Payment, settings: SandboxSettings) -> str:
    fields = result_fields(payment, settings)
    if settings.notification_body is NotificationBody.RAW_HEX:
        return fields["trandata"]
    return knet_fields.join(fields.items())
