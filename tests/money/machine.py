"""The machine of money, with all its rules, and how every example of it ends."""

from datetime import timedelta

from models.payments.attempt import PaymentAttempt
from models.payments.ledger import LedgerKind
from tests.money.books import Books
from tests.money.cases import go_on
from tests.money.example import Example
from tests.money.in_the_end import let_four_days_pass, settle_what_is_due
from tests.money.notices import Notices
from tests.money.payers import Payers
from tests.money.staff import Staff
from tests.money.workers import Workers

_MONEY = {LedgerKind.CAPTURE, LedgerKind.REFUND, LedgerKind.VOID}


class MoneyMachine(Payers, Notices, Workers, Staff, Example):
    def the_faults_stop(self) -> None:
        """Four days in which everything works, with the bank's file of every day."""
        self.bed.heal()
        let_four_days_pass(self.bed)
        self.read_the_files()
        self.bed.clock.advance(timedelta(minutes=2))  # a surplus that a file shows goes back a minute later
        settle_what_is_due(self.bed)
        self._cases_go_on()

    def i7_the_same_news_in_another_order_changes_nothing(self, books: Books) -> None:
        """Every notice that could be written, of every attempt, from the newest back; then a day for the questions."""
        before = _outcome(books)
        for attempt in self.rows(PaymentAttempt)[::-1]:
            for word in self.bed.side.words:
                self.bed.notify(self.bed.side.notice(attempt, word, fils=attempt.amount_fils, mark="Z"))
        for _ in range(6):
            self.bed.clock.advance(timedelta(minutes=46))
            settle_what_is_due(self.bed)
        self._cases_go_on()
        assert _outcome(Books.read(self.bed)) == before

    def _cases_go_on(self) -> None:
        for case_id in self.cases * 2:
            go_on(self.bed.ports, case_id)


def _outcome(books: Books) -> list[object]:
    money = sorted(
        (each.kind.value, each.gateway_ref, each.debit.value, each.credit.value, each.amount_fils)
        for each in books.entries
        if each.kind in _MONEY
    )
    return [*money, *sorted((str(each.id), each.status.value) for each in books.orders)]
