"""Ends a payment and carries its result to the merchant and its payer, the way the terminal's settings say."""

from urllib.parse import urlencode

from fastapi.responses import RedirectResponse, Response

from infra.sandbox.bank import Bank
from infra.sandbox.books import Awaits, Payment, Purchase
from infra.sandbox.codes import Code
from infra.sandbox.notification import Messenger
from infra.sandbox.pages import page
from infra.sandbox.result_text import result_fields
from infra.sandbox.scenario import Played, Script
from infra.sandbox.settings import Delivery, SandboxSettings


class ResultDesk:
    def __init__(self, bank: Bank, settings: SandboxSettings, messenger: Messenger) -> None:
        self._bank = bank
        self._settings = settings
        self._messenger = messenger

    async def finish(self, payment: Payment, played: Played, script: Script) -> Response:
        """End it and send the payer on; KnetRefusalError when it cannot be ended any more."""
        ending = script.ending(played).model_copy(update={"awaits": self._awaits(script)})
        payment = self._bank.end(payment.paymentid, ending)
        if script.notify.times == 0 or script.notify.hold:
            return page("untold.html", arabic=payment.purchase.arabic, payment=payment)
        if self._settings.delivery is Delivery.LEGACY:
            fields = result_fields(payment, self._settings)
            return page("result.html", arabic=payment.purchase.arabic, payment=payment, fields=fields)
        return_url = await self.tell(payment, script)
        if return_url is None:
            return page("problem.html", status=502, code=Code.RESPONSE_DOWN)
        return RedirectResponse(return_url, status_code=303)

    async def tell(self, payment: Payment, script: Script) -> str | None:
        """Send the result, as often as one likes. A capture stands or falls by the answer to the first sending."""
        return_url = await self._messenger.deliver(payment, script)
        self._bank.answered(payment.paymentid, confirmed=return_url is not None)
        return return_url

    def _awaits(self, script: Script) -> Awaits:
        if self._settings.delivery is Delivery.LEGACY or script.notify.times == 0:
            return ""
        return "release" if script.notify.hold else "answer"


def to_error_address(purchase: Purchase, code: Code) -> RedirectResponse:
    """Errors of a payment travel by the payer's browser, in plain fields that anybody could have written."""
    fields = {
        "Error": code.value,
        "ErrorText": code.english,
        "trackid": purchase.trackid,
        "amt": purchase.amt,
    }
    return RedirectResponse(f"{purchase.error_url}?{urlencode(fields)}", status_code=303)
