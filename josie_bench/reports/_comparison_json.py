"""comparison.json: two runs held against each other, and the JSON Schema that it follows.

Regenerate the schema with
`python -m josie_bench.reports._comparison_json > josie_bench/reports/comparison.schema.json`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from josie_bench.reports._document import read_document, schema_of, to_text
from josie_bench.terms.comparison import (
    COMPARISON_SCHEMA,
    COMPARISON_VERSION,
    DESIGNS,
    SCALES,
    VERDICTS,
    Comparison,
)

SCHEMA_FILE = "comparison.schema.json"
ADAPTER = TypeAdapter(Comparison)
LISTED = {
    ("Comparison", "verdict"): VERDICTS,
    ("Comparison", "design"): DESIGNS,
    ("CaseComparison", "verdict"): VERDICTS,
    ("MetricComparison", "verdict"): VERDICTS,
    ("MetricComparison", "scale"): SCALES,
    ("MetricComparison", "direction"): ("lower", "higher"),
}


def to_json(comparison: Comparison) -> str:
    """Return the text of `comparison.json`."""
    return to_text(ADAPTER, comparison)


def read(path: Path) -> Comparison:
    """Return the comparison that a file holds.

    Raises:
        UsageError: it is missing, broken, something else, or a newer version wrote it.
    """
    return read_document(path, ADAPTER, schema=COMPARISON_SCHEMA, version=COMPARISON_VERSION)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of `comparison.json`."""
    return schema_of(ADAPTER, schema=COMPARISON_SCHEMA, version=COMPARISON_VERSION, listed=LISTED)


def schema_text() -> str:
    """Return the text of the published schema file."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(schema_text())
