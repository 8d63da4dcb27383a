"""All rules of money and term, read from one folder and checked against each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from models.rules.collection import Collection, Payee, PriceDate
from models.rules.coverage import one_answer, one_answer_at_most, one_in_force
from models.rules.dated import Dated
from models.rules.durations import Durations, read_durations
from models.rules.reading import RuleFile
from models.rules.rule import Exemption, FeeKind, Fine, OtherFee, Price, Unpriced
from models.rules.scope import Scope
from models.rules.tariff import Tariff

_TARIFF_FILES = {
    FeeKind.RESIDENCY_FEE: "residency_fees.yaml",
    FeeKind.HEALTH_INSURANCE: "health_insurance.yaml",
}


@dataclass(frozen=True, slots=True)
class FeeRules:
    scope: tuple[Scope, ...]
    residency_fees: Tariff
    health_insurance: Tariff
    fines: tuple[Fine, ...]
    durations: Durations
    other_fees: tuple[OtherFee, ...]
    payees: dict[str, Payee]
    collections: tuple[Collection, ...]
    price_date: PriceDate

    def entries(self) -> Iterator[tuple[str, Dated]]:
        """Every entry with the file that holds it."""
        for tariff in (self.residency_fees, self.health_insurance):
            yield from ((tariff.file, rule) for rule in (*tariff.prices, *tariff.unpriced))
            yield from (("exemptions.yaml", rule) for rule in tariff.exemptions)
        yield from (("scope.yaml", row) for row in self.scope)
        yield from (("fines.yaml", rule) for rule in self.fines)
        yield from (("durations.yaml", rule) for rule in self.durations.rules())
        yield from (("other_fees.yaml", rule) for rule in self.other_fees)
        yield from (("collection.yaml", row) for row in (self.price_date, *self.collections))

    def collection(self, kind: FeeKind, *, on: date) -> Collection:
        """Who receives this kind of fee on that day, and whether one payment collects it."""
        return next(row for row in self.collections if row.kind is kind and row.in_force(on))

    def faults(self) -> Iterator[str]:
        """Where two entries answer at once, or none."""
        for tariff in (self.residency_fees, self.health_insurance):
            prices = [*tariff.prices, *tariff.unpriced]
            yield from one_answer(tariff.file, prices, self.scope, exemptions=tariff.exemptions)
        yield from one_answer("fines.yaml", self.fines, self.scope)
        yield from self.durations.faults(self.scope)
        for kind in FeeKind:  # nobody is asked for one kind of fee twice
            yield from one_answer_at_most(
                "other_fees.yaml", [fee for fee in self.other_fees if fee.kind is kind], self.scope
            )
            yield from one_in_force("collection.yaml", kind, [row for row in self.collections if row.kind is kind])
        for row in self.collections:
            if row.payee not in self.payees:
                yield f"collection.yaml, entry {row.id}: payee {row.payee} is not one of {sorted(self.payees)}"


def read_fee_rules(folder: Path, faults: list[str]) -> FeeRules | None:
    """None when a part without which nothing can be checked is missing or wrong."""
    exemptions = RuleFile(folder, "exemptions.yaml", faults).entries("exemptions", Exemption)
    collection = RuleFile(folder, "collection.yaml", faults)
    price_date = collection.entry("price_date", PriceDate)
    durations = read_durations(folder, faults)
    scope = RuleFile(folder, "scope.yaml", faults).entries("scope", Scope)
    residency_fees, health_insurance = (_tariff(folder, kind, exemptions, faults) for kind in _TARIFF_FILES)
    fines = RuleFile(folder, "fines.yaml", faults).entries("fines", Fine)
    other_fees = RuleFile(folder, "other_fees.yaml", faults).entries("other_fees", OtherFee)
    payees = {payee.id: payee for payee in collection.entries("payees", Payee)}
    collections = collection.entries("collections", Collection)
    if price_date is None or durations is None:
        return None
    return FeeRules(
        scope, residency_fees, health_insurance, fines, durations, other_fees, payees, collections, price_date
    )


def _tariff(folder: Path, kind: FeeKind, exemptions: Sequence[Exemption], faults: list[str]) -> Tariff:
    file = RuleFile(folder, _TARIFF_FILES[kind], faults)
    return Tariff(
        file=file.name,
        prices=file.entries("prices", Price),
        exemptions=tuple(exemption for exemption in exemptions if exemption.lifts is kind),
        unpriced=file.entries("unpriced", Unpriced),
    )
