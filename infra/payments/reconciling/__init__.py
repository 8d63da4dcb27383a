"""Reconciliation: the bank's own file against our books, line by line, to the fil."""

from infra.payments.reconciling.absent import find_absent
from infra.payments.reconciling.importing import import_listing, import_settlement
from infra.payments.reconciling.report import Report

__all__ = ["Report", "find_absent", "import_listing", "import_settlement"]
