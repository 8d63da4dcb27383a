"""A story of the demo: one application folder, what its payer does, and how it has to end."""

from pathlib import Path
from typing import Final

from pydantic import BaseModel, ConfigDict, TypeAdapter

from infra.sandbox.payer import Behaviour
from models.case import CaseStatus

_FILE: Final = "story.json"


class Story(BaseModel):
    """`payer`: one behaviour per visit to the bank's page; `expected`: how many cases end in which status."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    folder: str
    title_en: str
    title_ar: str
    payer: tuple[Behaviour, ...] = ()
    expected: dict[CaseStatus, int]


_STORIES: Final = TypeAdapter(tuple[Story, ...])


def write_stories(folder: Path, stories: tuple[Story, ...]) -> None:
    (folder / _FILE).write_bytes(_STORIES.dump_json(stories, indent=1))


def read_stories(folder: Path) -> tuple[Story, ...]:
    """The stories that `write_applications` left in this folder, in the order in which they are told."""
    return _STORIES.validate_json((folder / _FILE).read_bytes())
