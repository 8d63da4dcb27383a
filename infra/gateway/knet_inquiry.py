"""KNET's tranportal, actions 8 and 2: an inquiry and a refund with their answers, as XML elements without a root."""

from html import escape
from xml.etree.ElementTree import ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from infra.gateway import MalformedMessageError
from infra.gateway.knet_fields import canonical
from infra.settings import KnetSettings
from models.money import Money

ACTION_INQUIRE = "8"
ACTION_REFUND = "2"
MEDIA_TYPE = "application/xml"
_LONGEST_REPLY = 65_536


def question(action: str, *, trackid: str, amount: Money, settings: KnetSettings) -> bytes:
    """By our trackid: the only name of the payment that we own in every state.

    `amount` is the original one of an inquiry, or what a refund returns.
    """
    elements = {
        "id": settings.tranportal_id,
        "password": settings.tranportal_password.get_secret_value(),
        "action": action,
        "amt": str(amount),
        "transid": trackid,
        "trackid": trackid,
        "udf5": "TrackID",
    }
    return write_elements(elements).encode("utf-8")


def write_elements(elements: dict[str, str]) -> str:
    return "".join(f"<{name}>{escape(value, quote=False)}</{name}>" for name, value in elements.items())


def read_elements(body: bytes) -> dict[str, str]:
    """Texts by lower-case name, with or without a root; MalformedMessageError for a page, a nest or a repeat."""
    if len(body) > _LONGEST_REPLY:
        raise MalformedMessageError
    try:
        root = fromstring(f"<reply>{body.decode('utf-8')}</reply>")
    except (UnicodeDecodeError, ParseError, DefusedXmlException):
        raise MalformedMessageError from None
    if len(root) == 1 and len(root[0]):
        root = root[0]
    fields: dict[str, str] = {}
    for element in root:
        name = canonical(element.tag)
        if len(element) or name in fields:
            raise MalformedMessageError
        fields[name] = (element.text or "").strip()
    return fields
