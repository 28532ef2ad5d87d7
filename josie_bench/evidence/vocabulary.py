"""Our own words: where somebody's name is one of them, it says nothing of anybody."""

from __future__ import annotations

import re
from functools import cache

from josie_bench.metrics import all_metrics
from josie_bench.model.presets import CODECS, PRESETS
from josie_bench.plugins import member_names
from josie_bench.reports.result import schema_text as result_schema
from josie_bench.suites.load import bundled_suites
from josie_bench.suites.schema import schema_text as suite_schema

FAMILIES = ("backends", "metrics", "scenarios", "streams", "model.components")


@cache
def own_words() -> frozenset[str]:
    """Return the words of the schemas and the metrics, and the names of members, presets and suites."""
    members = {name for family in FAMILIES for name in member_names(family)}
    texts = [result_schema(), suite_schema(), *members, *PRESETS, *CODECS, *(path.stem for path in bundled_suites())]
    for metric in all_metrics().values():
        texts += [metric.description, metric.origin, metric.unit, *metric.statistics, *metric.statistics.values()]
    return frozenset(word for text in texts for word in re.findall(r"[A-Za-z0-9]+", text)) | members
