"""Why a payment was declined, as far as the payer can do something about it."""

from typing import Final

from sqlmodel import Session

from infra.database import all_of
from models.payments.attempt import AttemptState, PaymentAttempt
from models.payments.evidence import GatewayEvidence

_LACKS_FUNDS: Final = (("authrespcode", "51"), ("response.code", "505"))
"""How KNET and Tap say that the card has not the money."""


def lacks_funds(session: Session, attempt: PaymentAttempt) -> bool:
    """Whether a declined payment failed for want of money: a word for the payer's page, it decides nothing."""
    if attempt.state is not AttemptState.DECLINED:
        return False
    told = [each.fields for each in all_of(session, GatewayEvidence, attempt_id=attempt.id)]
    return any(fields.get(name) == code for fields in told for name, code in _LACKS_FUNDS)
