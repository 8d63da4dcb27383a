"""What blocks a renewal, as dated data: the words for it, the office that lifts it, and the figures it turns on."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import combinations, pairwise
from pathlib import Path
from string import Formatter
from typing import Self

from pydantic import Field, model_validator

from models.errors import RuleBookError
from models.money import Money
from models.rules.dated import Dated
from models.rules.reading import RuleFile
from models.service import Language

_FILE = "blockers.yaml"


@dataclass(frozen=True, slots=True)
class BlockerWords:
    """One finding in one language: what blocks, who lifts it, what to do."""

    reason: str
    office: str
    remedy: str


class Blocker(Dated):
    """`articles` absent: asked of persons of every article; empty: of the sponsor only."""

    reason_en: str
    reason_ar: str
    office_en: str
    office_ar: str
    remedy_en: str
    remedy_ar: str
    articles: frozenset[int] | None = None
    exempt_articles: frozenset[int] = frozenset()
    sponsor_of: frozenset[int] = frozenset()  # asked of the sponsor when a person of such an article is renewed
    limits: dict[str, int] = Field(default_factory=dict)
    amount_kd: str | None = Field(default=None, pattern=r"^[0-9]{1,6}\.[0-9]{3}$")

    @model_validator(mode="after")
    def _same_placeholders(self) -> Self:
        for english, arabic in (
            (self.reason_en, self.reason_ar),
            (self.office_en, self.office_ar),
            (self.remedy_en, self.remedy_ar),
        ):
            if _placeholders(english) != _placeholders(arabic):
                raise ValueError(f"English and Arabic must name the same placeholders: {english!r}")
        return self

    @property
    def placeholders(self) -> frozenset[str]:
        """What the detail of a finding has to fill."""
        return _placeholders(self.reason_en) | _placeholders(self.office_en) | _placeholders(self.remedy_en)

    @property
    def amount(self) -> Money:
        if self.amount_kd is None:
            raise RuleBookError(f"blocker {self.id} has no amount_kd")
        return Money.parse(self.amount_kd)

    def limit(self, name: str) -> int:
        try:
            return self.limits[name]
        except KeyError:
            raise RuleBookError(f"blocker {self.id} has no limit {name}") from None

    def covers(self, article: int) -> bool:
        return (self.articles is None or article in self.articles) and article not in self.exempt_articles

    def words(self, detail: Mapping[str, str | int], *, language: Language) -> BlockerWords:
        """The sentences of a finding, filled from its detail."""
        if language is Language.ARABIC:
            texts = (self.reason_ar, self.office_ar, self.remedy_ar)
        else:
            texts = (self.reason_en, self.office_en, self.remedy_en)
        reason, office, remedy = (text.format_map(detail) for text in texts)
        return BlockerWords(reason=reason, office=office, remedy=remedy)


class BlockerRules:
    """All blockers in the order in which they are told; an id may have several entries, one after the other in time."""

    def __init__(self, blockers: tuple[Blocker, ...]) -> None:
        versions: dict[str, list[Blocker]] = defaultdict(list)
        for entry in blockers:
            versions[entry.id].append(entry)
        self._versions = {key: sorted(same, key=_begins) for key, same in versions.items()}
        self._entries = blockers

    def __getitem__(self, rule: str) -> Blocker:
        """The newest entry of a rule."""
        try:
            return self._versions[rule][-1]
        except KeyError:
            raise RuleBookError(f"there is no blocker {rule}") from None

    def at(self, rule: str, on: date) -> Blocker:
        """The entry of a rule whose words and figures hold on that day."""
        found = [entry for entry in self._entries if entry.id == rule and entry.in_force(on)]
        if not found:
            raise RuleBookError(f"blocker {rule} is not in force on {on}")
        return found[0]

    def __iter__(self) -> Iterator[Blocker]:
        return iter(self._entries)

    def in_force(self, on: date) -> list[Blocker]:
        return [entry for entry in self._entries if entry.in_force(on)]

    def faults(self) -> Iterator[str]:
        for same in self._versions.values():
            for one, other in combinations(same, 2):
                if _overlap(one, other):
                    yield f"{_FILE}: blocker {one.id} has two entries in force at once"
            yield from _gaps(same)


def read_blockers(folder: Path, faults: list[str]) -> BlockerRules:
    return BlockerRules(RuleFile(folder, _FILE, faults).entries("blockers", Blocker))


def _placeholders(text: str) -> frozenset[str]:
    names = {name for _, name, _, _ in Formatter().parse(text) if name is not None}
    for name in names:
        if not name.isidentifier():
            raise ValueError(f"{{{name}}} is not a plain placeholder")
    return frozenset(names)


def _gaps(versions: list[Blocker]) -> Iterator[str]:
    """From its first day to its last a blocker is always in force: a day between two versions is a slip."""
    for one, following in pairwise(versions):
        if one.effective_to is not None and _begins(following) > one.effective_to + timedelta(days=1):
            yield f"{_FILE}: blocker {one.id} has no entry between {one.effective_to} and {_begins(following)}"


def _begins(entry: Blocker) -> date:
    return entry.effective_from or date.min


def _overlap(one: Blocker, other: Blocker) -> bool:
    ends = min(one.effective_to or date.max, other.effective_to or date.max)
    return max(_begins(one), _begins(other)) <= ends
