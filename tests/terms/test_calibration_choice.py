"""Calibration sets of a case's own are told by content."""

from __future__ import annotations

import dataclasses

from josie_bench.terms.calibration_choice import CalibrationChoice

CHOICE = CalibrationChoice(speech="/a/x.wav", video="bundled", windows=64, sha256="1" * 64)


def test_a_set_is_known_by_content_and_windows_and_not_by_where_it_lies():
    elsewhere = dataclasses.replace(CHOICE, speech="/b", video="/c")
    assert (elsewhere, hash(elsewhere)) == (CHOICE, hash(CHOICE))
    assert dataclasses.replace(CHOICE, windows=63) != CHOICE
    assert dataclasses.replace(CHOICE, sha256="2" * 64) != CHOICE


def test_its_streams_are_those_of_a_case():
    assert CHOICE.streams == {"speech": "/a/x.wav", "video": "bundled"}
