"""profile.html and profile.json: what binds each component, as a table and on the roofline, and its operators."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from josie_bench.reports._cells import table_of
from josie_bench.reports._charts import Chart, Spec, framed, table_data
from josie_bench.reports._template import render
from josie_bench.reports._words import ABSENT, counted, number, with_interval
from josie_bench.terms.profiling import CaseProfile, ComponentProfile, Roof
from josie_bench.terms.timebase import s_from_ms, us_from_ns

SCHEMA = "josie-bench/profile.v1"
HEADS = (
    *("component", "engine", "p50 [95 %] (ms)", "calls", "MFLOP", "MB read", "FLOP/byte"),
    *("least (ms)", "of the roof", "bound by", "outside operators", "most time in"),
)
OPERATOR_HEADS = ("component", "operator", "share of its calls' time", "calls a window", "µs each")
TOP, NAMED = 8, 3
ROOF, MEMORY = "roof", "beyond caches"
MILLION, GIGA = 1e6, 1e9


def to_json(profiles: Sequence[CaseProfile], facts: dict[str, Any]) -> dict[str, Any]:
    """Return what `profile.json` holds: the profiles, what follows from them, and facts of the run and the machine."""
    cases = []
    for profile in profiles:
        case = asdict(profile)
        for told, part in zip(case["components"], profile.components, strict=True):
            dispatch = None if part.operators is None else part.operators.dispatch_share
            told |= {"intensity": part.intensity, "roof_share": part.roof_share, "bound": part.bound}
            told |= {"dispatch_share": dispatch}
        cases.append(case)
    return {"schema": SCHEMA, "note": "profiled times are no latencies", **facts, "cases": cases}


def rows(profile: CaseProfile) -> list[tuple[str, ...]]:
    """Return a row of words for each component."""
    return [_row(part, profile.watched) for part in profile.components]


def _row(part: ComponentProfile, watched: int) -> tuple[str, ...]:
    time, floor, seen = part.time_ms, part.floor, part.operators
    shown = f"n/a: {time.na.detail}" if time.na is not None else with_interval(time.value or 0.0, time.interval)
    share = part.roof_share
    most = seen.times[:NAMED] if seen is not None else ()
    return (
        part.component,
        f"{part.backend}-{part.precision}",
        f"{shown} (n {time.n})",
        number(part.calls),
        number(part.flops / MILLION),
        number(part.read_bytes / MILLION),
        number(part.intensity),
        ABSENT if floor is None else f"{number(floor.ms)} ({floor.binds})",
        ABSENT if share is None else f"{100.0 * share:.2g} %",
        part.bound,
        ABSENT if seen is None else f"{seen.dispatch_share:.0%}",
        part.operators_reason or ", ".join(f"{each.name} {each.took_ns / seen.call_ns:.0%}" for each in most if seen),
    )


def operator_rows(profile: CaseProfile) -> list[tuple[str, ...]]:
    """Return a row of words for each component's operators that took most."""
    return [
        (
            part.component,
            each.name,
            f"{each.took_ns / part.operators.call_ns:.1%}",
            number(each.calls / profile.watched),
            number(us_from_ns(each.took_ns / each.calls)),
        )
        for part in profile.components
        if part.operators is not None
        for each in part.operators.times[:TOP]
    ]


def roof_words(roof: Roof) -> str:
    """Return the roof in a sentence."""
    flops = f"n/a ({roof.reason})" if roof.flops_per_s is None else f"{number(roof.flops_per_s / GIGA)} GFLOP/s"
    return (
        f"{roof.device}, {roof.precision}, {counted(roof.threads, 'thread')}: products {flops}; "
        f"reads {number(roof.bytes_per_s / GIGA)} GB/s of {number(roof.buffer_bytes / MILLION)} MB, as much as the "
        f"model holds, and {number(roof.memory_bytes_per_s / GIGA)} GB/s where no cache holds it"
    )


def to_html(profiles: Sequence[CaseProfile], tool: str) -> str:
    """Return the text of the page.

    Args:
        profiles: that are shown, in order.
        tool: version of josie-bench that draws.
    """
    charts = [chart for place, roof in enumerate(_roofs(profiles)) for chart in _charts(place, roof, profiles)]
    sections = [
        (
            profile.case,
            f"{profile.preset}, {profile.window_ms:g} ms: {profile.windows} windows timed, {profile.watched} watched",
            table_of(HEADS, rows(profile)),
            table_of(OPERATOR_HEADS, operator_rows(profile)),
        )
        for profile in profiles
    ]
    words: dict[str, object] = {
        "title": "profile",
        "tool": tool,
        "roofs": [roof_words(roof) for roof in _roofs(profiles)],
        "charts": charts,
        "sections": sections,
    }
    return render("profile.html.j2", words, {chart.id: chart.spec for chart in charts})


def _roofs(profiles: Sequence[CaseProfile]) -> list[Roof]:
    return list(dict.fromkeys(part.roof for profile in profiles for part in profile.components))


def _charts(place: int, roof: Roof, profiles: Sequence[CaseProfile]) -> Iterator[Chart]:
    """Yield the roofline with a point for each component under this roof; none where it is not known whole."""
    found = [
        (profile.case, part)
        for profile in profiles
        for part in profile.components
        if part.roof == roof and part.time_ms.value
    ]
    if roof.flops_per_s is None or not found:
        return
    told = "; ".join(f"{case} {part.component}: {part.roof_share or 0.0:.0%}, {part.bound}" for case, part in found)
    yield Chart(
        id=f"roofline-{place}",
        title=f"{roof.device}, {roof.precision}",
        description=f"Roofline. Share of the roof and what binds: {told}",
        spec=_spec(roof, roof.flops_per_s, found),
    )


def _spec(roof: Roof, peak: float, found: Sequence[tuple[str, ComponentProfile]]) -> Spec:
    points = [
        (f"{part.backend}-{part.precision}", part.component, part.intensity, _reached(part) / GIGA, case, part.bound)
        for case, part in found
    ]
    ridge = peak / roof.bytes_per_s
    low, high = min(ridge / 4, *(point[2] / 2 for point in points)), max(ridge * 4, *(point[2] * 2 for point in points))
    lines = [
        (name, x, min(peak, x * speed) / GIGA)
        for name, speed in ((ROOF, roof.bytes_per_s), (MEMORY, roof.memory_bytes_per_s))
        for x in (low, peak / speed, high)
    ]
    x: Spec = {"field": "intensity", "type": "quantitative", "title": "FLOP for each byte read"}
    x |= {"scale": {"type": "log", "domain": [low, high], "nice": False}, "axis": {"tickCount": 6, "format": "~g"}}
    y: Spec = {"field": "speed", "type": "quantitative", "title": "GFLOP/s", "scale": {"type": "log"}}
    y |= {"axis": {"tickCount": 6, "format": "~g"}}
    engine: Spec = {"field": "engine", "type": "nominal", "title": None}
    shape: Spec = {"field": "component", "type": "nominal", "title": None}
    tooltip: list[Spec] = [{"field": name} for name in ("case", "component", "engine", "bound")]
    tooltip += [{"field": name, "type": "quantitative", "format": ".3~g"} for name in ("intensity", "speed")]
    dashes: Spec = {"field": "name", "type": "nominal", "title": None, "scale": {"domain": [ROOF, MEMORY]}}
    roofs: Spec = {
        "data": table_data(("name", "intensity", "speed"), lines, numbers=("intensity", "speed")),
        "mark": {"type": "line", "style": "median", "clip": True},
        "encoding": {"x": x, "y": y, "strokeDash": dashes},
    }
    marks: Spec = {
        "mark": {"type": "point", "filled": True, "size": 90},
        "encoding": {"x": x, "y": y, "color": engine, "shape": shape, "tooltip": tooltip},
    }
    names = ("engine", "component", "intensity", "speed", "case", "bound")
    return framed(height=340, data=table_data(names, points, numbers=("intensity", "speed")), layer=[roofs, marks])


def _reached(part: ComponentProfile) -> float:
    """Return the FLOPs a second that a component reaches in its median window."""
    assert part.time_ms.value is not None
    return part.flops / s_from_ms(part.time_ms.value)
