"""Files that the settings of cases name: found where the setting was written, looked at, and told by their content."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

from josie_bench.corpora import corpus_names, open_folder, own_folder, sha256_of
from josie_bench.errors import JosieBenchError, MediaError, SuiteError, WeightsError
from josie_bench.model.label import read_label
from josie_bench.model.presets import PRESETS
from josie_bench.model.shipped import SHIPPED, is_shipped, shipped_weights
from josie_bench.plugins import find_member
from josie_bench.streams import BUNDLED, find_recordings, recordings_sha256
from josie_bench.streams.text import names_file
from josie_bench.suites.conflicts import STREAM_OF, chosen_model, guests
from josie_bench.suites.document import Place
from josie_bench.suites.groups import CalibrationKeys
from josie_bench.suites.schema import CaseKeys
from josie_bench.suites.settings import Settings
from josie_bench.suites.simulated import SIMULATED
from josie_bench.suites.visits import read_visits
from josie_bench.terms.calibration_choice import CalibrationChoice
from josie_bench.terms.case import StreamChoice
from josie_bench.terms.judged import JudgedChoice
from josie_bench.terms.model_choice import ModelChoice
from josie_bench.terms.visits import Visits


class Sources:
    """The files of one suite; each is looked at and digested once, however many cases name it.

    Args:
        require_weights: raises a WeightsError if a model's files of weights do not fit it, which takes torch to see.
    """

    def __init__(self, require_weights: Callable[[ModelChoice], None] = lambda _: None) -> None:
        self._look = cache(_look)
        self._preset_of = cache(_preset_of)
        self._content = cache(_content)
        self._visits = cache(_visits)
        self._recordings = cache(_recordings)
        self._calibration = cache(_calibration)
        self._require_weights = cache(require_weights)

    def streams(self, keys: CaseKeys, settings: Settings, otherwise: Place) -> StreamChoice:
        """Return the streams of the present modalities, their paths made absolute.

        Args:
            keys: the settings as the schema reads them.
            settings: where they were written.
            otherwise: where to complain of those that were not.

        Raises:
            SuiteError: one cannot be used.
        """
        found: dict[str, str] = {}
        for modality in keys.modalities:
            name = STREAM_OF.get(modality, modality)
            choice = getattr(keys.stream, name, None)
            if choice is not None:  # else items come from a corpus
                found[name] = self._looked_at("stream", name, choice, settings, otherwise)
        return StreamChoice(
            speech=found.get("speech"),
            video=found.get("video"),
            text=found.get("text"),
            guests=tuple((name, found[name]) for name in guests(keys)),
        )

    def _looked_at(self, group: str, name: str, choice: str, settings: Settings, otherwise: Place) -> str:
        """Return what a stream of a group of settings is fed from, its path made absolute."""
        place = _place(settings, f"{group}.{name}", otherwise)
        found = _absolute(choice, place) if is_place(name, choice) else choice
        try:
            self._look(name, found)
        except MediaError as error:
            raise place.error(f"{group}.{name}: {error}") from error
        return found

    def weights(self, keys: CaseKeys, settings: Settings, otherwise: Place) -> tuple[str, ...]:
        """Return the files of weights, made absolute; where none are named, what ships with the preset as it is.

        Their labels are read; what they hold is for `hold_weights`.

        Raises:
            SuiteError: one is not there, is no file of ours or is another preset's; or nothing ships with the preset.
        """
        shipped = shipped_weights(keys.preset)
        if keys.weights is None:
            is_taken = shipped is not None and keys.backend != SIMULATED and chosen_model(keys).is_unchanged
            return (str(shipped),) if is_taken else ()
        place = _place(settings, "weights", otherwise)
        if SHIPPED in keys.weights and shipped is None:
            raise place.error(f"weights: none are shipped with {keys.preset}: name a file, or leave the setting out")
        files = tuple(str(shipped) if file == SHIPPED else _absolute(file, place) for file in keys.weights)
        for file in files:
            if not os.path.exists(file):  # noqa: PTH110  unlike Path.exists it has an answer for a name that is too long
                raise place.error(f"weights: {file}: no such file: bring one in with josie-bench weights import")
            try:
                preset = self._preset_of(file)
            except WeightsError as error:
                raise place.error(f"weights: {error}") from error
            if preset != keys.preset:
                mend = f"name a file of {keys.preset}" + (f", or set preset to {preset}" if preset in PRESETS else "")
                raise place.error(f"weights: {file}: of preset {preset}, not of {keys.preset}: {mend}")
        return files

    def hold_weights(self, model: ModelChoice, settings: Settings, otherwise: Place) -> None:
        """Hold what the model's files of weights contain against the model; what ships with it fits it as it is.

        Raises:
            SuiteError: one does not fit.
        """
        if not model.weights or (model.is_unchanged and all(map(is_shipped, model.weights))):
            return
        try:
            self._require_weights(replace(model, seed=0, context=None, prune_to=None))  # which change no parameter
        except WeightsError as error:
            raise _place(settings, "weights", otherwise).error(f"weights: {error}") from error

    def judged(self, keys: CaseKeys, settings: Settings) -> JudgedChoice | None:
        """Return what a case of scenario quality is judged by, its folder of corpora made absolute.

        Raises:
            SuiteError: the corpus is none of ours, and no folder of one's own that can be used.
        """
        if not keys.tasks:
            return None
        place = settings.get("corpora")
        folder = Path(keys.corpora).resolve() if place is None else Path(_absolute(keys.corpora, place.at))
        return JudgedChoice(
            tasks=keys.tasks,
            corpus=self._corpus(keys.corpus, settings, folder),
            split=keys.split,
            items=keys.items,
            recogniser=keys.recogniser,
            listen=keys.listen,
            folder=str(folder),
        )

    def _corpus(self, name: str | None, settings: Settings, folder: Path) -> str | None:
        """Return the name of a corpus of ours, or a folder of one's own, looked at and made absolute."""
        if name is None or not is_place("corpus", name):
            return name
        at = settings["corpus"].at
        try:
            found = str(own_folder(name, folder, at.folder).resolve())
            self._recordings(found)
        except JosieBenchError as error:
            raise at.error(f"corpus: {error}") from error
        return found

    def calibration(self, keys: CaseKeys, settings: Settings, otherwise: Place) -> CalibrationChoice | None:
        """Return what engines are calibrated from, its paths made absolute; None for the usual set.

        Args:
            keys: the settings as the schema reads them.
            settings: where they were written.
            otherwise: where to complain of those that were not.

        Raises:
            SuiteError: one cannot be used, or they are others than was said.
        """
        said, usual = keys.calibration, CalibrationKeys()
        if said.model_copy(update={"sha256": None}) == usual:
            if said.sha256 is not None:
                what = "calibration.sha256 is of recordings of one's own: name them, or leave it out"
                raise settings["calibration.sha256"].at.error(what)
            return None
        found = {
            name: self._looked_at("calibration", name, getattr(said, name), settings, otherwise)
            for name in ("speech", "video")
        }
        sha256 = self._calibration(**found)
        if said.sha256 not in (None, sha256):
            what = f"other recordings lie there, with sha256 {sha256}: bring back those that were meant"
            raise settings["calibration.sha256"].at.error(f"calibration.sha256: {what}")
        return CalibrationChoice(**found, windows=said.windows, sha256=sha256)

    def visits(self, keys: CaseKeys, settings: Settings, stream: StreamChoice) -> Visits | None:
        """Return the recorded sessions that a case replays; None where they are drawn.

        Args:
            keys: the settings as the schema reads them.
            settings: where they were written.
            stream: what there is to be heard and seen.

        Raises:
            SuiteError: the file cannot be used, is another one, or is of another number of places.
        """
        if keys.visits.file is None:
            return None
        at = settings["visits.file"].at
        try:
            found = self._visits(_absolute(keys.visits.file, at), keys.hop_ms, stream.speech, stream.video)
        except SuiteError as error:
            raise at.error(f"visits.file: {error}") from error
        if keys.visits.sha256 not in (None, found.sha256):
            what = f"{found.file} is another file, with sha256 {found.sha256}: bring back the one that was meant"
            raise settings["visits.sha256"].at.error(f"visits.sha256: {what}")
        if (count := len(found.spans_ns)) != keys.sessions:
            raise _place(settings, "sessions", at).error(
                f"visits: sessions come at {count} places: set sessions: {count}"
            )
        return found

    def digest(self, name: str, choice: str) -> list[str] | str:
        """Return what a stream is by its content, wherever it lies; what is no path is itself.

        Args:
            name: of the stream, or `weights`, or `corpus`.
            choice: absolute if it is a path.
        """
        if name == "corpus" and is_place(name, choice):
            return self._recordings(choice)
        return self._content(choice) if is_place(name, choice) else choice


def is_place(name: str, choice: str) -> bool:
    """Return whether a choice is a path: typed text can be the words themselves, and bundled media have none."""
    if name == "corpus":
        return choice not in corpus_names()
    return names_file(choice) if name == "text" else choice != BUNDLED


def _place(settings: Settings, key: str, otherwise: Place) -> Place:
    return settings[key].at if key in settings else otherwise


def _absolute(choice: str, place: Place) -> str:
    """Return a path that was written at `place`, made absolute."""
    return str((place.folder / os.path.expanduser(choice)).resolve())  # noqa: PTH111  Path's raises for an unknown user


def _look(name: str, choice: str) -> None:
    find_member("streams", name).probe(choice)


def _visits(file: str, hop_ms: float, speech: str | None, video: str | None) -> Visits:
    files = {"hears": _names("speech", speech), "sees": _names("video", video)}
    return read_visits(Path(file), hop_ms=hop_ms, files=files)


def _calibration(speech: str, video: str) -> str:
    return recordings_sha256(find_recordings({"speech": speech, "video": video}))


def _names(stream: str, choice: str | None) -> tuple[str, ...]:
    """Return the names of the files of a choice; none where the modality is absent."""
    return () if choice is None else tuple(path.name for path in find_member("streams", stream).find(choice))


def _recordings(folder: str) -> str:
    """Return the digest of a corpus of one's own: its transcripts and recordings."""
    corpus = open_folder(Path(folder))
    return sha256_of(corpus, corpus.items)


def _preset_of(file: str) -> str:
    return read_label(Path(file)).preset


def _content(choice: str) -> list[str]:
    """Return the sha256 of a file, or of each file of a folder."""
    place = Path(choice)
    digests = []
    for file in sorted(place.iterdir()) if place.is_dir() else [place]:
        if file.is_file():
            with file.open("rb") as stream:
                digests.append(hashlib.file_digest(stream, "sha256").hexdigest())
    return digests
