"""The table of `docs/model.md` that holds nano's codecs side by side: what `josie-bench model` says, not typed.

`pytest tests/cli/test_model_codecs.py --write-codecs` renews it.
"""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from josie_bench.cli.model import command
from tests.marked_text import markdown_table, with_between

DOCUMENT = Path(__file__).parents[2] / "docs" / "model.md"
BEGIN, END = "<!-- codecs: begin -->", "<!-- codecs: end -->"
HALVES = ("audio_encoder", "audio_decoder")


def rows_of(preset: str) -> list[list[str]]:
    """Return a row for each half of the preset's codec."""
    done = CliRunner().invoke(command, [preset, "--window", "300 ms", "--json"])
    assert done.exit_code == 0, done.output
    components = json.loads(done.stdout)["components"]
    return [
        [
            f"`{preset}`",
            f"`{name}`",
            f"{components[name]['parameters']:,}",
            f"{components[name]['constants']:,}",
            f"{components[name]['flops'] / 1e6:.1f} M",
            f"{components[name]['state_bytes']['fp32'] / 1e3:.0f} kB",
        ]
        for name in HALVES
    ]


def test_the_table_of_the_codecs_is_what_the_command_says(pytestconfig):
    columns = ["preset", "component", "parameters, quantiser included", "fixed", "FLOPs", "state in FP32"]
    inner = f"\n\n{markdown_table(columns, [*rows_of('nano-seanet'), *rows_of('nano')])}\n\n"
    text = DOCUMENT.read_text(encoding="utf-8")
    written = with_between(text, BEGIN, END, inner)
    if pytestconfig.getoption("--write-codecs"):
        DOCUMENT.write_text(written, encoding="utf-8")
        return
    assert written == text, "renew the table: pytest tests/cli/test_model_codecs.py --write-codecs"
