"""The checks of a case in plain words."""

from dataclasses import replace

import pytest

from josie_bench.reports._validity_words import BROKEN, HOLDS, UNKNOWN, checks, diagnosis_lines, outcomes, short_words
from josie_bench.terms.result import CaseResult
from josie_bench.terms.score import NotAvailable
from josie_bench.terms.validity import (
    AbsentTelemetry,
    AuditValidity,
    CapValidity,
    ClockValidity,
    Diagnosis,
    Failure,
    HarnessValidity,
    Identity,
    NeighbourValidity,
    TelemetryValidity,
    ThrottleValidity,
    Validity,
)  # fmt: skip

NO_GPU = NotAvailable(reason="no_driver", detail="no driver here")
WELL = Validity(
    harness=HarnessValidity(ok=True, pacer_p999_us=210.0, null_p999_us=340.0),
    clock=ClockValidity(disorder_ns=0),
    throttle=ThrottleValidity(windows_flagged=2, windows_capped=5, reasons={"too hot (driver)": 2}),
    neighbours=NeighbourValidity(gpu_processes=0, others_cores=0.25),
    audit=AuditValidity(checked=96),
    telemetry=TelemetryValidity(gap_share={"cpu": 0.01, "gpu0": 0.0}, cost_cores=0.012),
    identities=[Identity(name="Little's law", error=0.001, limit=0.02, unit="of the mean")],
)


def case(validity: Validity | None, **changes: object) -> CaseResult:
    """Return a case with these checks."""
    fields = {"sha": "", "status": "OK", "reason": None, "settings": {}, "reproduce": ""} | changes
    return CaseResult(id="a", validity=validity, **fields)  # type: ignore[arg-type]


def verdict(validity: Validity, name: str) -> tuple[str, str]:
    """Return verdict and words of one check."""
    return next((check.verdict, check.seen) for check in checks(case(validity)) if check.name == name)


def test_a_case_that_timed_nothing_has_no_checks() -> None:
    assert checks(case(None)) == []
    assert outcomes([case(None)]) == {}


def test_everything_holds_and_says_what_was_seen() -> None:
    assert {check.verdict for check in checks(case(WELL))} == {HOLDS}
    assert short_words(case(WELL)) == "all hold"
    assert verdict(WELL, "windows came on time")[1] == (
        "lateness p99.9 0.210 ms; 0 windows handed over too late; the whole harness p99.9 0.340 ms"
    )
    assert (
        verdict(WELL, "GPU at its speed")[1]
        == "slowed in 2 windows (too hot (driver) 2); at its power cap in 5 windows"
    )
    assert verdict(WELL, "answers are computed")[1] == "96 of 96 timed answers came again"
    assert verdict(WELL, "machine was watched")[1] == (
        "2 sources, the worst silent in 1.00 % of the time, at a cost of 0.0120 cores"
    )


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"throttle": ThrottleValidity(na=NO_GPU)}, "GPU at its speed"),
        ({"neighbours": NeighbourValidity(na=NO_GPU, others_cores=0.5)}, "GPU to itself"),
        ({"audit": AuditValidity(checked=0, reason="backend null computes no answers")}, "answers are computed"),
        ({"telemetry": TelemetryValidity(na=NO_GPU)}, "machine was watched"),
        ({"identities": [Identity(name="offered rate", error=None, limit=1, unit="", na=NO_GPU)]}, "offered rate"),
    ],
)
def test_what_could_not_be_looked_at_is_not_known_and_says_why(changes: dict[str, object], name: str) -> None:
    validity = replace(WELL, **changes)  # type: ignore[arg-type]
    found, seen = verdict(validity, name)
    assert found == UNKNOWN
    assert "no driver here" in seen or seen == "backend null computes no answers"
    assert short_words(case(validity)) == f"all that could be looked at hold; not known: {name}"


@pytest.mark.parametrize(
    ("status", "name"),
    [
        ("INVALID_CLOCK", "one clock"),
        ("INVALID_AUDIT", "answers are computed"),
        ("INVALID_THROTTLED", "GPU at its speed"),
        ("INVALID_NEIGHBOUR", "GPU to itself"),
        ("INVALID_TELEMETRY", "machine was watched"),
        ("INVALID_CAP", "held to its part of a GPU"),
    ],
)
def test_what_makes_a_case_invalid_is_broken(status: str, name: str) -> None:
    validity = replace(WELL, failures=[Failure(status=status, reason="why")], cap=CapValidity(cap_mib=8192, na=NO_GPU))
    assert verdict(validity, name)[0] == BROKEN
    assert short_words(case(validity)) == f"broken: {name}"


def test_a_late_pacer_and_a_broken_identity_are_broken() -> None:
    late = replace(WELL, harness=HarnessValidity(ok=False, pacer_p999_us=9000.0, pacer_late=7))
    assert verdict(late, "windows came on time") == (BROKEN, "lateness p99.9 9.00 ms; 7 windows handed over too late")
    lost = replace(WELL, identities=[Identity(name="Little's law", error=0.3, limit=0.02, unit="of the mean")])
    assert verdict(lost, "Little's law") == (BROKEN, "off by 0.300, at most 0.0200 of the mean")


def test_answers_that_did_not_come_again_are_named() -> None:
    audit = AuditValidity(checked=8, mismatched=[3], reason="stopped early")
    assert verdict(replace(WELL, audit=audit), "answers are computed")[1] == (
        "7 of 8 timed answers came again; not of window 3: stopped early"
    )


def test_absent_sources_are_named_with_why() -> None:
    telemetry = TelemetryValidity(
        gap_share={"cpu": 0.0}, absent=[AbsentTelemetry(source="gpu", reason="no_driver", detail="d")]
    )
    assert verdict(replace(WELL, telemetry=telemetry), "machine was watched")[1].endswith("; absent: gpu (no driver)")


def test_cases_of_one_outcome_stand_together() -> None:
    assert outcomes([case(WELL), case(WELL), case(None)]) == {"all hold": ["a", "a"]}


def test_a_diagnosis_is_a_line_with_its_next_step() -> None:
    found = Diagnosis(code="JB-SHAPE-002", text="it rises", evidence={}, next="look")
    assert list(diagnosis_lines(case(None, diagnosis=[found]))) == ["JB-SHAPE-002: it rises. Next: look."]


@pytest.mark.parametrize(
    ("is_of_process", "whose"), [(True, "by its process"), (False, "by whomever, for NVML hides its process")]
)
def test_what_was_held_stands_beside_what_may_be(is_of_process: bool, whose: str) -> None:
    cap = CapValidity(cap_mib=8192.0, peak_mib=6001.4, is_of_process=is_of_process)
    found, seen = verdict(replace(WELL, cap=cap), "held to its part of a GPU")
    assert (found, seen) == (HOLDS, f"at most 6,001 MiB held {whose}, of 8,192 MiB")
