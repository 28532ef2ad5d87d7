"""Cases that differ in one setting alone: which are held against which, and what comes of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from josie_bench.bench.contrasts import STEPS, contrasts_of, curves_of, learning_of
from josie_bench.terms.judged import Judged, JudgedChoice, JudgedItem, JudgeUse
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.progress import CURVE, Progress, curve_text
from tests.bench.cases import make_case

SAID = "one two three four"
ITEMS = 20


def words(name="full-0", *, seed=0, ablate=(), quantizer=None, window_ms=300.0, **changes):
    model = ModelChoice(
        preset="nano", seed=seed, ablate=ablate, quantizer=quantizer, weights=(f"/w/{name}/weights.safetensors",)
    )
    settings = {"scenario": "quality", "judged": JudgedChoice(tasks=("transcribe",)), "modalities": ("audio",)}
    return make_case(
        "eager", id=name, sha=name, model=model, window_ms=window_ms, hop_ms=window_ms, **(settings | changes)
    )


def wrote(text, items=ITEMS):
    """Return what was judged of a model that writes `text` of `one two three four`, every time."""
    rows = tuple(
        JudgedItem(
            item=f"item-{place}",
            cluster="",
            task="transcribe",
            side="engine",
            texts={"reference": SAID, "written": text, "frequent": SAID},
        )
        for place in range(items)
    )
    uses = (JudgeUse(role="normaliser", identity="english_text/1"),)
    return Judged(tasks=("transcribe",), rows=rows, judges=uses)


def found(pairs, curves=None):
    """Return the contrasts of (case, what it wrote)."""
    judged = {case.id: wrote(text) for case, text in pairs}
    return contrasts_of([case for case, _ in pairs], judged, curves or {})


def curve(*losses):
    return [
        Progress(step=20 * place, lr=0.1, losses={"text": loss}, elapsed_s=1.0)
        for place, loss in enumerate(losses, start=1)
    ]


def test_what_is_switched_off_is_held_against_the_whole_model_seed_by_seed():
    """Without the part one word of four is wrong, and in the second seed two; the whole model has one wrong in one."""
    one, two = "one two three oh", "one two oh oh"
    contrasts = found(
        [
            (words("full-0"), SAID),
            (words("full-1", seed=1), one),
            (words("plain-0", ablate=("rms_norm",)), one),
            (words("plain-1", seed=1, ablate=("rms_norm",)), two),
        ]
    )
    rate = next(each for each in contrasts if each.figure == "wer_text")
    assert (rate.setting, rate.value, rate.base) == ("ablate", "rms_norm", "nothing")
    assert (rate.bases, rate.cases) == (["full-0", "full-1"], ["plain-0", "plain-1"])
    assert (rate.n, rate.seeds) == (ITEMS, 2)
    assert (rate.before, rate.after, rate.relative) == (0.125, 0.375, 2.0)
    assert rate.ci is None  # a quarter more of all items of both seeds
    assert rate.relative_ci is None  # of a seed in which nothing was wrong before
    match = next(each for each in contrasts if each.figure == "exact_match")
    assert (match.before, match.after) == (0.5, 0.0)


def test_windows_are_held_against_those_of_300_ms_of_the_same_model():
    contrasts = found(
        [
            (words("short", window_ms=200.0), "one"),
            (words("usual"), SAID),
            (words("long", window_ms=400.0), SAID),
            (words("plain", ablate=("rms_norm",), window_ms=400.0), SAID),  # has no 300 ms beside it
        ]
    )
    rates = [each for each in contrasts if each.figure == "wer_text"]
    windows = [(each.value, each.after - each.before) for each in rates if each.setting == "window"]
    assert windows == [("200 ms", 0.75), ("400 ms", 0.0)]
    assert [each.bases for each in rates if each.setting == "ablate"] == [["long"]]  # and not that of other windows


def test_another_reading_of_the_quantiser_is_a_setting_too():
    (rate, _) = found([(words("full"), SAID), (words("other", quantizer="parallel"), "one two three oh")])
    assert (rate.setting, rate.value, rate.base, rate.after) == ("quantizer", "parallel", "the preset's", 0.25)


@pytest.mark.parametrize(
    "other",
    [{"seed": 1}, {"window_ms": 200.0}, {"temperature": 1.0}, {"judged": JudgedChoice(tasks=("transcribe",), items=7)}],
)
def test_cases_that_differ_in_more_are_not_held_against_each_other(other):
    assert found([(words("full"), SAID), (words("plain", ablate=("rms_norm",), **other), SAID)]) == []


def test_two_cases_in_one_place_are_neither_taken():
    twice = [(words("full"), SAID), (words("full-again"), SAID), (words("plain", ablate=("temporal",)), SAID)]
    assert found(twice) == []


def test_items_that_were_not_judged_on_both_sides_make_no_contrast():
    cases = [words("full"), words("plain", ablate=("temporal",))]
    assert contrasts_of(cases, {"full": wrote(SAID), "plain": wrote(SAID, items=19)}, {}) == []
    assert contrasts_of(cases, {"full": wrote(SAID)}, {}) == []


def test_steps_to_one_loss_are_told_where_all_were_trained_by_the_same():
    """Seed 0: without it 80 steps and with it 60, a third more; seed 1: 80 and 40, twice as many."""
    pairs = [
        (words(f"{name}-{seed}", seed=seed, ablate=ablate), SAID)
        for seed in (0, 1)
        for name, ablate in (("full", ()), ("plain", ("rms_norm",)))
    ]
    curves = {
        "full-0": curve(4.0, 2.0, 1.0, 0.5),
        "plain-0": curve(4.0, 3.0, 2.0, 1.0),
        "full-1": curve(4.0, 1.0, 0.5, 0.5),
        "plain-1": curve(4.0, 3.0, 2.0, 1.0),
    }
    steps = next(each for each in found(pairs, curves) if each.figure == STEPS)
    assert (steps.before, steps.after, steps.n, steps.seeds) == (50.0, 80.0, 2, 2)
    assert steps.relative == pytest.approx((1 / 3 + 1.0) / 2)
    assert steps.ci.method == steps.relative_ci.method == "t over 2 seeds"
    shorter = curves | {"plain-1": curve(4.0, 3.0)}
    assert all(each.figure != STEPS for each in found(pairs, shorter))
    (first, *_) = learned = learning_of(found(pairs, curves), curves)
    assert [each.case for each in learned] == ["full-0", "full-1", "plain-0", "plain-1"]
    assert (first.loss, first.steps, first.values) == ("text", [20, 40, 60, 80], [4.0, 2.0, 1.0, 0.5])


def test_without_memory_another_task_is_learnt_so_its_curve_is_drawn_and_its_steps_are_not_compared():
    """Of two models that both have none the steps are: there one task is learnt."""
    pairs = [(words("full"), SAID), (words("forgets", ablate=("temporal",)), SAID)]
    curves = {"full": curve(4.0, 2.0, 1.0), "forgets": curve(4.0, 3.0, 2.5)}
    contrasts = found(pairs, curves)
    assert {each.value for each in contrasts} == {"temporal"}
    assert all(each.figure != STEPS for each in contrasts)
    assert [each.case for each in learning_of(contrasts, curves)] == ["full", "forgets"]
    both = [
        (words("residual", ablate=("temporal",)), SAID),
        (words("other", ablate=("temporal",), quantizer="parallel"), SAID),
    ]
    curves = {"residual": curve(4.0, 2.0, 1.0), "other": curve(4.0, 3.0, 2.0)}
    assert any(each.figure == STEPS for each in found(both, curves))


def test_curves_are_found_beside_the_weights(tmp_path):
    (tmp_path / "language").mkdir()
    (tmp_path / "language" / CURVE).write_text(curve_text(curve(2.0, 1.0)))
    case = words()
    beside = replace(case, model=replace(case.model, weights=(str(tmp_path / "weights.safetensors"),)))
    assert curves_of([beside, words("elsewhere")]) == {"full-0": curve(2.0, 1.0)}
    assert curves_of([replace(case, model=replace(case.model, weights=()))]) == {}
    (tmp_path / "language" / CURVE).write_text("{")
    assert curves_of([beside]) == {}
