"""How a command's words are read: all that is missing is said at once, and so is where a reference belongs."""

from collections.abc import Callable
from typing import Any, Final

import typer
from typer.core import TyperCommand

from infra.references import REFERENCE

_GIVEN_AS: Final = "--reference"


class CommandLine(typer.Typer):
    """A group of commands that are all read so."""

    def command(self, *names: Any, **options: Any) -> Callable[[Any], Any]:
        return super().command(*names, **{"cls": _Command} | options)


class _Command(TyperCommand):
    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        given, left, _ = self.make_parser(ctx).parse_args(args=list(args))
        if not given.get("help") and not ctx.resilient_parsing:
            self._say_what_is_missing(ctx, given)
            self._say_where_it_belongs(ctx, left)
        return super().parse_args(ctx, args)

    def _say_what_is_missing(self, ctx: Any, given: dict[str, Any]) -> None:
        wanted: list[Any] = [each for each in self.get_params(ctx) if each.required]
        missing = [each for each in wanted if each.value_is_missing(each.consume_value(ctx, given)[0])]
        if missing:
            names = ", ".join(each.get_error_hint() for each in missing)
            ctx.fail(f"Missing: {names}. Give all of them; --help says what each is.")

    def _say_where_it_belongs(self, ctx: Any, left: list[str]) -> None:
        references = [each.upper() for each in left if REFERENCE.fullmatch(each.upper())]
        if not references:
            return
        if any(_GIVEN_AS in each.opts for each in self.get_params(ctx)):
            ctx.fail(f"Give it as {' '.join(f'{_GIVEN_AS} {each}' for each in references)}.")
        ctx.fail(f"No reference is expected here, and {', '.join(references)} was given; --help says what is.")
