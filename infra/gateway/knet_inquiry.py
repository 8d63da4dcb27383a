"""KNET's tranportal, action 8: the question and the answer, as XML elements without a root."""

from html import escape
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from infra.gateway import PaymentRequest
from infra.gateway.knet_cipher import MalformedTrandataError
from infra.gateway.knet_fields import canonical
from infra.settings import KnetSettings

ACTION_INQUIRE = "8"
MEDIA_TYPE = "application/xml"
_LONGEST_REPLY = 65_536


def question(request: PaymentRequest, settings: KnetSettings) -> bytes:
    """By our trackid: the only name of the payment that we own in every state."""
    elements = {
        "id": settings.tranportal_id,
        "password": settings.tranportal_password.get_secret_value(),
        "action": ACTION_INQUIRE,
        "amt": str(request.amount),
        "transid": request.trackid,
        "trackid": request.trackid,
        "udf5": "TrackID",
    }
    return write_elements(elements).encode("utf-8")


def write_elements(elements: dict[str, str]) -> str:
    return "".join(f"<{name}>{escape(value, quote=False)}</{name}>" for name, value in elements.items())


def read_elements(body: bytes) -> dict[str, str]:
    """Texts by lower-case name, with or without a root; MalformedTrandataError for a page, a nest or a repeat."""
    if len(body) > _LONGEST_REPLY:
        raise MalformedTrandataError
    try:
        root = fromstring(f"<reply>{body.decode('utf-8')}</reply>")
    except (UnicodeDecodeError, ParseError, DefusedXmlException):
        raise MalformedTrandataError from None
    if len(root) == 1 and len(root[0]):
        root = root[0]
    fields: dict[str, str] = {}
    for element in root:
        name = canonical(element.tag)
        if len(element) or name in fields:
            raise MalformedTrandataError
        fields[name] = (element.text or "").strip()
    return fields
