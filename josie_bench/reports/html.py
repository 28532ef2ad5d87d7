"""report.html: one page with the answer, the charts and every number; it needs no network and says so to the browser.

All text goes through the template's escaping.
"""

from __future__ import annotations

from pathlib import Path

from josie_bench.reports import RunData, _charts
from josie_bench.reports._capacity import TITLE as CAPACITY_TITLE
from josie_bench.reports._capacity import WORDS as CAPACITY_WORDS
from josie_bench.reports._capacity import answer_table, capacity_charts, level_table
from josie_bench.reports._claim_section import claim_section
from josie_bench.reports._conversation import TITLE as CONVERSATION_TITLE
from josie_bench.reports._conversation import WORDS as CONVERSATION_WORDS
from josie_bench.reports._conversation import conversation_charts, conversation_table
from josie_bench.reports._growth import TITLE, WORDS, growth_table
from josie_bench.reports._memory import component_table, memory_chart
from josie_bench.reports._page import page_words
from josie_bench.reports._template import render
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
        "conversation": conversation_charts(data),
        "capacity": capacity_charts(data.result.cases),
    }
    drawn = [chart for group in charts.values() for chart in group]
    words = page_words(data) | claim_section(data.result)
    words |= {
        "growth": growth_table(data.result.cases),
        "growth_title": TITLE,
        "growth_words": WORDS,
        "conversation": conversation_table(data.result.cases),
        "conversation_title": CONVERSATION_TITLE,
        "conversation_words": CONVERSATION_WORDS,
        "capacity": answer_table(data.result.cases),
        "capacity_levels": level_table(data.result.cases),
        "capacity_title": CAPACITY_TITLE,
        "capacity_words": CAPACITY_WORDS,
        "component_memory": component_table(data.result.cases),
        "charts": charts,
        "closed_loop": _charts.CLOSED_LOOP,
        "title": data.result.run.suite,
    }
    return render("page.html.j2", words, {chart.id: chart.spec for chart in drawn})
