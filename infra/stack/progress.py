"""The stack's start and stop, told on a terminal: one line a part, with its seconds."""

from rich.console import Console
from rich.status import Status

from infra.stack.sequence import Happening, Phase


class Progress:
    """`LocalStack(tell=Progress())`. Without a terminal only the finished lines are printed."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        self._status = Status("", console=self._console)
        self._busy: dict[str, str] = {}

    def __call__(self, happening: Happening) -> None:
        part = happening.part
        if happening.phase in {Phase.STARTING, Phase.STOPPING}:
            self._busy[part.name] = part.title
        else:
            self._busy.pop(part.name, None)
        if happening.phase is Phase.READY:
            line = f"[green]✓[/] {part.title:<32} {happening.seconds:5.1f} s  [dim]{part.detail}[/]"
            self._console.print(line, soft_wrap=True)
        self._show(happening.phase)

    def _show(self, phase: Phase) -> None:
        verb = "Starting" if phase in {Phase.STARTING, Phase.READY} else "Stopping"
        if self._busy:
            self._status.update(f"{verb} {', '.join(self._busy.values())}")
            self._status.start()
        else:
            self._status.stop()
