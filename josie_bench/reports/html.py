"""report.html: one page with the answer, the charts and every number; it needs no network and says so to the browser.

All text goes through the template's escaping.
"""

from __future__ import annotations

from pathlib import Path

from josie_bench.reports import RunData, _charts
from josie_bench.reports._batching import TITLE as BATCHING_TITLE
from josie_bench.reports._batching import WORDS as BATCHING_WORDS
from josie_bench.reports._batching import batching_charts, batching_table
from josie_bench.reports._capacity import TITLE as CAPACITY_TITLE
from josie_bench.reports._capacity import WORDS as CAPACITY_WORDS
from josie_bench.reports._capacity import answer_table, capacity_charts, level_table
from josie_bench.reports._claim_section import claim_section
from josie_bench.reports._contrasts import TITLE as CONTRAST_TITLE
from josie_bench.reports._contrasts import WORDS as CONTRAST_WORDS
from josie_bench.reports._contrasts import contrast_table, learning_charts
from josie_bench.reports._conversation import TITLE as CONVERSATION_TITLE
from josie_bench.reports._conversation import WORDS as CONVERSATION_WORDS
from josie_bench.reports._conversation import conversation_charts, conversation_table
from josie_bench.reports._dropout import TITLE as DROPOUT_TITLE
from josie_bench.reports._dropout import WORDS as DROPOUT_WORDS
from josie_bench.reports._dropout import dropout_table
from josie_bench.reports._faults import TITLE as FAULTS_TITLE
from josie_bench.reports._faults import WORDS as FAULTS_WORDS
from josie_bench.reports._faults import fault_table, sum_table
from josie_bench.reports._fleet import LOST_TITLE, fleet_table, lost_table
from josie_bench.reports._fleet import TITLE as FLEET_TITLE
from josie_bench.reports._fleet import WORDS as FLEET_WORDS
from josie_bench.reports._growth import TITLE, WORDS, growth_table
from josie_bench.reports._listening import SCRIPT as LISTENING_SCRIPT
from josie_bench.reports._listening import TITLE as LISTENING_TITLE
from josie_bench.reports._listening import WORDS as LISTENING_WORDS
from josie_bench.reports._listening import listening
from josie_bench.reports._memory import memory_chart
from josie_bench.reports._memory_places import TITLE as PLACES_TITLE
from josie_bench.reports._memory_places import UNEXPLAINED_TITLE, place_table, unexplained_table
from josie_bench.reports._memory_places import WORDS as PLACES_WORDS
from josie_bench.reports._page import page_words
from josie_bench.reports._parity_windows import TITLE as PARITY_TITLE
from josie_bench.reports._parity_windows import WORDS as PARITY_WORDS
from josie_bench.reports._parity_windows import parity_table
from josie_bench.reports._retention import TITLE as RETENTION_TITLE
from josie_bench.reports._retention import WORDS as RETENTION_WORDS
from josie_bench.reports._retention import retention_charts, retention_table
from josie_bench.reports._session_minutes import EVICTED_TITLE, EVICTED_WORDS, eviction_table, minute_table
from josie_bench.reports._session_minutes import TITLE as MINUTES_TITLE
from josie_bench.reports._session_minutes import WORDS as MINUTES_WORDS
from josie_bench.reports._severity import TITLE as SEVERITY_TITLE
from josie_bench.reports._severity import WORDS as SEVERITY_WORDS
from josie_bench.reports._severity import severity_charts, severity_table
from josie_bench.reports._template import asset, render
from josie_bench.writing import write_whole

FILES = ("report.html",)


def write(data: RunData, folder: Path) -> list[Path]:
    """Write `report.html` into `folder`.

    Raises:
        OutputError: it cannot be written.
    """
    return [write_whole(folder / FILES[0], to_html(data).encode())]


def to_html(data: RunData) -> str:
    """Return the text of `report.html`."""
    cases = _charts.drawn_cases(data)
    charts = {
        "latency": _charts.latency_charts(cases),
        "timeline": _charts.timeline_charts(cases),
        "waterfall": _charts.waterfall_chart(cases),
        "memory": memory_chart(data.result.cases),
        "learning": learning_charts(data.result),
        "conversation": conversation_charts(data),
        "retention": retention_charts(data.result.cases),
        "severity": severity_charts(data.result.severities),
        "capacity": capacity_charts(data.result.cases),
        "batching": batching_charts(data),
    }
    drawn = [chart for group in charts.values() for chart in group]
    heard = listening(data)
    words = page_words(data) | claim_section(data.result)
    words |= {
        "parity_windows": parity_table(data.result.cases),
        "parity_windows_title": PARITY_TITLE,
        "parity_windows_words": PARITY_WORDS,
        "growth": growth_table(data.result.cases),
        "growth_title": TITLE,
        "growth_words": WORDS,
        "contrasts": contrast_table(data.result.contrasts),
        "contrasts_title": CONTRAST_TITLE,
        "contrasts_words": CONTRAST_WORDS,
        "conversation": conversation_table(data.result.cases),
        "conversation_title": CONVERSATION_TITLE,
        "conversation_words": CONVERSATION_WORDS,
        "listening": heard,
        "listening_script": asset(LISTENING_SCRIPT)
        if any(item.when for group in heard for item in group.items)
        else "",
        "listening_title": LISTENING_TITLE,
        "listening_words": LISTENING_WORDS,
        "dropout": dropout_table(data.result.cases),
        "dropout_title": DROPOUT_TITLE,
        "dropout_words": DROPOUT_WORDS,
        "retention": retention_table(data.result.cases),
        "retention_title": RETENTION_TITLE,
        "retention_words": RETENTION_WORDS,
        "severity": severity_table(data.result.severities),
        "severity_title": SEVERITY_TITLE,
        "severity_words": SEVERITY_WORDS,
        "capacity": answer_table(data.result.cases),
        "capacity_levels": level_table(data.result.cases),
        "capacity_title": CAPACITY_TITLE,
        "capacity_words": CAPACITY_WORDS,
        "fault_sums": sum_table(data.result.cases),
        "faults": fault_table(data.result.cases),
        "faults_title": FAULTS_TITLE,
        "faults_words": FAULTS_WORDS,
        "batching": batching_table(data.result.cases),
        "batching_title": BATCHING_TITLE,
        "batching_words": BATCHING_WORDS,
        "session_minutes": minute_table(data.result.cases),
        "session_minutes_title": MINUTES_TITLE,
        "session_minutes_words": MINUTES_WORDS,
        "evictions": eviction_table(data),
        "evictions_title": EVICTED_TITLE,
        "evictions_words": EVICTED_WORDS,
        "fleet": fleet_table(data.result),
        "fleet_lost": lost_table(data.result),
        "fleet_title": FLEET_TITLE,
        "fleet_lost_title": LOST_TITLE,
        "fleet_words": FLEET_WORDS,
        "unexplained": unexplained_table(data.result.cases),
        "unexplained_title": UNEXPLAINED_TITLE,
        "memory_places": place_table(data.result.cases),
        "memory_places_title": PLACES_TITLE,
        "memory_places_words": PLACES_WORDS,
        "charts": charts,
        "closed_loop": _charts.CLOSED_LOOP,
        "title": data.result.run.suite,
    }
    return render("page.html.j2", words, {chart.id: chart.spec for chart in drawn})
