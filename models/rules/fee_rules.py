"""All rules of money and term, read from one folder and checked against each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from models.errors import RuleBookError
from models.rules.collection import Collection, Payee, PriceDate
from models.rules.coverage import check_one_answer, check_one_answer_at_most, check_one_in_force
from models.rules.dated import Dated
from models.rules.durations import Durations, read_durations
from models.rules.reading import entries, entry, read_file
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


def read_fee_rules(folder: Path) -> FeeRules:
    """RuleBookError where an entry is wrong, two answer at once, or none answers."""
    scope = entries(read_file(folder, "scope.yaml"), "scope", Scope, file="scope.yaml")
    exemptions = entries(read_file(folder, "exemptions.yaml"), "exemptions", Exemption, file="exemptions.yaml")
    collection = read_file(folder, "collection.yaml")
    payees = entries(collection, "payees", Payee, file="collection.yaml")
    return FeeRules(
        scope=scope,
        residency_fees=_tariff(folder, FeeKind.RESIDENCY_FEE, exemptions, scope),
        health_insurance=_tariff(folder, FeeKind.HEALTH_INSURANCE, exemptions, scope),
        fines=_fines(folder, scope),
        durations=read_durations(folder, scope),
        other_fees=_other_fees(folder, scope),
        payees={payee.id: payee for payee in payees},
        collections=_collections(
            entries(collection, "collections", Collection, file="collection.yaml"), {payee.id for payee in payees}
        ),
        price_date=entry(collection, "price_date", PriceDate, file="collection.yaml"),
    )


def _tariff(folder: Path, kind: FeeKind, exemptions: Sequence[Exemption], scope: Sequence[Scope]) -> Tariff:
    file = _TARIFF_FILES[kind]
    content = read_file(folder, file)
    tariff = Tariff(
        file=file,
        prices=entries(content, "prices", Price, file=file),
        exemptions=tuple(exemption for exemption in exemptions if exemption.lifts is kind),
        unpriced=entries(content, "unpriced", Unpriced, file=file),
    )
    check_one_answer(file, [*tariff.prices, *tariff.unpriced], scope, exemptions=tariff.exemptions)
    return tariff


def _fines(folder: Path, scope: Sequence[Scope]) -> tuple[Fine, ...]:
    fines = entries(read_file(folder, "fines.yaml"), "fines", Fine, file="fines.yaml")
    check_one_answer("fines.yaml", fines, scope)
    return fines


def _other_fees(folder: Path, scope: Sequence[Scope]) -> tuple[OtherFee, ...]:
    """Nobody is asked for one kind of fee twice."""
    fees = entries(read_file(folder, "other_fees.yaml"), "other_fees", OtherFee, file="other_fees.yaml")
    for kind in FeeKind:
        check_one_answer_at_most("other_fees.yaml", [fee for fee in fees if fee.kind is kind], scope)
    return fees


def _collections(collections: tuple[Collection, ...], payees: set[str]) -> tuple[Collection, ...]:
    for kind in FeeKind:
        check_one_in_force("collection.yaml", kind, [row for row in collections if row.kind is kind])
    for row in collections:
        if row.payee not in payees:
            raise RuleBookError(f"collection.yaml, entry {row.id}: payee {row.payee} is not one of {sorted(payees)}")
    return collections
