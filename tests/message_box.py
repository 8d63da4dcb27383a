"""A message gateway in memory: who was told what, once a key; it fails on request."""

from infra.errors import InfraError
from infra.messages import Letter
from models.message import MessageKind
from models.service import Language


class FakeMessages:
    """`told` is what people have received; `tries` is every call, repeats and failures too."""

    def __init__(self) -> None:
        self.told: dict[str, Letter] = {}
        self.tries: list[str] = []
        self.trouble: InfraError | None = None
        self.lost_answer: InfraError | None = None  # taken, and the answer does not arrive

    def send(self, letter: Letter) -> None:
        self.tries.append(letter.key)
        if self.trouble is not None:
            raise self.trouble
        self.told.setdefault(letter.key, letter)
        if self.lost_answer is not None:
            raise self.lost_answer

    def close(self) -> None: ...

    def kinds(self) -> list[MessageKind]:
        return [each.template for each in self.told.values()]

    def texts(self, kind: MessageKind, language: Language = Language.ENGLISH) -> list[str]:
        return [each.words[language] for each in self.told.values() if each.template is kind]
