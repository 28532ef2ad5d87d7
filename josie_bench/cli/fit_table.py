"""What `josie-bench fit` draws for people: the answer, the largest of everything, the terms, the paper's figures."""

from __future__ import annotations

import math

from rich.console import Console
from rich.table import Table
from rich.text import Text

from josie_bench.bench.fit import AXES, Answer, Ask, needed_bytes
from josie_bench.cli.ledger_table import ledger_table
from josie_bench.cli.options import table_console
from josie_bench.terms.accelerator import GIB
from josie_bench.terms.claim import Entry
from josie_bench.terms.memory_model import SUMMANDS, Footprint

MB = 1e6


def draw(found: Answer) -> None:
    """Print all that is known of what is asked."""
    console = table_console()
    footprint = found.footprint
    console.print(f"{_ask_words(found.ask)}", highlight=False)
    words = (
        f": {_gib(footprint.total_bytes)} of {_gib(found.memory_bytes)}, of which {_gib(footprint.shared_bytes)} lie "
        f"there once and {_gib(footprint.session_bytes)} for each session\n"
    )
    console.print(Text.assemble(("fits" if found.does_fit else "does not fit", "bold"), words))
    console.print(_most_table(found))
    if not found.does_fit:
        _print_changes(console, found)
    console.print(_terms_table(footprint))
    console.print(ledger_table(memory_entries(), "What the paper says of memory"))


def _ask_words(ask: Ask) -> str:
    sessions = "1 session" if ask.sessions == 1 else f"{ask.sessions} sessions"
    return (
        f"{ask.sizes.name} at {ask.precision}: {sessions}, windows of {ask.frames * ask.sizes.frame_ms:g} ms, "
        f"{ask.context} positions in the rings, video of {ask.width}x{ask.height} at {ask.fps:g} fps in "
        f"{ask.seen_tokens} tokens a window"
    )


def _most_table(found: Answer) -> Table:
    table = Table(title="The largest that fits", title_justify="left")
    table.add_column("of")
    table.add_column("asked", justify="right")
    table.add_column("largest", justify="right")
    for axis, count in found.largest.items():
        move, limit = AXES[axis]
        if count is None:
            words = "none"
        else:
            words = _axis_words(move(found.ask, count), axis) + (" or more" if count == limit else "")
        table.add_row(axis, _axis_words(found.ask, axis), words)
    return table


def _axis_words(ask: Ask, axis: str) -> str:
    """Return what is asked of one axis."""
    return {
        "sessions": f"{ask.sessions}",
        "window": f"{ask.frames * ask.sizes.frame_ms:g} ms",
        "context": f"{ask.context}",
        "resolution": f"{ask.width}x{ask.height}",
        "tokens": f"{ask.tokens}",
    }[axis]


def _print_changes(console: Console, found: Answer) -> None:
    """Print the single changes that are enough, or that none is, and which GPU would be."""
    for change in found.changes:
        named = {"precision": change.ask.precision, "preset": change.ask.sizes.name}
        value = named.get(change.option) or _axis_words(change.ask, change.option)
        console.print(f"it fits with --{change.option} {value!r}", highlight=False)
    if not found.changes:
        console.print("no single change is enough", highlight=False)
    gpus = f", such as {', '.join(found.gpus)}" if found.gpus else ""
    console.print(f"as asked it takes a GPU of {_enough_gib(needed_bytes(found.ask))}{gpus}\n", highlight=False)


def _terms_table(footprint: Footprint) -> Table:
    table = Table(title="Terms", title_justify="left")
    table.add_column("term")
    table.add_column("MB", justify="right")
    table.add_column("held")
    table.add_column("formula", overflow="fold")
    summand, order = None, list(SUMMANDS)
    for term in sorted(footprint.terms, key=lambda term: order.index(term.name)):
        if term.summand != summand:
            table.add_section()
        summand = term.summand
        number = "n/a" if term.na is not None else f"{footprint.held_bytes(term) / MB:,.2f}"
        words = term.formula if term.na is None else f"{term.formula}: {term.na.detail}"
        table.add_row(term.key, number, "once" if term.is_shared else "each session", words)
    table.add_section()
    for name, count in footprint.summands().items():
        table.add_row(name, f"{count / MB:,.2f}", "", "")
    table.add_row("M_total", f"{footprint.total_bytes / MB:,.2f}", "", "")
    return table


def memory_entries() -> list[Entry]:
    """Return the paper's statements of memory, as far as arithmetic alone judges them."""
    from josie_bench.claims import ledger

    return [entry for entry in ledger() if entry.claim.id.startswith("mem.")]


def _gib(byte_count: float) -> str:
    return f"{byte_count / GIB:.2f} GiB"


def _enough_gib(byte_count: int) -> str:
    """Return a size that is no less."""
    return f"{math.ceil(100 * byte_count / GIB) / 100:.2f} GiB"
