"""The promises of an executable, broken one at a time by a counter of three lines."""

from __future__ import annotations

import types
from copy import copy

import numpy as np
import pytest

from josie_bench.backends import null
from josie_bench.conformance import BrokenPromiseError, UncheckedError
from josie_bench.conformance.backends import CONSTANTS, FUNCTIONS, PROMISES, Subject, inputs_of, says_what_it_is
from josie_bench.terms.signature import Signature, TensorSpec

SIGNATURE = Signature(
    inputs=(TensorSpec(name="x", dtype="float32", axes=("batch", "frames")),),
    state=(TensorSpec(name="sum", dtype="float32", axes=("batch",)),),
    outputs=(TensorSpec(name="y", dtype="float32", axes=("batch", "frames")),),
)


class Adding:
    """Adds up what it was given; `flaw` names what it does wrong."""

    def __init__(self, batch, flaw=""):
        self.signature = SIGNATURE
        self.flaw = flaw
        self.past = [np.zeros(batch, dtype=np.float32)]

    def step(self, inputs):
        self.past.append(self.past[-1] if self.flaw == "still" else self.past[-1] + inputs["x"].sum(axis=1))
        y = inputs["x"] + self.past[-1][:, None] + (0.01 if self.flaw == "off" else 0.0)
        return {"z" if self.flaw == "name" else "y": y.astype("f8" if self.flaw == "type" else "f4")}

    def state(self, *names):
        found = {"sum": self.past[-1][:1] if self.flaw == "batch" else self.past[-1]}
        return found | {"rest": self.past[0]} if self.flaw == "whole" and names else found

    def reset(self):
        self.past = self.past if self.flaw == "keeps" else self.past[:1]

    def undo(self):
        self.past = self.past if self.flaw == "forward" else self.past[:-1]

    def fork(self):
        other = self if self.flaw == "shared" else copy(self)
        if self.flaw != "late":
            other.past = other.past[:1]
        return other


def subject(flaw=""):
    return Subject(load=lambda batch: Adding(batch, flaw), reference=Adding)


@pytest.mark.parametrize("promise", PROMISES)
def test_a_sound_executable_keeps_every_promise(promise):
    PROMISES[promise](subject())


@pytest.mark.parametrize(
    ("flaw", "promise", "words"),
    [
        ("name", "outputs and state are those of the signature", "outputs are z instead of y"),
        ("type", "outputs and state are those of the signature", "output y is float64 instead of float32"),
        ("batch", "outputs and state are those of the signature", r"state sum has shape \(1,\) instead of \(2,\)"),
        ("whole", "outputs and state are those of the signature", "states are rest, sum instead of sum"),
        ("keeps", "reset starts over", "after reset, output y is not what it was"),
        ("forward", "undo takes the last step back", "after undo, state sum is not what it was"),
        ("still", "undo takes the last step back", "a step changes nothing of the state"),
        ("shared", "forks are sessions of their own", "beside a fork, output y is not what it was"),
        ("late", "forks are sessions of their own", "of a fork, output y is not what it was"),
        ("off", "FP32 gives the reference's numbers", "step 0: output y is 0.01 from the reference"),
    ],
)
def test_a_flaw_breaks_its_promise_and_is_named(flaw, promise, words):
    with pytest.raises(BrokenPromiseError, match=words):
        PROMISES[promise](subject(flaw))


def test_a_backend_that_computes_nothing_is_held_against_no_numbers():
    subject = Subject(load=lambda batch: Adding(batch, "off"), reference=None)
    with pytest.raises(UncheckedError, match="computes nothing"):
        PROMISES["FP32 gives the reference's numbers"](subject)


def test_a_backend_of_one_session_at_a_time_need_not_fork(monkeypatch):
    monkeypatch.delattr(Adding, "fork")
    with pytest.raises(UncheckedError, match="they hold one session each"):
        PROMISES["forks are sessions of their own"](subject())


def member(**changes):
    names = {name: getattr(null, name) for name in (*CONSTANTS, *FUNCTIONS)}
    return types.SimpleNamespace(**(names | changes))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"SUMMARY": ""}, "SUMMARY is empty"),
        ({"PRECISIONS": ()}, "PRECISIONS is empty"),
        ({"PRECISIONS": ("fp12",)}, "PRECISIONS names other than"),
        ({"NEEDS_MODEL": 1}, "neither True nor False"),
        ({"GRAPHS": {"int8": "fp32"}}, "GRAPHS or CALIBRATED names what is not in PRECISIONS"),
        ({"SLOTS": ("bf16",)}, "SLOTS names what is not in PRECISIONS"),
        ({"OPTIONS": ("refitt",)}, "OPTIONS names other than refit, version_compatible, timing_cache, typing"),
        ({"QUANTIZED": {"fp32": "fp32"}}, "QUANTIZED names what is not in both"),
        ({"versions": lambda: {"x": 1}}, "other than texts"),
    ],
)
def test_a_description_that_is_wrong_is_named(changes, words):
    says_what_it_is(member())
    with pytest.raises(BrokenPromiseError, match=words):
        says_what_it_is(member(**changes))


def test_inputs_are_drawn_by_the_seed():
    first, again, other = (inputs_of(SIGNATURE, seed)["x"] for seed in (0, 0, 1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)
    assert (first.shape, first.dtype) == ((1, 3), np.float32)
