"""An account of compiled layers survives a manifest, and is never an empty table."""

from __future__ import annotations

import json

import pytest

from josie_bench.terms.compiled_layers import CompiledLayers

FOUND = CompiledLayers(asked="fp16", counts=(("fp16", 3), ("fp32", 1)), others=(("softmax_2", "fp32"),))
MISSING = CompiledLayers.not_read("fp16", "no GPU here")


@pytest.mark.parametrize("account", [FOUND, MISSING])
def test_it_survives_json(account):
    assert CompiledLayers.from_json(json.loads(json.dumps(account.as_json()))) == account


def test_what_was_not_read_is_told_by_its_reason():
    assert MISSING.as_json() == {"asked": "fp16", "status": "not read", "reason": "no GPU here"}
    assert MISSING.lines() == ["not read: no GPU here"]


def test_types_are_counted_and_layers_of_another_type_named():
    assert FOUND.lines() == ["3 fp16, 1 fp32; asked for fp16", "fp32: softmax_2"]


@pytest.mark.parametrize(
    "note",
    [
        "text",
        [],
        {},
        {"asked": "fp16", "status": "read"},
        {"asked": "fp16", "status": "read", "counts": {}},
        {"asked": "fp16", "status": "read", "counts": {"fp16": None}},
        {"asked": "fp16", "status": "read", "counts": ["fp16"]},
        {"asked": "fp16", "status": "read", "counts": {"fp16": 1}, "others": [["a"]]},
        {"asked": "fp16", "status": "read", "counts": {"fp16": 1}, "others": 3},
        {"asked": "fp16", "status": "read", "counts": {"fp16": float("inf")}},
        {"asked": "fp16", "status": "not read"},
        {"asked": "fp16", "status": "maybe", "reason": "x"},
    ],
)
def test_what_is_no_account_is_refused(note):
    with pytest.raises(ValueError, match=r"account of compiled layers|unpack"):
        CompiledLayers.from_json(note)
