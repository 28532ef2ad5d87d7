"""Conversations in reports: every figure beside what takes no model, and one conversation as it ran."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from josie_bench.reports import RunData
from josie_bench.reports._cells import Row, Table, named, table_of, told
from josie_bench.reports._charts import Chart, Spec, framed, table_data
from josie_bench.reports._words import case_words, counted, score_words
from josie_bench.statistics.turn_baselines import BASELINES
from josie_bench.terms.result import CaseResult
from josie_bench.terms.timebase import s_from_ms
from josie_bench.terms.timeline import BACK_CHANNEL, NOISE, PAUSE, Span, Timeline

TITLE = "Who speaks when"
WORDS = (
    "On conversations whose events are known from how they were put together. No figure means anything but beside "
    "those that take no model, on the same conversations: silent never speaks; delayed begins half a second after any "
    "voice ends, and stops as soon as it hears any; echo is heard when the user is. Nothing is timed: sound is heard "
    "from its window's close on, and how long a step takes comes on top."
)
FIGURES = {
    "right": "response_timing.right",
    "turns answered in time": "response_timing.turns",
    "turns answered": "response_timing.answered",
    "answer begins, median": "response_onset.median",
    "answer begins, mean up to 10 s": "response_onset.restricted_mean",
    "spoke into a turn": "premature.share",
    "gave way to a barge-in": "yielding.yielded",
    "barge-in until it decides, median": "barge_in.decided.median",
    "until its last sound is given, median": "barge_in.emitted.median",
    "until its last sound is heard, median": "barge_in.heard.median",
    "decision until last heard, median": "barge_in.queued.median",
    "barge-in's end until it speaks, median": "barge_in_recovery.median",
    "left back-channels and noise alone": "selectivity.all",
    "kept pauses": "pause_handling.kept",
    "talked over the user": "talk_over.share",
    "took turns over (Full-Duplex-Bench v1.0)": "compat_fdb_takeover.turn",
    "took over amid a pause (the same)": "compat_fdb_takeover.pause",
    "took over after an interruption (the same)": "compat_fdb_interruption.takeover",
    "latency of turns taken over, mean (the same)": "compat_fdb_latency.turn",
    "of interruptions, mean (the same)": "compat_fdb_latency.interruption",
    "back-channels given a second (the same)": "compat_fdb_back_channels.frequency",
    "overlaps, mean (Full-Duplex-Bench v1.5)": "compat_fdb_v1_5.stop",
    "until it responds, mean (the same)": "compat_fdb_v1_5.response",
    "turns responded to (τ-voice)": "compat_tau_responsiveness.response",
    "interruptions yielded to (τ-voice)": "compat_tau_responsiveness.yield",
    "until it responds, mean (τ-voice)": "compat_tau_latency.response",
    "until it yields, mean (τ-voice)": "compat_tau_latency.yield",
    "its interruptions a turn (τ-voice)": "compat_tau_interruption.rate",
    "back-channels talked through (τ-voice)": "compat_tau_selectivity.back_channel",
}
HEADS = ("case", "figure", "model", *BASELINES)
LANE = 30
LANES = {  # what happens, in the order it is drawn, with its colour
    "user speaks": "#0072b2",
    "user pauses": "#56b4e9",
    "user says a word": "#009e73",
    "noise": "#5a6570",
    "model is heard": "#d55e00",
    "its sound is given": "#b8860b",
    "it decides to listen": "#cc79a7",
}
OF_EVENTS = {PAUSE: "user pauses", BACK_CHANNEL: "user says a word", NOISE: "noise"}


def conversation_rows(cases: Sequence[CaseResult]) -> list[Row]:
    """Return a row of words for each case and figure: the model's, and that of each baseline."""
    return [
        (
            named(case, case_words(case)),
            name,
            *(
                told(score_words(case.metrics.get(each)), is_struck=case.status != "OK")
                for each in (key, *(f"{key}.{baseline}" for baseline in BASELINES))
            ),
        )
        for case in cases
        for name, key in FIGURES.items()
        if key in case.metrics
    ]


def conversation_table(cases: Sequence[CaseResult]) -> Table:
    """Return the same rows as a table."""
    return table_of(HEADS, conversation_rows(cases))


def conversation_charts(data: RunData) -> list[Chart]:
    """Return the first conversation of each case that held any."""
    firsts = {
        case: next((row.timeline for row in judged.rows if row.timeline is not None), None)
        for case, judged in data.judged.items()
    }
    return [
        Chart(
            id=f"conversation-{place}",
            title=f"{case}: conversation {timeline.dialogue}",
            description=f"Who speaks when in {timeline.dialogue}: {_words(timeline)}",
            spec=_spec(timeline),
        )
        for place, (case, timeline) in enumerate(firsts.items())
        if timeline is not None
    ]


def _words(timeline: Timeline) -> str:
    times = [counted(len(spans), "time") for spans in (timeline.user, timeline.played)]
    decided = counted(len(timeline.yields_ms), "decision")
    return f"the user is heard {times[0]}, the model {times[1]}; {decided} to listen"


def _bars(timeline: Timeline) -> Iterator[tuple[str, Span]]:
    """Yield what happens when."""
    for span in timeline.user:
        yield "user speaks", span
    for event in timeline.events:
        if event.kind in OF_EVENTS:
            yield OF_EVENTS[event.kind], event.span
    for span in timeline.played:
        yield "model is heard", span
    for span in timeline.emitted:
        yield "its sound is given", span


def _spec(timeline: Timeline) -> Spec:
    rows = [(lane, s_from_ms(span.start_ms), s_from_ms(span.end_ms)) for lane, span in _bars(timeline)]
    instants = [("it decides to listen", s_from_ms(at)) for at in timeline.yields_ms]
    instants += [("its sound is given", s_from_ms(span.start_ms)) for span in timeline.emitted]  # it may be one window
    y: Spec = {"field": "lane", "type": "nominal", "title": None, "sort": list(LANES), "scale": {"domain": list(LANES)}}
    y["axis"] = {"labelLimit": 160, "titleAngle": None}
    x: Spec = {"type": "quantitative", "title": "seconds", "scale": {"domain": [0, s_from_ms(timeline.end_ms)]}}
    colour: Spec = {
        "field": "lane",
        "type": "nominal",
        "legend": None,
        "scale": {"domain": list(LANES), "range": list(LANES.values())},
    }
    tooltip = [{"field": "lane", "title": "what"}]
    edges = [
        {"field": field, "type": "quantitative", "format": ".2f", "title": f"{title} (s)"}
        for field, title in (("start", "from"), ("end", "until"))
    ]
    bars: Spec = {
        "data": table_data(("lane", "start", "end"), rows, numbers=("start", "end")),
        "mark": {"type": "bar", "height": 16},
        "encoding": {
            "x": x | {"field": "start"},
            "x2": {"field": "end"},
            "y": y,
            "color": colour,
            "tooltip": tooltip + edges,
        },
    }
    ticks: Spec = {
        "data": table_data(("lane", "start"), instants, numbers=("start",)),
        "mark": {"type": "tick", "thickness": 2, "size": 16},
        "encoding": {"x": x | {"field": "start"}, "y": y, "color": colour, "tooltip": tooltip + edges[:1]},
    }
    return framed(height=LANE * len(LANES), layer=[bars, ticks])
