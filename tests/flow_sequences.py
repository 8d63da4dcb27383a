"""The order of a renewal's task rows."""

from typing import Final

TO_THE_PAYER: Final = ["validate_identity", "collect_documents", "compute_fee", "take_payment"]
STRAIGHT: Final = [*TO_THE_PAYER, "take_payment", "extend_residency", "render_receipt"]
"""`take_payment` asks for the money, and looks again when its run is woken: one row a look."""
