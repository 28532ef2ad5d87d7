"""What a worker says is heard as ours say it, or refused in one line."""

from __future__ import annotations

from dataclasses import asdict

import pytest

import josie_bench
from josie_bench.errors import UsageError
from josie_bench.fleet.hearing import (
    ANSWER,
    LONGEST_REASON,
    MOST_DEEP,
    MOST_FACTS,
    UNREADABLE,
    clock_in,
    greeting_in,
    heard,
    refusal_in,
    settled_in,
)
from josie_bench.terms.result import SCHEMA_VERSION
from tests.terms.test_noise_floor import FLOOR

GREETING = {
    "tool": josie_bench.__version__,
    "schema_version": SCHEMA_VERSION,
    "machine": "m",
    "cores": [4, 0],
    "gpus": ["0"],
}
SETTLED = {"facts": {"fingerprint": FLOOR.host, "cpu": None}, "niceness": 15, "noise_floors": [asdict(FLOOR)]}


def nested(depth):
    return [] if depth == 0 else [nested(depth - 1)]


def test_a_greeting_says_who_a_worker_is():
    told = greeting_in(GREETING | {"of a later version": 1})
    assert (told.machine, told.cores, told.gpus) == ("m", [4, 0], ["0"])


def test_a_machine_is_heard_with_its_noise_floors():
    told = settled_in(SETTLED)
    assert (told.facts, told.niceness, told.noise_floors) == (SETTLED["facts"], 15, [FLOOR])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"tool": "9.9\n" + "x" * 1000}, "it has josie-bench 9.9 x"),
        ({"tool": ["0.1.0"]}, "it has josie-bench no version"),
        ({"schema_version": None}, "it has result schema no version"),
        ({"machine": 7}, "its greeting is broken: machine"),
        ({"machine": "\ud800"}, "its greeting is broken"),
        ({"cores": []}, "its greeting is broken: cores"),
        ({"cores": [0, 0]}, "a core is named twice"),
        ({"cores": [True]}, "its greeting is broken: cores.0"),
        ({"cores": [-1]}, "its greeting is broken: cores.0"),
        ({"cores": [10**400]}, "beyond what a number can be"),
        ({"cores": list(range(5000))}, "its greeting is broken: cores"),
        ({"gpus": [{"0": 1}]}, "its greeting is broken: gpus.0"),
        ({"gpus": {1, 2}}, "its greeting is broken"),
    ],
)
def test_a_greeting_that_is_none_of_ours_is_refused_in_one_line(change, words):
    with pytest.raises(UsageError) as refused:
        greeting_in(GREETING | change)
    assert words in str(refused.value)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < LONGEST_REASON + 200


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"facts": {}}, "no fingerprint"),
        ({"facts": {"fingerprint": ["f"]}}, "no fingerprint"),
        ({"facts": {"fingerprint": "f", "load": float("nan")}}, "NaN is no JSON number"),
        ({"facts": {"fingerprint": "f", "x": nested(MOST_DEEP - 1)}}, "some that lie deeper"),
        ({"facts": {"fingerprint": "f", "x": list(range(MOST_FACTS))}}, f"more than {MOST_FACTS} facts"),
        ({"niceness": 20}, "niceness"),
        ({"noise_floors": [asdict(FLOOR) | {"created": "yesterday"}]}, "is no instant"),
        ({"noise_floors": [asdict(FLOOR), asdict(FLOOR) | {"host": "another"}]}, "one is of another machine"),
    ],
)
def test_a_machine_that_is_none_is_refused(change, words):
    with pytest.raises(UsageError, match="what it says of its machine is broken") as refused:
        settled_in(SETTLED | change)
    assert words in str(refused.value)


def test_facts_may_lie_as_deep_as_is_said():
    facts = {"fingerprint": FLOOR.host, "x": nested(MOST_DEEP - 2)}
    assert settled_in(SETTLED | {"facts": facts}).facts == facts


@pytest.mark.parametrize("clock_s", [1e308, -1.0, float("inf"), "1", None, True])
def test_a_clock_that_shows_no_time_is_refused(clock_s):
    with pytest.raises(UsageError, match="what it says of its clock"):
        clock_in({"clock_s": clock_s})


def test_a_clock_is_heard():
    assert clock_in({"clock_s": 1.5e9}) == 1.5e9


@pytest.mark.parametrize(
    ("refused", "reason"),
    [
        ("no\x1b[2J\nspace", "no [2J space"),
        ("", UNREADABLE),
        ("\ud800\0", UNREADABLE),
        (None, UNREADABLE),
        ({"a": 1}, UNREADABLE),
        ("x" * 9999, "x" * LONGEST_REASON + "…"),
    ],
)
def test_a_refusal_is_one_line_that_can_be_printed(refused, reason):
    assert refusal_in({"refused": refused}) == reason


@pytest.mark.parametrize("sent", [None, "{}", ({},), ({}, []), ([], {}), ({}, {"a": "text"}), ({}, {1: b""})])
def test_what_is_no_answer_is_a_refusal(sent):
    assert refusal_in(heard(sent).told) == ANSWER


def test_an_answer_is_heard_as_it_was_sent():
    said = heard(({"clock_s": 1.0}, {"result.json": b"{}"}))
    assert (said.told, said.files) == ({"clock_s": 1.0}, {"result.json": b"{}"})
    assert refusal_in(said.told) is None
