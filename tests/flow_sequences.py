"""The order of a renewal's task rows."""

from typing import Final

TO_THE_PAYER: Final = ["validate_identity", "collect_documents", "compute_fee", "take_payment"]
STRAIGHT: Final = [*TO_THE_PAYER, "extend_residency", "render_receipt"]
