"""The paper's statements and their verdicts in words: the same on the console, in reports and on the page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from josie_bench.claims import counts, is_only_here
from josie_bench.reports._words import ABSENT, counted, with_interval
from josie_bench.terms.claim import AMBIGUOUS, SAME, VERDICTS, Claim, Entry, Measured, Outcome, Scale
from josie_bench.terms.result import Result
from josie_bench.terms.score import Interval

TITLE = "What the run says to the paper"
HEADS = ("id", "section", "published", "recomputed", "measured", "verdict")
LEVEL = 0.95
COMMAND = "josie-bench claims RUN_FOLDER"


def row(entry: Entry) -> tuple[str, ...]:
    """Return a statement's cells under `HEADS`, what stands for each reading on a line of its own."""
    claim = entry.claim
    return (
        claim.id,
        claim.section,
        claim.published,
        "\n".join(_named(some, recomputed_words(claim, some)) for some in entry.outcomes if some.recomputed is not None)
        or ABSENT,
        "\n".join(_named(some, best_words(some.measured)) for some in entry.outcomes if some.measured) or ABSENT,
        verdict_words(entry),
    )


def verdict_words(entry: Entry) -> str:
    """Return the verdict, of an ambiguous one that of each reading, and what holds on the run's own scale alone.

    `ambiguous (R: pending; R + W: refuted_arithmetic); on this scale R: confirmed`
    """
    words = entry.verdict
    if entry.verdict == AMBIGUOUS:
        words += f" ({_by_verdict((outcome.verdict, outcome) for outcome in entry.outcomes)})"
    here = _by_verdict((some.here, some) for some in entry.outcomes if some.here and is_only_here(entry, some))
    return f"{words}; on this scale {here}" if here else words


def _by_verdict(outcomes: Iterable[tuple[str, Outcome]]) -> str:
    """Return the names of readings with their verdict, those of one together: `C, R: pending; R + W: refuted`."""
    found: dict[str, list[str]] = {}
    for verdict, outcome in outcomes:
        found.setdefault(verdict, []).append(outcome.reading.name)
    parts = ((", ".join(filter(None, names)), verdict) for verdict, names in found.items())
    return "; ".join(f"{names}: {verdict}" if names else verdict for names, verdict in parts)


def recomputed_words(claim: Claim, outcome: Outcome) -> str:
    """Return what a formula comes to; a limit says that it is one."""
    if outcome.recomputed is None:
        return ABSENT
    figure = outcome.reading.figure or claim.figure
    unit = outcome.reading.unit or ("" if figure is None else figure.unit)
    limit = {"<": "at least ", "≤": "at least ", "≥": "at most "}.get(outcome.reading.relation or "", "")
    return (limit if outcome.reading.is_limit else "") + with_interval(outcome.recomputed, None, unit)


def measured_words(measured: Measured) -> str:
    """Return a measured number with its interval."""
    if measured.low == measured.high:
        return with_interval(measured.value, None, measured.unit)
    interval = Interval(level=LEVEL, low=measured.low, high=measured.high, method="")
    return with_interval(measured.value, interval, measured.unit)


def best_words(measured: Sequence[Measured]) -> str:
    """Return what speaks most for the statement, what it is of, and how many more there are."""
    best, rest = measured[0], len(measured) - 1
    words = f"{measured_words(best)} ({best.statistic}, {best.case})"
    return f"{words} and {rest} more" if rest else words


def scale_words(scale: Scale) -> str:
    """Return on what something was measured."""
    return f"{scale.preset}, {scale.backend}, {scale.host}"


def _named(outcome: Outcome, words: str) -> str:
    return f"{outcome.reading.name}: {words}" if outcome.reading.name else words


def why_words(claim: Claim, outcome: Outcome) -> str:
    """Return why a reading has its verdict: `9.60 kB, published 4.80 kB`, or in words what it waits for."""
    figure = outcome.reading.figure or claim.figure
    if outcome.reason:
        return outcome.reason
    if outcome.recomputed is not None and figure is not None and outcome.reading.relation is not None:
        published = with_interval(figure.value, None, figure.unit)
        must = "published" if outcome.reading.relation == SAME else f"must be {outcome.reading.relation}"
        return f"{recomputed_words(claim, outcome)}, {must} {published}"
    return best_words(outcome.measured) if outcome.measured else VERDICTS[outcome.verdict]


def count_words(entries: Sequence[Entry]) -> str:
    """Return `54 statements: 9 confirmed, 20 pending`."""
    parts = ", ".join(f"{number} {verdict}" for verdict, number in counts(entries).items())
    return f"{counted(len(entries), 'statement')}: {parts}"


def counted_measurable(entries: Sequence[Entry]) -> str:
    """Return how many statements a run can speak to."""
    names = [f"`{entry.claim.id}`" for entry in entries if any(some.reading.measure for some in entry.outcomes)]
    return f"A run can speak to {len(names)} of them: {', '.join(names)}."


def answered(entries: Iterable[Entry]) -> list[Entry]:
    """Return the statements that a run speaks to."""
    return [entry for entry in entries if entry.is_measured]


def scales(entries: Iterable[Entry]) -> list[str]:
    """Return every scale on which something was measured, in words, each once."""
    found = (one.scale for entry in entries for outcome in entry.outcomes for one in outcome.measured)
    return list(dict.fromkeys(map(scale_words, found)))


def run_words(entries: Sequence[Entry]) -> str:
    """Return what stands below a run's statements: on what they were measured, the counts, and where all are."""
    measured = answered(entries)
    scale = f"Measured on {'; '.join(scales(measured))}. " if measured else "This run speaks to none of them. "
    return f"{scale}Of the paper's {count_words(entries)}. All of them: {COMMAND}"


def subject_words(result: Result) -> str:
    """Return a run by its name and suite."""
    return f"run {result.run.id} of {result.run.suite}"


def detail_lines(entry: Entry) -> Iterator[str]:
    """Yield all that is known of one statement."""
    claim = entry.claim
    yield f"{claim.id} ({claim.kind}): {claim.statement}"
    yield ""
    yield f"source:      Gülmez, J.O.S.I.E.v4o (2025), {_section_words(claim.section)}"
    yield f"published:   {claim.published}"
    if claim.figure is not None:
        yield f"held as:     {with_interval(claim.figure.value, None, claim.figure.unit)} ± {claim.figure.slack:g}"
    yield f"verdict:     {verdict_words(entry)}"
    if claim.metrics:
        yield f"metrics:     {', '.join(claim.metrics)}"
    if claim.note:
        yield f"note:        {claim.note}"
    for outcome in entry.outcomes:
        yield ""
        yield from _reading_lines(entry, outcome)


def _section_words(section: str) -> str:
    return f"section {section}" if section[0].isdigit() else section


def _reading_lines(entry: Entry, outcome: Outcome) -> Iterator[str]:
    reading = outcome.reading
    yield f"{_named(outcome, outcome.verdict)}: {why_words(entry.claim, outcome)}"
    if reading.formula:
        yield f"  formula:    {reading.formula}"
    if outcome.recomputed is not None:
        yield f"  recomputed: {recomputed_words(entry.claim, outcome)}"
    for one in outcome.measured:
        source = f"{one.statistic} of {one.case}, n = {one.n:,}, {scale_words(one.scale)}"
        yield f"  measured:   {measured_words(one)}, {source}"
    if outcome.here is not None and is_only_here(entry, outcome):
        yield f"  on this scale: {outcome.here}"
