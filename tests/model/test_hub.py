"""The hub: its real client over a cache laid out on disk, and against a small hub served on this machine."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from josie_bench.model.hub import is_hub_address

pytest.importorskip("huggingface_hub")

COMMIT = "0123456789abcdef0123456789abcdef01234567"
FETCH = """
import sys
from josie_bench.errors import JosieBenchError
from josie_bench.model.hub import fetch
try:
    snapshot = fetch(*sys.argv[1:])
    print(snapshot.source, snapshot.path)
except JosieBenchError as error:
    print(type(error).__name__, error.exit_code, error)
"""
FILES = {
    "model.safetensors": b"weights",
    "tokenizer-e351c8d8-checkpoint125.safetensors": b"codec",
    "config.json": b"{}",
    "pytorch_model.bin": b"a pickle",
    "README.md": b"words",
    "onnx/model.safetensors": b"another",
}


def fetched(cache, *words, code=FETCH, **environment):
    """Return what a fresh process prints, with a hub cache of its own."""
    settings = {"HF_HUB_CACHE": str(cache), "HF_HOME": str(cache), "HF_HUB_DISABLE_TELEMETRY": "1"}
    kept = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
    done = subprocess.run(
        [sys.executable, "-c", code, *words],
        env=kept | settings | environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1, done.stdout
    return done.stdout.strip()


def lay_out(cache, repository="org/name", names=("model.safetensors", "config.json"), branch="main"):
    """Lay a snapshot out as the hub's client does: blobs, links to them, and a branch's commit."""
    home = cache / f"models--{repository.replace('/', '--')}"
    snapshot = home / "snapshots" / COMMIT
    for folder in (home / "blobs", home / "refs", snapshot):
        folder.mkdir(parents=True)
    (home / "refs" / branch).write_text(COMMIT)
    for name in names:
        digest = hashlib.sha256(FILES[name]).hexdigest()
        (home / "blobs" / digest).write_bytes(FILES[name])
        (snapshot / name).symlink_to(f"../../blobs/{digest}")
    return snapshot


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("kyutai/mimi", True), ("Qwen/Qwen2.5-VL-3B-Instruct", True), ("org/name/file.safetensors", True),
        ("org/name/sub/file.safetensors", True), ("mimi", False), ("./weights/mimi", False), ("/org/name", False),
        ("../name", False), ("weights/mine.safetensors", False), ("org/name/file.bin", False), ("", False),
        ("org/name/../x.safetensors", False), ("org/name@main", False), ("https://huggingface.co/org/name", False),
    ],
)  # fmt: skip
def test_an_address_is_told_from_a_path(words, expected):
    assert is_hub_address(words) is expected


def test_a_snapshot_in_the_cache_is_found_offline_and_named_by_its_commit(tmp_path):
    snapshot = lay_out(tmp_path)
    assert fetched(tmp_path, "org/name", HF_HUB_OFFLINE="1") == f"org/name@{COMMIT} {snapshot}"
    assert fetched(tmp_path, "org/name", COMMIT, HF_HUB_OFFLINE="1") == f"org/name@{COMMIT} {snapshot}"


def test_another_branch_is_found_by_its_name(tmp_path):
    snapshot = lay_out(tmp_path, branch="bf16")
    assert fetched(tmp_path, "org/name", "bf16", HF_HUB_OFFLINE="1") == f"org/name@{COMMIT} {snapshot}"


def test_one_file_of_a_repository_is_found(tmp_path):
    name = "tokenizer-e351c8d8-checkpoint125.safetensors"
    snapshot = lay_out(tmp_path, names=[name, "model.safetensors"])
    told = fetched(tmp_path, f"org/name/{name}", HF_HUB_OFFLINE="1")
    assert told == f"org/name@{COMMIT}/{name} {snapshot / name}"


def test_offline_and_not_in_the_cache_is_one_line_with_the_mend(tmp_path):
    told = fetched(tmp_path, "org/name", HF_HUB_OFFLINE="1")
    assert told == (
        "UnavailableError 3 org/name: no path here, not in the hub's cache, and the hub cannot be reached: go online "
        "(and unset HF_HUB_OFFLINE), or fetch its .safetensors files elsewhere and name their folder"
    )


def test_a_hub_that_does_not_answer_is_told_the_same(tmp_path):
    assert "UnavailableError 3 org/name@v1: no path here" in fetched(
        tmp_path, "org/name", "v1", HF_ENDPOINT="http://127.0.0.1:9"
    )


def test_a_broken_proxy_is_told_too(tmp_path):
    told = fetched(tmp_path, "org/name", HF_ENDPOINT="http://hub.invalid", HTTP_PROXY="http://127.0.0.1:9")
    assert told.startswith("UnavailableError 3 org/name: no path here")


def test_a_cached_snapshot_without_safetensors_is_refused(tmp_path):
    lay_out(tmp_path, names=["config.json"])
    told = fetched(tmp_path, "org/name", HF_HUB_OFFLINE="1")
    assert told.startswith("WeightsError 2 org/name: no safetensors file in it (pickles are never fetched)")
    told = fetched(tmp_path, "org/name/a.safetensors", HF_HUB_OFFLINE="1")
    assert told.startswith("WeightsError 2 org/name: no a.safetensors in it")


def test_without_the_library_the_mend_is_the_extra(tmp_path):
    told = fetched(tmp_path, "org/name", code=f"import sys\nsys.modules['huggingface_hub'] = None\n{FETCH}")
    assert told.startswith("UnavailableError 3 huggingface_hub is not installed: pip install 'josie-bench[hub]', or ")


@pytest.mark.parametrize(("name", "revision"), [("org/na--me", None), ("org/name.", None), ("org/" + "n" * 99, None)])
def test_a_name_that_the_hub_does_not_allow_is_refused(name, revision, tmp_path):
    told = fetched(tmp_path, name, HF_HUB_OFFLINE="1")
    assert told.startswith("WeightsError 2 ")
    assert told.endswith("no path here, and no name that the hub allows: write org/name")


# --- against a hub served here -----------------------------------------------------------------------------------


REFUSALS = {"gated": (403, "GatedRepo"), "gone": (404, "RepoNotFound"), "down": (503, "")}


class SmallHub(BaseHTTPRequestHandler):
    """Answers as the hub does: what a revision is, what its tree holds, and the files."""

    def do_GET(self):
        self.answer(is_body_wanted=True)

    def do_HEAD(self):
        self.answer(is_body_wanted=False)

    def answer(self, is_body_wanted):
        place = urlsplit(self.path).path
        self.server.asked.append(place)
        name = place.removeprefix("/api/models").split("/")[2]
        if name in REFUSALS:
            status, code = REFUSALS[name]
            return self.send(status, b"", {"X-Error-Code": code} if code else {}, is_body_wanted)
        if "/revision/" in place and not place.endswith(("main", COMMIT)):
            return self.send(404, b"", {"X-Error-Code": "RevisionNotFound"}, is_body_wanted)
        if "/revision/" in place:
            return self.send(200, json.dumps({"id": f"org/{name}", "sha": COMMIT}).encode(), {}, is_body_wanted)
        if "/tree/" in place:
            tree = [
                {"type": "file", "path": path, "size": len(content), "oid": hashlib.sha1(content).hexdigest()}
                for path, content in FILES.items()
            ]
            return self.send(200, json.dumps(tree).encode(), {}, is_body_wanted)
        content = FILES[place.partition(f"/resolve/{COMMIT}/")[2]]
        headers = {"ETag": f'"{hashlib.sha1(content).hexdigest()}"', "X-Repo-Commit": COMMIT}
        return self.send(200, content, headers, is_body_wanted)

    def send(self, status, body, headers, is_body_wanted):
        self.send_response(status)
        for name, value in (headers | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        if is_body_wanted:
            self.wfile.write(body)

    def log_message(self, *_):
        return


@pytest.fixture
def hub():
    server = ThreadingHTTPServer(("127.0.0.1", 0), SmallHub)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def endpoint(server):
    return f"http://127.0.0.1:{server.server_port}"


def test_only_safetensors_and_configs_of_the_top_folder_are_fetched(hub, tmp_path):
    told = fetched(tmp_path, "org/name", HF_ENDPOINT=endpoint(hub))
    snapshot = tmp_path / "models--org--name" / "snapshots" / COMMIT
    assert told == f"org/name@{COMMIT} {snapshot}"
    assert sorted(file.name for file in snapshot.rglob("*")) == [
        "config.json", "model.safetensors", "tokenizer-e351c8d8-checkpoint125.safetensors"
    ]  # fmt: skip
    assert (snapshot / "model.safetensors").read_bytes() == b"weights"
    assert not any("pytorch_model" in place or "README" in place for place in hub.asked)


def test_one_file_is_fetched_alone(hub, tmp_path):
    told = fetched(tmp_path, "org/name/onnx/model.safetensors", "main", HF_ENDPOINT=endpoint(hub))
    snapshot = tmp_path / "models--org--name" / "snapshots" / COMMIT
    assert told == f"org/name@{COMMIT}/onnx/model.safetensors {snapshot}/onnx/model.safetensors"
    assert [file.name for file in snapshot.rglob("*") if file.is_file()] == ["model.safetensors"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["org/gone"], "WeightsError 2 org/gone: no path here and no repository there: check it, or if private: hf"),
        (["org/gated"], "WeightsError 2 org/gated: its terms are not accepted: accept them at https://huggingface.co/org/"),
        (["org/name", "v9"], "WeightsError 2 org/name@v9: no such revision: choose one of https://huggingface.co/org/name"),
        (["org/down"], "UnavailableError 3 org/down: "),
        (["org/name/none.safetensors"], "WeightsError 2 org/name: no none.safetensors in it"),
    ],
    ids=lambda value: value[-1] if isinstance(value, list) else "",
)  # fmt: skip
def test_what_the_hub_refuses_is_one_line_with_the_mend(words, expected, hub, tmp_path):
    assert fetched(tmp_path, *words, HF_ENDPOINT=endpoint(hub)).startswith(expected)


def test_a_cache_that_cannot_be_written_is_told(hub, tmp_path):
    (tmp_path / "file").touch()
    told = fetched(tmp_path / "file", "org/name", HF_HOME=str(tmp_path), HF_ENDPOINT=endpoint(hub))
    assert told.startswith("WeightsError 2 org/name: cannot be kept in the hub's cache: ")
