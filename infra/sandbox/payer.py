"""A scripted payer: from our pay page to the hosted page and back, over HTTP, as a person's browser would go."""

import ssl
from enum import StrEnum

import httpx

from infra.errors import PermanentError
from infra.sandbox.forms import find_form

_PIN = "1234"
_EXPIRY_THAT_DECLINES = "05/2021"
_TIMEOUT_SECONDS = 60.0


class Behaviour(StrEnum):
    """`abandon` looks at the hosted page and closes the window."""

    APPROVE = "approve"
    DECLINE = "decline"
    CANCEL = "cancel"
    ABANDON = "abandon"


def pay(pay_url: str, behaviour: Behaviour, *, tls: ssl.SSLContext | bool = True) -> str:
    """Walk the whole way; the address of the last page seen. PermanentError when a page has not the form it should.

    A crowd shares one `tls`: loading the authorities costs more than a payment.
    """
    with httpx.Client(follow_redirects=True, timeout=_TIMEOUT_SECONDS, verify=tls) as browser:
        hosted = _submit(browser, browser.get(pay_url), form_id="pay", typed={})
        if behaviour is Behaviour.ABANDON:
            _form_of(hosted, form_id="knet")
            return str(hosted.url)
        return str(_bring_result(browser, _submit(browser, hosted, form_id="knet", typed=_typed(behaviour))).url)


def _bring_result(browser: httpx.Client, page: httpx.Response) -> httpx.Response:
    """A legacy terminal gives the result to the payer, whose browser brings it to the merchant."""
    if find_form(page.text, "result") is None:
        return page
    return _submit(browser, page, form_id="result", typed={})


def _typed(behaviour: Behaviour) -> dict[str, str]:
    if behaviour is Behaviour.CANCEL:
        return {"action": "cancel"}
    typed = {"action": "submit", "pin": _PIN}
    return typed | {"expiry": _EXPIRY_THAT_DECLINES} if behaviour is Behaviour.DECLINE else typed


def _submit(browser: httpx.Client, page: httpx.Response, *, form_id: str, typed: dict[str, str]) -> httpx.Response:
    action, values = _form_of(page, form_id=form_id)
    return browser.post(page.url.join(action), data=values | typed)


def _form_of(page: httpx.Response, *, form_id: str) -> tuple[str, dict[str, str]]:
    form = find_form(page.text, form_id)
    if form is None:  # the path only: the query of the hosted page holds the encrypted request
        raise PermanentError(f"{page.url.host}{page.url.path} has no form {form_id!r} (HTTP {page.status_code})")
    return form.action, form.values
