"""What KNET takes: refused here before anything is sent, with a sentence that says what would do."""

from urllib.parse import urlsplit

from infra.errors import PermanentError
from infra.gateway import PaymentRequest, RefundRequest
from infra.gateway.trackid import TRACKID
from models.money import Money

_LONGEST_URL = 255
_LONGEST_AMOUNT = 10


def check(request: PaymentRequest) -> None:
    _check_payment(request.trackid, request.amount)
    for url in (request.response_url, request.error_url):
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or parts.query or parts.fragment or len(url) > _LONGEST_URL:
            raise PermanentError("KNET takes web addresses of up to 255 characters, without a query")


def check_refund(request: RefundRequest) -> None:
    _check_payment(request.trackid, request.amount)


def _check_payment(trackid: str, amount: Money) -> None:
    if TRACKID.fullmatch(trackid) is None:
        raise PermanentError("a trackid has 1 to 19 capital letters and digits")
    if amount.fils <= 0 or len(str(amount)) > _LONGEST_AMOUNT:
        raise PermanentError("KNET takes amounts from 0.001 to 999999.999")
