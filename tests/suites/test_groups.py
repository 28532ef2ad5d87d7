"""Groups of keys: each refuses keys that it does not know, describes those that it does, and can be left out."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from josie_bench.suites import groups

GROUPS = [
    each for each in vars(groups).values()
    if isinstance(each, type) and issubclass(each, groups.Strict) and each is not groups.Strict
]  # fmt: skip
every_group = pytest.mark.parametrize("group", GROUPS, ids=lambda group: group.__name__)


@every_group
def test_a_key_that_is_not_known_is_refused(group):
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        group.model_validate({"surely_unknown": 1})


@every_group
def test_a_group_says_what_it_and_its_keys_are(group):
    assert group.__doc__ and group.__doc__ != BaseModel.__doc__
    assert all(field.description for field in group.model_fields.values())


def test_there_are_groups():
    assert {groups.FaultKeys, groups.WarmUpKeys, groups.CapacityKeys} <= set(GROUPS)
