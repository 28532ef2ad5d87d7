"""Tests of a case's own arithmetic: whether it is gated, where its schedule begins, whether time goes by."""

from dataclasses import replace

import pytest

from josie_bench.terms.budget import parse_budget
from josie_bench.terms.case import Case, StreamChoice, WarmUp
from josie_bench.terms.conversation import Conversation
from josie_bench.terms.engine_choice import EngineChoice
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.schedule import Blocks
from josie_bench.terms.sessions import Sessions
from josie_bench.terms.simulated import REAL, ServiceLaw


def case(*severities: str) -> Case:
    """Return a case with one budget of each severity."""
    return Case(
        id="realtime/null-fp32/w300",
        sha="0" * 64,
        scenario="realtime",
        model=ModelChoice(preset="tiny", seed=7),
        conversation=Conversation(),
        engines=EngineChoice(backend="null"),
        window_ms=300.0,
        hop_ms=300.0,
        deadline_ms=300.0,
        windows=10,
        warm_up=WarmUp(),
        stream=StreamChoice(),
        modalities=("audio",),
        temporal_patches=1,
        token_budget=None,
        temperature=0.0,
        threads=1,
        timeout_s=60.0,
        budgets=tuple(parse_budget("response_latency.p50 < 300 ms", severity) for severity in severities),
    )


@pytest.mark.parametrize(("severities", "is_gated"), [((), False), (("warn", "info"), False), (("info", "gate"), True)])
def test_case_is_gated_by_a_budget_of_severity_gate_alone(severities: tuple[str, ...], is_gated: bool) -> None:
    assert case(*severities).is_gated is is_gated


def test_preset_and_seed_are_the_model_s() -> None:
    assert (case().preset, case().seed) == ("tiny", 7)
    assert (case().backend, case().precision) == ("null", "fp32")


def test_warm_up_waits_for_windows_and_seconds_but_not_past_its_cap() -> None:
    warm_up = WarmUp()
    assert warm_up.windows >= 5
    assert 5.0 <= warm_up.seconds < warm_up.cap_s


def test_windows_of_all_are_those_of_who_is_there_on_average() -> None:
    """Of three places each is taken for a quarter of the time."""
    coming = Sessions(count=3, stay_ms=100.0, away_ms=300.0)
    assert replace(case(), sessions=Sessions(count=3)).windows_of_all(20) == 60
    assert replace(case(), sessions=coming).windows_of_all(20) == 15
    assert replace(case(), sessions=coming).windows_of_all(1) == 1


def test_stream_takes_speech_and_video_but_types_nothing_by_itself() -> None:
    assert StreamChoice() == StreamChoice(speech="bundled", video="bundled", text=None)


def test_the_schedule_is_shifted_by_less_than_its_shortest_hop() -> None:
    changing = replace(case(), blocks=Blocks(windows=2, lengths_ms=(400.0, 50.0)))
    assert changing.shortest_hop_ns == 50_000_000
    tables = [replace(changing, model=ModelChoice(preset="tiny", seed=seed)).timetable() for seed in range(50)]
    phases = {next(table.arrivals()).close_ns - 400_000_000 for table in tables}
    assert len(phases) == 50
    assert min(phases) >= 0
    assert max(phases) < 50_000_000


def test_time_is_virtual_for_a_law_unless_it_asks_for_the_real_one() -> None:
    assert not case().is_virtual
    assert replace(case(), simulated=ServiceLaw()).is_virtual
    assert not replace(case(), simulated=ServiceLaw(clock=REAL)).is_virtual
