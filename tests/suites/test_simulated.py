"""What a suite may say of backend `simulated`, and how it is refused what has no meaning there."""

from __future__ import annotations

import pytest

from josie_bench.errors import SuiteError
from josie_bench.suites.expand import expand
from josie_bench.suites.load import find_suite, load_suite
from josie_bench.suites.lock_file import lock, write_lock
from josie_bench.terms.simulated import REAL, ServiceLaw
from tests.suites.writing import cases_of, cases_of_lock

SIMULATED = "    backend: simulated\n"
LAW = (
    "    simulated: {median: 0.1 s, sigma: 0.2, rho: -0.5, run_sigma: 0.01, stall: 2 s, stall_every: 200, drift: 0.05,"
    " second_median: 150 ms, second_share: 0.25, seed: 4, clock: real}\n"
)


def test_its_keys_become_a_law(tmp_path):
    (case,) = cases_of(tmp_path, SIMULATED + LAW)
    assert case.simulated == ServiceLaw(
        median_ms=100.0, sigma=0.2, rho=-0.5, run_sigma=0.01, stall_ms=2000.0, stall_every=200, drift=0.05,
        second_median_ms=150.0, second_share=0.25, seed=4, clock=REAL,
    )  # fmt: skip
    assert not case.is_virtual


def test_without_keys_it_has_the_law_s_defaults_in_virtual_time(tmp_path):
    (case,) = cases_of(tmp_path, SIMULATED)
    assert case.simulated == ServiceLaw()
    assert case.is_virtual
    (other,) = cases_of(tmp_path, "")
    assert other.simulated is None
    assert not other.is_virtual


def test_without_a_second_mode_its_median_is_the_first_one_s(tmp_path):
    (case,) = cases_of(tmp_path, SIMULATED + "    simulated: {median: 90 ms}\n")
    assert case.simulated.second_median_ms == 90.0


@pytest.mark.parametrize("body", [SIMULATED, SIMULATED + LAW, SIMULATED + "    simulated: {median: 90 ms}\n"])
def test_its_lock_gives_the_same_case(body, tmp_path):
    assert cases_of_lock(tmp_path, body) == cases_of(tmp_path, body)


def test_the_selftest_survives_its_lock(tmp_path):
    suite = load_suite(find_suite("selftest"))
    cases = expand(suite)
    write_lock(lock(suite, cases, tmp_path), tmp_path / "suite.lock.yaml")
    assert expand(load_suite(tmp_path / "suite.lock.yaml")) == cases
    assert all(case.is_virtual for case in cases)


def test_a_law_counts_in_the_hash(tmp_path):
    (one,), (other,) = (cases_of(tmp_path, f"{SIMULATED}    simulated: {{rho: {rho}}}\n") for rho in (0.5, 0.6))
    assert one.sha != other.sha


@pytest.mark.parametrize(
    ("body", "line", "words"),
    [
        ("    threads: 2\n", 7, "threads has no meaning with backend simulated, which runs no model: leave it out"),
        ("    components: {audio_encoder: eager}\n", 7, "components has no meaning"),
        ("    stream: {text: hello}\n", 7, "stream has no meaning"),
        ("    modalities: audio\n", 7, "modalities has no meaning"),
        ("    seed: 1\n    precision: fp16\n", 8, "precision has no meaning"),
        ("    blocks: {contents: silent}\n", 7, "blocks.contents has no meaning"),
        ("    scenario: compute\n    blocks: {windows: 4, caches: cold}\n", 8, "blocks.caches has no meaning"),
        ("    scenario: parity\n", 7, "scenario parity looks at what models give"),
        ("    simulated: {stall: 1 s}\n", 7, "set both stall and stall_every"),
        ("    simulated: {stall_every: 9}\n", 7, "set both stall and stall_every"),
        ("    simulated:\n      sigma: 0.1\n      second_share: 0.5\n", 9, "set simulated.second_median"),
        ("    simulated: {rho: 1.0}\n", 7, "rho"),
        ("    simulated: {rhoo: 0.5}\n", 7, "did you mean 'rho'?"),
        ("    simulated: {clock: wall}\n", 7, "unknown clock 'wall'"),
        ("    simulated: lognormal\n", 7, "is no mapping"),
    ],
)
def test_what_has_no_meaning_is_refused_at_its_line(body, line, words, tmp_path):
    with pytest.raises(SuiteError, match=rf"t\.yaml:{line}: .*{words.replace('?', '.')}") as refused:
        cases_of(tmp_path, SIMULATED + body)
    assert "\n" not in str(refused.value)


def test_a_law_that_nothing_follows_is_refused(tmp_path):
    with pytest.raises(SuiteError, match=r"t\.yaml:7: simulated is the law of backend simulated: leave it out"):
        cases_of(tmp_path, "    seed: 1\n    simulated: {sigma: 0.1}\n")
    with pytest.raises(SuiteError, match=r"t\.yaml:6: components: the law of backend simulated is for whole windows"):
        cases_of(tmp_path, "    components: {depth_transformer: simulated}\n")
