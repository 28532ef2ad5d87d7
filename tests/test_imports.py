"""The command line answers fast: what is heavy is imported by the subcommand that needs it."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "pandas", "scipy", "onnx", "onnxruntime", "altair", "pyarrow", "av", "safetensors", "huggingface_hub")
LOADED = f"print(sorted(set({HEAVY!r}) & set(sys.modules)))"
HELP = """
import sys
from josie_bench.cli import main
sys.argv = ["josie-bench", *{words!r}]
try:
    main()
except SystemExit as ended:
    assert not ended.code, ended.code
finally:
    {loaded}
"""


def run(code: str) -> str:
    """Return the last line that a fresh interpreter prints."""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def test_the_check_sees_a_heavy_import():
    assert run(f"import sys, scipy\n{LOADED}") == "['scipy']"


def test_importing_the_command_line_loads_nothing_heavy():
    assert run(f"import sys, josie_bench.cli\n{LOADED}") == "[]"


@pytest.mark.parametrize(
    "words",
    [
        ["--help"],
        ["--version"],
        ["model", "josie-v4o"],
        ["weights", "--help"],
        ["weights", "import", "--help"],
        ["engines", "--help"],
        ["engines", "list"],
        ["metrics", "--help"],
        ["claims"],
        ["claims", "--help"],
        ["corpus", "--help"],
        ["train", "--help"],
    ],
    ids=" ".join,
)
def test_what_needs_no_model_loads_nothing_heavy(words):
    assert run(HELP.format(words=words, loaded=LOADED)) == "[]"


def test_the_floors_below_the_families_load_nothing_heavy():
    code = "import sys, josie_bench.errors, josie_bench.plugins, josie_bench.terms.result, josie_bench.terms.case"
    assert run(f"{code}\n{LOADED}") == "[]"
