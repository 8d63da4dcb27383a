"""What an import found, as a table on a terminal: here amounts may be seen."""

from rich.console import Console
from rich.markup import escape

from infra.clock import written_day
from infra.payments.reconciling.report import Question, Report
from infra.terminal import put, table
from models.money import Money


def print_report(console: Console, report: Report) -> None:
    """The classes with their sums, the control totals, and the questions that staff now have."""
    days = written_day(report.first_day)
    if report.last_day != report.first_day:
        days += f" to {written_day(report.last_day)}"
    console.print(f"[bold]{escape(report.name)}[/]  {report.gateway}  {days}", soft_wrap=True)
    if report.already:
        console.print("This file was imported before; nothing was changed. It showed:")
    lines = table("lines", "what they are", "KD")
    for part in report.parts:
        is_whole = part.lines == report.counts[part.line_class]
        what = part.line_class.value.replace("_", " ") + ("" if is_whole else f" ({part.kind})")
        lines.add_row(str(part.lines), what, str(part.amount))
    put(console, lines)
    _print_totals(console, report)
    for question in report.questions:
        _print_question(console, question)


def _print_question(console: Console, question: Question) -> None:
    item, words = question.item, question.words
    state = "[red]✗[/]" if item.resolved_at is None else "[green]✓[/]"
    console.print(f"{state} {words.title_en}  {escape(' '.join(question.about))}\n  {words.title_ar}")
    if item.note:
        console.print(f"  {item.note}", markup=False, highlight=False)
    if item.resolved_at is None:
        console.print(f"  {words.do_en}\n  {words.do_ar}")


def _print_totals(console: Console, report: Report) -> None:
    totals = report.totals
    console.print(
        f"Captures {totals.captures}  refunds {totals.refunds}  fees {totals.fees}  net [bold]{totals.net}[/]",
        highlight=False,
    )
    if report.totals_agree:
        console.print("[green]✓[/] The totals agree to the fil.")
    for name, difference in report.differences.items():
        which = "less" if difference.fils < 0 else "more"
        console.print(
            f"[red]✗[/] {name}: the bank says KD {Money(abs(difference.fils))} {which} than its lines make",
            highlight=False,
        )
