"""Evidence: which cases of a run say something, what, and on which scale."""

from __future__ import annotations

from dataclasses import replace

import pytest

from josie_bench.claims import ledger
from josie_bench.claims._evidence import (
    cases_of,
    measured_change,
    measured_word_loss,
    scale_of,
    tails,
    window_of,
)
from josie_bench.claims._held import measured_saving
from josie_bench.terms.claim import AMBIGUOUS, CONFIRMED, PENDING, REFUTED
from josie_bench.terms.contrast import Contrast
from josie_bench.terms.result import WEIGHTS_OF, RoundResult
from josie_bench.terms.score import Interval
from tests.claims.paper_runs import LARGE_GPU, SMALL_GPU, case, run, score, tail

GOOD = tail(80.0, 90.0, 100.0)
SUBSETS = [["audio"], ["vision"], ["text"], ["audio", "vision"], ["audio", "text"], ["vision", "text"]]
ALL = [*SUBSETS, ["audio", "vision", "text"]]


def entry(name, result):
    return next(entry for entry in ledger(result) if entry.claim.id == name)


def test_a_tail_is_told_with_its_interval_its_case_and_its_scale():
    (found,) = tails(run(case(metrics=GOOD)), "response_latency", 300.0)
    assert (found.value, found.low, found.high, found.n, found.case) == (90.0, 80.0, 100.0, 400, "pace")
    assert (found.scale.preset, found.scale.backend, found.scale.host) == ("nano", "onnxruntime-fp32", "a processor")
    assert not found.scale.is_papers


def test_the_farthest_tail_with_both_bounds_is_taken():
    both = tail(80.0, 90.0, 100.0, key="response_latency.p95") | {
        "response_latency.p99": score(120.0, ci=(110.0, None))
    }
    assert [one.statistic for one in tails(run(case(metrics=both)), "response_latency", 300.0)] == [
        "response_latency.p95"
    ]
    assert tails(run(case(metrics={"response_latency.p99": score(120.0)})), "response_latency", 300.0) == ()
    half = tail(80.0, 90.0, 100.0, key="response_latency.p50")
    assert tails(run(case(metrics=half)), "response_latency", 300.0) == ()


@pytest.mark.parametrize(
    "other",
    [
        {"backend": "null"},
        {"backend": "simulated"},
        {"ablate": ["m_rope"]},
        {"busy": 2},
        {"beside": {"cpu": 2}},
        {"faults": [{"kind": "stall"}]},
        {"scenario": "compute"},
        {"mode": "turn"},
        {"window": "200.0 ms", "hop": "200.0 ms"},
        {"blocks": {"lengths": ["300.0 ms", "400.0 ms"]}},
        {"status": "INVALID_HARNESS"},
        {"status": "UNSTEADY"},
    ],
    ids=str,
)
def test_cases_that_are_not_what_the_statement_is_about_say_nothing(other):
    assert tails(run(case(metrics=GOOD, **other)), "response_latency", 300.0) == ()


def test_half_a_hop_is_that_of_the_case():
    result = run(case(metrics=GOOD, hop="100.0 ms"))
    (found,) = tails(result, "response_latency", 300.0, lambda _, hop_ms: hop_ms / 2.0)
    assert (found.low, found.value, found.high) == (130.0, 140.0, 150.0)


def test_keeping_pace_is_asked_of_cases_whose_hop_is_their_window():
    result = run(case(metrics=GOOD, hop="100.0 ms"))
    assert entry("lat.window", result).outcomes[0].measured == ()
    assert [one.value for one in entry("lat.sub300", result).outcomes[1].measured] == [90.0]


def test_windows_that_change_have_no_one_length():
    assert window_of(case()) == 300.0
    assert window_of(case(hop=None), "hop") == 300.0
    assert window_of(case(blocks={"lengths": ["200.0 ms", "300.0 ms"]})) is None


def test_a_gpu_counts_for_backends_that_run_on_one():
    def scale(gpu, **settings):
        one = case(preset="josie-v4o", **settings)
        return scale_of(run(one, gpu=gpu), one)

    assert scale(SMALL_GPU, backend="tensorrt").is_papers
    assert scale(SMALL_GPU, backend="cuda_graph").is_papers
    assert scale(SMALL_GPU, backend="tensorrt").host == "a small card"
    assert not scale(LARGE_GPU, backend="tensorrt").is_papers
    assert scale(SMALL_GPU, backend="eager").host == "a processor"


def test_settings_choose_cases():
    result = run(case("a", mode="turn"), case("b"))
    assert [one.id for one in cases_of(result, mode="realtime")] == ["b"]


def memory(mib):
    return {"host_memory.steady_increment": score(mib, "MiB", n=1)}


def test_memory_of_long_windows_is_set_over_that_of_the_same_case_with_usual_ones():
    long = {"window": "400.0 ms", "hop": "400.0 ms"}
    result = run(
        case("a", metrics=memory(100.0)),
        case("b", metrics=memory(104.0), **long),
        case("c", metrics=memory(300.0), backend="eager", **long),  # nothing to set it over
    )
    outcome = entry("win.400.memory", result).outcomes[1]
    (found,) = outcome.measured
    assert (found.value, found.case) == (pytest.approx(1.04), "b over a")
    assert outcome.here == REFUTED


@pytest.mark.parametrize("mib", [0.0, -3.0])
def test_memory_that_was_given_back_is_no_base(mib):
    result = run(case("a", metrics=memory(mib)), case("b", metrics=memory(5.0), window="400.0 ms", hop="400.0 ms"))
    assert not entry("win.400.memory", result).is_measured


def spoken(share=1.0):
    return {"output_length.spoken_windows": score(share, "ratio", n=20)}


def subsets(*names, **more):
    return [case("+".join(some), modalities=some, metrics=spoken(), **more) for some in names]


def runs(*cases):
    """Return what becomes of the reading that the model runs with any subset."""
    return entry("mod.any", run(*cases)).outcomes[0]


def test_all_seven_subsets_confirm_that_it_runs_and_not_that_it_works_well():
    found = entry("mod.any", run(*subsets(*ALL)))
    assert [outcome.verdict for outcome in found.outcomes] == [CONFIRMED, PENDING]
    assert found.verdict == AMBIGUOUS
    assert found.outcomes[0].measured[0].value == 7


def test_fewer_subsets_leave_it_open_and_say_how_many():
    found = runs(*subsets(*SUBSETS))
    assert found.verdict == PENDING
    (measured,) = found.measured
    assert (measured.value, measured.low, measured.high, measured.case) == (6, 6, 7, "6 subsets")
    assert runs(*subsets(SUBSETS[0])).measured[0].case == "1 subset"


def test_a_subset_that_failed_refutes_it_and_one_that_was_skipped_does_not():
    failed, skipped = (case("late", modalities=ALL[-1], status=status) for status in ("ERROR", "SKIPPED"))
    assert runs(*subsets(*SUBSETS), failed).verdict == REFUTED
    assert runs(*subsets(*SUBSETS), skipped).verdict == PENDING


def test_a_subset_in_which_nothing_is_said_does_not_count():
    silent = case("mute", modalities=ALL[-1], metrics=spoken(0.0))
    assert runs(*subsets(*SUBSETS), silent).verdict == PENDING


def test_subsets_of_two_backends_are_not_put_together():
    split = [*subsets(*ALL[:4]), *subsets(*ALL[4:], backend="eager")]
    assert runs(*split).verdict == PENDING


def rounds(*values, key="host_memory.steady_increment"):
    return [
        RoundResult(
            index=index, status="OK", reason=None, started="", windows_measured=12, compute_p50_ms=1.0,
            component_p50_ms={}, values={key: value},
        )
        for index, value in enumerate(values)
    ]  # fmt: skip


def saving_case(name, held, **settings):
    usual = {"scenario": "compute", "precision": "fp32", "components": {}, "prune_to": None, "allocation": "static"}
    return replace(case(name, **usual | settings), rounds=rounds(*held))


BASE = saving_case("base", [100.0] * 6)
PAIR = (("base", [100.0] * 6, {}), ("one", [75.0] * 6, {"prune_to": 9}))


def test_a_saving_is_told_round_by_round_against_the_case_without_it():
    """90 of 100 in five rounds and 80 in one: 10 % less, between 10 and 20."""
    dynamic = saving_case("dynamic", [90.0] * 5 + [80.0], allocation="dynamic")
    (found,) = measured_saving(run(BASE, dynamic), options=frozenset({"allocation"}))
    assert (found.value, found.low, found.high, found.n) == pytest.approx((10.0, 10.0, 20.0, 6))
    assert (found.case, found.unit) == ("dynamic", "%")
    assert found.statistic == "host_memory.steady_increment, less than in base"


@pytest.mark.parametrize(
    ("settings", "options"),
    [
        ({"allocation": "dynamic"}, {"allocation"}),
        ({"prune_to": 96}, {"prune_to"}),
        ({"precision": "int8"}, {"precision"}),
        ({"components": {"audio_decoder": "onnxruntime-int8"}}, {"precision"}),
        ({"precision": "int8", "prune_to": 96, "allocation": "dynamic"}, {"allocation", "precision", "prune_to"}),
    ],
)
def test_each_saving_is_of_its_own_options_and_no_other(settings, options):
    result = run(BASE, saving_case("one", [75.0] * 6, **settings))
    for asked in ({"allocation"}, {"prune_to"}, {"precision"}, {"allocation", "precision", "prune_to"}):
        found = measured_saving(result, options=frozenset(asked))
        assert [one.value for one in found] == ([25.0] if asked == options else [])


def words_case(loss, high, name="words", **settings):
    """Return a case that loses so many margins of 0.2 percentage points, at most so many."""
    usual = {"scenario": "quality", "precision": "fp32", "components": {}, "prune_to": 96, "allocation": "static"}
    lost = {"task_parity.wer_text": score(loss, "ratio", ci=(None, high))}
    return replace(case(name, metrics=lost, **usual | settings), notes=[f"{WEIGHTS_OF} a file"])


def test_what_pruning_costs_in_words_is_told_in_percentage_points():
    """Five margins of 0.2 points are one, and 7.5 of them 1.5."""
    whole = run(words_case(5.0, 7.5), words_case(0.0, 0.0, "narrow", precision="int8"))
    (found,) = measured_word_loss(whole, options=frozenset({"prune_to"}))
    assert (found.case, found.unit, found.is_trained) == ("words", "percentage points", True)
    assert (found.value, found.low, found.high) == (pytest.approx(1.0), None, pytest.approx(1.5))
    assert measured_word_loss(run(words_case(1.0, 2.0, status="ERROR")), options=frozenset({"prune_to"})) == ()


def test_words_of_a_small_model_do_not_settle_what_pruning_costs_the_paper_s():
    told = entry("opt.pruning_impact", run(words_case(1.0, 2.0)))
    assert told.verdict == PENDING
    words, rest = told.outcomes
    assert (words.here, [one.value for one in words.measured]) == (CONFIRMED, [pytest.approx(0.2)])
    assert (rest.here, rest.measured) == (None, ())
    both = run(words_case(1.0, 2.0), words_case(4.0, 17.0, "deeper", prune_to=48))
    assert entry("opt.pruning_impact", both).outcomes[0].here is None, "one that is settled does not settle the other"
    seeded = entry("opt.pruning_impact", run(replace(words_case(1.0, 2.0), notes=[])))
    assert seeded.outcomes[0].measured == ()


@pytest.mark.parametrize("other", [{"threads": 2}, {"backend": "eager"}, {"window": "200.0 ms"}])
def test_a_case_that_differs_otherwise_too_has_no_base(other):
    result = run(BASE, saving_case("one", [75.0] * 6, allocation="dynamic", **other))
    assert measured_saving(result, options=frozenset({"allocation"})) == ()


def test_a_saving_in_too_few_rounds_is_not_told():
    base, one = (replace(some, rounds=some.rounds[:5]) for some in (BASE, saving_case("one", [75.0] * 6, prune_to=9)))
    assert measured_saving(run(base, one), options=frozenset({"prune_to"})) == ()


def test_the_ledger_tells_a_saving_on_its_own_scale_and_settles_nothing_by_it():
    result = run(BASE, saving_case("one", [90.0] * 6, precision="int8"))
    found = entry("opt.precision", result)
    assert found.verdict == PENDING
    assert found.outcomes[0].here == REFUTED  # 10 % is less than 12 %
    more = entry("opt.precision", run(BASE, saving_case("one", [80.0] * 6, precision="int8")))
    assert more.outcomes[0].here == CONFIRMED


@pytest.mark.parametrize("settings", [{"backend": "null"}, {"backend": "simulated"}])
def test_what_runs_no_model_saves_nothing_of_one(settings):
    base, one = (saving_case(name, held, **settings, **own) for name, held, own in PAIR)
    assert measured_saving(run(base, one), options=frozenset({"prune_to"})) == ()


def squared(**settings):
    """Return cases whose encoder takes four times as long on a window of twice the length."""
    return [
        replace(
            case(f"w{w}", window=f"{w}.0 ms", hop=f"{w}.0 ms", scenario="compute", **settings),
            rounds=[replace(one, component_p50_ms={"audio_encoder": ms}) for one in rounds(*[50.0] * 6)],
        )
        for w, ms in ((100, 1.0), (200, 4.0), (400, 16.0))
    ]


@pytest.mark.parametrize(
    "settings",
    [{"backend": "null"}, {"ablate": ["m_rope"]}, {"busy": 2}, {"beside": {"model": "nano"}}, {"context": 99}],
)
def test_an_exponent_of_another_model_or_of_none_is_not_told(settings):
    assert entry("cost.audio", run(*squared(**settings))).outcomes[0].measured == ()


def test_a_measured_exponent_stands_beside_the_paper_s():
    """Times of 1, 4 and 16 ms at a window twice as long each: the exponent is 2, and 1.08 would be T log T's."""
    outcome = entry("cost.audio", run(*squared())).outcomes[0]
    (found,) = outcome.measured
    assert found.value == pytest.approx(2.0)
    assert found.statistic == "audio_encoder, 100 to 400 ms"
    assert found.case == "w100 … w400"
    assert (outcome.verdict, outcome.here) == (CONFIRMED, REFUTED)


def talking(*notes, low=0.9, high=0.95):
    found = case(
        "talk", metrics={"response_timing.right": score(0.92, "ratio", ci=(low, high))}, scenario="quality",
        preset="josie-v4o", backend="tensorrt",
    )  # fmt: skip
    return run(replace(found, notes=list(notes)), gpu=SMALL_GPU)


WHOLE = "weights are those of a.safetensors"


@pytest.mark.parametrize(
    "note",
    [
        "weights are seeded, not trained: what is judged says nothing of a model",
        f"{WHOLE}; of depth_transformer they are seeded, not trained: what is judged says nothing of a model",
        "20 windows are few",
    ],
)
def test_what_seeded_weights_say_settles_no_quality_and_is_not_shown(note):
    found = entry("timing.89", talking(note))
    assert (found.verdict, found.is_measured, found.outcomes[0].here) == (PENDING, False, None)
    assert found.outcomes[0].reason.endswith("; of talk weights are seeded")


def test_timing_is_settled_by_trained_weights_at_the_papers_scale():
    found = entry("timing.89", talking(WHOLE))
    (one,) = found.outcomes[0].measured
    assert (found.verdict, one.value, one.low, one.high, one.unit) == (CONFIRMED, 92.0, 90.0, 95.0, "%")
    assert entry("timing.89", talking(WHOLE, low=0.5, high=0.6)).verdict == REFUTED


NEVER = {"present": 0, "absent": None, "lost": 0.0, "burst": 1.0, "late": "0.0 ms"}


def lacking(*of, how=NEVER, note="weights are those of a.safetensors", **scores):
    """Return a case with what is left, `(low, value, high)` by statistic, when these modalities are lost."""
    metrics = {
        f"retention.{name.replace('__', '.')}": score(value, "ratio", ci=(low, high))
        for name, (low, value, high) in scores.items()
    }
    dropout = how | {"of": list(of)}
    found = case("lacking", scenario="quality", modalities=ALL[-1], dropout=dropout, metrics=metrics)
    return replace(found, notes=[note])


def kept(*cases):
    """Return what holds on the scale of a run, by reading of `drop.92` that a run answers."""
    outcomes = entry("drop.92", run(*cases)).outcomes
    return [outcome.here for outcome in outcomes if outcome.reading.measure is not None]


def test_what_a_modality_alone_keeps_is_told_by_each_reading_and_may_differ():
    found = lacking("vision", "text", macro=(0.7, 0.8, 0.9), worst=(0.7, 0.8, 0.9), points=(0.95, 0.97, 0.99))
    assert kept(found) == [REFUTED, REFUTED, CONFIRMED]
    whole = entry("drop.92", run(found))
    assert whole.verdict == AMBIGUOUS
    (macro,) = whole.outcomes[3].measured
    assert (macro.value, macro.low, macro.high) == pytest.approx((80.0, 70.0, 90.0))
    assert (macro.unit, macro.statistic) == ("%", "retention.macro, audio alone")
    assert whole.outcomes[3].verdict == PENDING  # nano is not the paper's model


def test_only_what_never_arrives_leaves_a_modality_alone():
    good = {"macro": (0.95, 0.97, 0.99)}
    assert kept(lacking("text", **good)) == [None] * 3
    assert kept(lacking("vision", "text", how=NEVER | {"present": 6}, **good)) == [None] * 3
    assert kept(lacking("vision", "text", **good)) == [CONFIRMED, None, None]
    hearing = lacking("audio", how=NEVER | {"present": None, "snr": "10.0 dB"}, **good)
    assert kept(replace(hearing, settings=hearing.settings | {"modalities": ["audio"]})) == [None] * 3  # none is gone


def test_seeded_weights_keep_nothing_that_could_be_told():
    seeded = lacking("vision", "text", note="weights are seeded, not trained: nothing", macro=(0.95, 0.97, 0.99))
    outcome = entry("drop.92", run(seeded)).outcomes[3]
    assert (outcome.measured, outcome.here) == ((), None)
    assert outcome.reason.endswith("of lacking weights are seeded")


def test_word_errors_of_audio_alone_rise_by_the_inverse_of_what_is_kept():
    """Kept 0.8 of 0.5 to 1 are 25 % more errors, at most 100 % and at least none; a twentieth of all points is 5."""
    found = lacking("vision", "text", transcribe=(0.5, 0.8, 1.0), transcribe__difference=(-0.09, -0.05, -0.02))
    outcomes = entry("drop.audio", run(found)).outcomes
    (relative,), (points,) = outcomes[2].measured, outcomes[3].measured
    assert (relative.value, relative.low, relative.high) == pytest.approx((25.0, 0.0, 100.0))
    assert (points.value, points.low, points.high) == pytest.approx((5.0, 2.0, 9.0))
    assert [outcome.here for outcome in outcomes[2:]] == [None, REFUTED]
    none_before = lacking("vision", "text", transcribe=(0.0, 0.0, 0.0))
    assert entry("drop.audio", run(none_before)).outcomes[2].measured == ()
    assert entry("drop.audio", run(lacking("audio", "text", transcribe=(0.5, 0.8, 1.0)))).outcomes[2].measured == ()


def retrained(*, setting="ablate", value="rms_norm", figure="wer_text", relative=0.17, bounds=(0.16, 0.18), **settings):
    """Return a run in which a figure of trained models changes with a setting."""
    whole = run(case("full-0", **settings), case("other-0", **settings), gpu=SMALL_GPU)
    contrast = Contrast(
        setting=setting, value=value, base="x", figure=figure, before=0.5, after=0.6, n=40, seeds=3, bases=["full-0"],
        cases=["other-0"], relative=relative,
        relative_ci=None if bounds is None else Interval(level=0.95, low=bounds[0], high=bounds[1], method="by hand"),
    )  # fmt: skip
    return replace(whole, contrasts=[contrast])


def test_a_row_of_table_1_is_told_on_its_own_scale_and_settled_by_a_small_model_neither_way():
    found = entry("table1.rms_norm", retrained())
    (one,) = found.outcomes[0].measured
    assert (one.value, one.low, one.high, one.unit) == (pytest.approx(17.0), 16.0, 18.0, "%")
    assert (one.case, one.statistic, one.n) == ("other-0 beside full-0", "wer_text, seeds: 3", 40)
    assert (found.verdict, found.outcomes[0].here) == (PENDING, CONFIRMED)  # the paper's numbers come to 16.7 %
    assert entry("table1.rms_norm", retrained(bounds=(0.3, 0.4), relative=0.35)).outcomes[0].here == REFUTED
    assert entry("table1.rms_norm", retrained(bounds=(-0.1, 0.4))).outcomes[0].here is None
    assert entry("table1.temporal", retrained()).outcomes[0].measured == ()


def test_convergence_and_windows_are_told_by_their_own_figures():
    slower = entry("abl.rms_norm.convergence", retrained(figure="steps_to_text_loss", relative=0.4, bounds=(0.3, 0.5)))
    assert (slower.outcomes[0].here, slower.verdict) == (REFUTED, PENDING)
    window = {"setting": "window", "value": "200 ms", "relative": 0.0, "bounds": (0.0, 0.0)}
    found = entry("win.200.wer", retrained(**window))
    assert [outcome.here for outcome in found.outcomes] == [REFUTED, None, None]
    gain = measured_change(
        retrained(setting="window", value="400 ms", relative=-0.02, bounds=(-0.03, -0.01)),
        *("window", "400 ms", "wer_text"),
        sign=-1.0,
    )
    assert (gain[0].value, gain[0].low, gain[0].high) == (2.0, 1.0, 3.0)
    nothing = retrained(relative=None, bounds=None)
    assert measured_change(nothing, "ablate", "rms_norm", "wer_text") == ()


def test_models_of_the_papers_size_on_its_hardware_would_settle_it():
    found = entry("table1.rms_norm", retrained(preset="josie-v4o", backend="tensorrt"))
    assert found.verdict == CONFIRMED
