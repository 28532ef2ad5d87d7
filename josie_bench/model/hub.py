"""Fetching a published checkpoint from the Hugging Face hub: safetensors, their index and configs, nothing else."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from josie_bench.errors import JosieBenchError, UnavailableError, WeightsError

NAME = r"[A-Za-z0-9][A-Za-z0-9._-]*"
ADDRESS = re.compile(rf"(?P<repository>{NAME}/{NAME})(/(?P<file>({NAME}/)*{NAME}\.safetensors))?")
WANTED = ("*.safetensors", "model.safetensors.index.json", "config.json")
SITE = "https://huggingface.co"


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """A checkpoint in the hub's cache.

    Attributes:
        path: of its folder, or of the one file that was asked for.
        source: `org/name@commit`, with the file behind it where one was asked for.
    """

    path: Path
    source: str


def is_hub_address(words: str) -> bool:
    """Return whether `words` look like `org/name` or `org/name/FILE.safetensors`."""
    found = ADDRESS.fullmatch(words)
    return found is not None and not found["repository"].endswith(".safetensors")


def fetch(address: str, revision: str | None = None) -> Snapshot:
    """Return a checkpoint of the hub, from its cache where it is there already.

    Args:
        address: `org/name`, or `org/name/FILE.safetensors` for one of several checkpoints in a repository.
        revision: a commit, tag or branch; None for the default branch.

    Raises:
        UnavailableError: huggingface_hub is not installed, or the hub does not answer and the cache lacks it.
        WeightsError: there is no such repository, revision or file, its terms are not accepted, or it holds none.
    """
    found = ADDRESS.fullmatch(address)
    assert found is not None, address
    repository, file = found["repository"], found["file"]
    folder = _download(repository, revision, file)
    path = folder if file is None else folder / file
    if not (path.is_file() if file else any(path.glob("*.safetensors"))):
        what = file or "safetensors file"
        at = f"{SITE}/{repository}/tree/{revision or 'main'}"
        raise WeightsError(
            f"{repository}: no {what} in it (pickles are never fetched): choose one of the files at {at}"
        )
    source = f"{repository}@{folder.name}"
    return Snapshot(path=path, source=source if file is None else f"{source}/{file}")


def _download(repository: str, revision: str | None, file: str | None) -> Path:
    """Return the snapshot's folder, which is named after its commit."""
    try:
        from huggingface_hub import errors, snapshot_download
    except ImportError as error:
        mend = "pip install 'josie-bench[hub]', or fetch the .safetensors files yourself and name their folder"
        raise UnavailableError("huggingface_hub is not installed", mend=mend) from error
    wanted = list(WANTED) if file is None else [file]
    nested = ["*/*"] if file is None else None
    # HTTPError is its HTTP library's, which has changed from release to release; a broken proxy raises it bare.
    http_error: type[Exception] = vars(errors).get("HTTPError", OSError)
    try:
        return Path(snapshot_download(repository, revision=revision, allow_patterns=wanted, ignore_patterns=nested))
    except (OSError, http_error, errors.HFValidationError, errors.XetDownloadError) as error:
        raise _explained(error, repository, revision) from error


def _explained(error: Exception, repository: str, revision: str | None) -> JosieBenchError:
    """Return the hub's error as one line with its mend."""
    from huggingface_hub import errors

    at = f"{repository}@{revision}" if revision else repository
    refusals: dict[type[Exception], str] = {  # a gated repository's error is also one of a missing repository
        errors.GatedRepoError: f"its terms are not accepted: accept them at {SITE}/{repository}, then: hf auth login",
        errors.RepositoryNotFoundError: "no path here and no repository there: check it, or if private: hf auth login",
        errors.RevisionNotFoundError: f"no such revision: choose one of {SITE}/{repository}/commits/main",
        errors.HFValidationError: "no path here, and no name that the hub allows: write org/name",
    }
    for kind, what in refusals.items():
        if isinstance(error, kind):
            return WeightsError(f"{at}: {what}")
    if isinstance(error, errors.HfHubHTTPError):
        return UnavailableError(f"{at}: the hub answered {error.response.status_code}", mend="try again later")
    if isinstance(error, OSError) and not isinstance(error, (errors.LocalEntryNotFoundError, ConnectionError)):
        return WeightsError(f"{at}: cannot be kept in the hub's cache: {error.strerror or error}: see HF_HUB_CACHE")
    mend = "go online (and unset HF_HUB_OFFLINE), or fetch its .safetensors files elsewhere and name their folder"
    return UnavailableError(f"{at}: no path here, not in the hub's cache, and the hub cannot be reached", mend=mend)
