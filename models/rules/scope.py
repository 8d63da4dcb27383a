"""The combinations of facts that the services let a person apply with: each must have a price."""

from models.rules.dated import Dated
from models.rules.situation import Relation, SponsorKind


class Scope(Dated):
    """Every article with every sponsor and relation named beside it; an absent list: it does not matter."""

    article: tuple[int, ...]
    relation: tuple[Relation, ...] | None = None
    sponsor: tuple[SponsorKind, ...] | None = None
    sponsor_article: tuple[int, ...] | None = None
