"""Groups of keys: each refuses keys that it does not know, and says what it is."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from josie_bench.suites import groups

GROUPS = [
    each for each in vars(groups).values()
    if isinstance(each, type) and issubclass(each, groups.Strict) and each is not groups.Strict
]  # fmt: skip


@pytest.mark.parametrize("group", [each for each in GROUPS if each.model_config["extra"] == "forbid"])
def test_a_key_that_is_not_known_is_refused(group):
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        group.model_validate({"surely_unknown": 1})


@pytest.mark.parametrize("group", GROUPS)
def test_a_group_says_what_it_is(group):
    assert group.__doc__
    assert group.__doc__ != BaseModel.__doc__


def test_there_are_groups():
    assert {groups.FaultKeys, groups.WarmUpKeys, groups.CapacityKeys} <= set(GROUPS)
