"""The manifests of docs/fleet, as far as they can be tried without a cluster: they parse, and their words are ours."""

from __future__ import annotations

import importlib
import re
import shlex
import subprocess
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from josie_bench.cli import SUBCOMMANDS

FOLDER = Path(__file__).parents[2] / "docs" / "fleet"
FILES = sorted(FOLDER.iterdir())
PAGE = FOLDER.parent / "scale.md"


def calls_of(text):
    """Return the words of every call of josie-bench in a text, as a shell would read them."""
    commands = "|".join(SUBCOMMANDS)
    return [shlex.split(call) for call in re.findall(rf"\bjosie-bench ((?:{commands})\b[^`\n#]*)", text)]


def unknown_options(words):
    """Return the options of a call that its command does not have."""
    command = importlib.import_module(f"josie_bench.cli.{words[0]}").command
    known = {name for option in command.params for name in (*option.opts, *option.secondary_opts)}
    return [word for word in words if word.startswith("--") and word.partition("=")[0] not in known]


def containers_of(value):
    """Yield every container in a manifest."""
    if isinstance(value, dict):
        yield from value.get("containers", [])
        for inner in value.values():
            yield from containers_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from containers_of(inner)


@pytest.mark.parametrize("file", [*FILES, PAGE], ids=lambda file: file.name)
def test_every_call_is_of_a_command_that_there_is_with_options_that_it_has(file):
    calls = calls_of(file.read_text(encoding="utf-8"))
    assert calls
    assert [(words, options) for words in calls if (options := unknown_options(words))] == []


def test_an_option_that_there_is_not_would_be_seen():
    (words,) = calls_of("    josie-bench run realtime --fleeet auto\n")
    assert unknown_options(words) == ["--fleeet"]


@pytest.mark.parametrize("file", [file for file in FILES if file.suffix == ".yaml"], ids=lambda file: file.name)
def test_a_manifest_is_yaml_of_a_known_kind_whose_volumes_are_there(file):
    manifest = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    assert (manifest["apiVersion"], manifest["kind"]) in {("ray.io/v1", "RayJob"), ("batch/v1", "Job")}
    containers = list(containers_of(manifest))
    assert containers
    for container in containers:
        assert {"name", "image", "resources"} <= container.keys()
        assert [mount["name"] for mount in container["volumeMounts"]] == ["shared"]


@pytest.mark.parametrize("file", [file for file in FILES if file.suffix == ".sbatch"], ids=lambda file: file.name)
def test_a_batch_script_is_one_that_bash_can_read(file):
    done = subprocess.run(["bash", "-n", str(file)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert file.read_text(encoding="utf-8").startswith("#!/bin/bash\n")
