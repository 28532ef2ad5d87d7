"""What of a case would fit: the most of each setting, narrower precisions and smaller presets, each by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from josie_bench.bench import shortage
from josie_bench.bench.shortage import largest_terms
from josie_bench.terms.memory_model import Footprint, Term
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.schedule import Blocks
from josie_bench.terms.sessions import Sessions

NONE = "no single setting makes it fit: as it is it does on a larger machine"


def what_fits(case, fits) -> str:
    """Return the settings that are told, as they are told; the end of the sentence is always the same."""
    told = shortage.what_fits(case, fits, "on a larger machine")
    return told.removesuffix(", or as it is on a larger machine")


@given(st.integers(1, 99), st.integers(1, 99))
def test_the_most_sessions_that_fit_are_named(fewer, more):
    from tests.bench.cases import make_case

    case = make_case(backend="eager", sessions=Sessions(count=fewer + more))
    assert what_fits(case, lambda asked: asked.sessions.count <= fewer) == f"it fits with sessions={fewer}"


@pytest.mark.parametrize(
    ("fits", "told"),
    [
        (lambda case: case.window_ms <= 150, "window='150 ms'"),
        (lambda case: (case.model.context or 40) <= 7, "context=7"),
        (lambda case: (case.token_budget or 4) <= 3, "token_budget=3"),
        (lambda case: case.precision != "fp32", "precision=fp16"),
        (lambda case: case.precision == "bf16", "precision=bf16"),
    ],
)
def test_each_setting_is_said_as_a_suite_says_it(make_case, fits, told):
    """`tiny` keeps 24 + 16 positions and 4 tokens; its frames are 50 ms."""
    case = make_case(backend="eager", window_ms=300.0, hop_ms=300.0)
    assert what_fits(case, fits) == f"it fits with {told}"


def test_a_hop_is_never_longer_than_the_window(make_case):
    case = make_case(backend="eager", window_ms=300.0, hop_ms=200.0)
    seen = []
    what_fits(case, lambda asked: bool(seen.append(asked)) or asked.window_ms <= 100)
    assert {(asked.window_ms, asked.hop_ms) for asked in seen} >= {(100.0, 100.0), (150.0, 150.0)}
    assert all(asked.hop_ms <= asked.window_ms for asked in seen)


def test_all_that_is_enough_by_itself_is_told(make_case):
    case = make_case(backend="onnxruntime", sessions=Sessions(count=9), model=ModelChoice(preset="josie-v4o"))

    def fits(asked):
        return asked.sessions.count <= 2 or asked.precision == "int8" or asked.preset != "josie-v4o"

    assert what_fits(case, fits) == "it fits with sessions=2, precision=int8, preset=nano"


def test_where_no_single_setting_is_enough_that_is_said(make_case):
    assert what_fits(make_case(backend="eager"), lambda asked: False) == NONE


def test_a_context_of_one_position_is_none(make_case):
    case = make_case(backend="eager")
    assert "context" not in what_fits(case, lambda asked: asked.model.context == 1)


def test_who_is_admitted_is_what_counts_where_somebody_is_refused(make_case):
    case = make_case(backend="eager", sessions=Sessions(count=20, admit=10))
    assert what_fits(case, lambda asked: asked.sessions.seats <= 4) == "it fits with admit=4"


def test_a_pruned_context_is_pruned_further_and_its_preset_stays(make_case):
    case = make_case(backend="eager", model=ModelChoice(preset="nano", prune_to=96))
    assert what_fits(case, lambda asked: asked.model.prune_to <= 50 or asked.preset == "tiny") == (
        "it fits with prune_to=50"
    )


def test_windows_of_blocks_are_not_changed(make_case):
    case = make_case(backend="eager", blocks=Blocks(windows=4, lengths_ms=(100.0, 400.0)))
    assert what_fits(case, lambda asked: asked.window_ms < 100) == NONE


def test_sessions_of_a_batch_get_a_precision_that_can_hold_them(make_case):
    """Dynamic INT8 of ONNX Runtime has one range for all rows; calibrated has not."""
    alone = make_case(backend="onnxruntime")
    batch = replace(alone, sessions=Sessions(count=1, batching="continuous"))
    told = [what_fits(case, lambda asked: asked.precision != "fp32") for case in (alone, batch)]
    assert told == ["it fits with precision=int8", "it fits with precision=int8_qdq"]


def test_the_three_largest_terms_are_named():
    terms = [Term(name=name, formula="", byte_count=count * 2**28) for name, count in
             [("weights", 8), ("rings", 2), ("tails", 1), ("activations", 4)]]  # fmt: skip
    assert largest_terms(Footprint(terms=tuple(terms))) == "weights 2.00 GiB, activations 1.00 GiB, rings 0.50 GiB"
