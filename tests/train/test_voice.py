"""A voice is learned from recordings with known words: heard, aligned, trained, and it speaks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from studio.errors import EngineUnavailable, FileUnreadable
from studio.media.audio import write_wav
from studio.train import aligner, utterances
from studio.train import voice as voices
from studio.train.runs import run
from studio.train.tasks import RunOptions
from studio.types import AudioClip
from studio.voice.engines import espeak, load
from studio.voice.own import english, speaker
from studio.voice.own.units import PAUSE, Unit

LINES = (
    "We sat by the sea, and talked.",
    "My mother sang to us at night.",
    "There was a garden behind the house.",
    "He came home in the spring.",
    "Bring me the blue cup, my dear.",
    "They danced until the morning.",
    "Nobody knew what time it was.",
    "I still hear her voice today.",
    "Apples and pears grew there.",
    "Take care of one another.",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A corpus of ten lines, said by espeak-ng: when each sound is heard is known."""
    folder = tmp_path_factory.mktemp("ruth")
    room = np.zeros((1, 8000), np.float32)
    for number, line in enumerate(LINES):
        said = [load("espeak").speak(part, "en", base="en-us").audio.samples for part in line.split(",")]
        parts = [piece for part in said for piece in (room, part)]
        write_wav(folder / f"{number}.wav", AudioClip(np.concatenate([*parts, room], axis=1), espeak.SAMPLE_RATE))
    table = "\n".join(f"{number}|{line}" for number, line in enumerate(LINES))
    (folder / "transcript.csv").write_text(table, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def corpus(folder: Path) -> list[utterances.Utterance]:
    return utterances.read(folder, "en")


@pytest.fixture(scope="module")
def timed(corpus: list[utterances.Utterance]) -> list[utterances.Utterance]:
    return aligner.aligned(corpus, english.INVENTORY, rounds=(80, 80))


def test_a_corpus_is_heard_with_its_words(corpus: list[utterances.Utterance]) -> None:
    assert len(corpus) == len(LINES)
    first = corpus[0]
    assert first.text == LINES[0] and first.speaker.startswith("ruth")
    assert "," in first.marks.values() and first.marks[first.units[-1].word] == "."
    assert len(first.frames) == len(first.heard)


def test_alignment_finds_the_sounds_where_they_are(timed: list[utterances.Utterance]) -> None:
    off = []
    for utterance in timed:
        assert (utterance.spans[1:, 0] == utterance.spans[:-1, 1]).all()
        if "," in utterance.text:
            continue
        tokens = list(enumerate(utterances.reading.read(utterance.text, "en").tokens))
        truth = english.timed(espeak.say(tokens, "en", base="en-us"), tokens)
        starts = np.array([start for unit, start, _ in truth if unit.sound != PAUSE]) / espeak.SAMPLE_RATE * 200
        found = [span[0] for unit, span in zip(utterance.units, utterance.spans, strict=True) if unit.sound != PAUSE]
        shift = np.median(np.array(found) - starts)  # the silence before was cut
        off.append(np.abs(np.array(found) - starts - shift))
    assert np.median(np.concatenate(off)) * 5 < 25  # ms


def test_a_pause_is_found_where_it_is_written_and_heard(timed: list[utterances.Utterance]) -> None:
    inner = [unit.mark for unit in timed[0].units[1:-1] if unit.sound == PAUSE]
    assert "," in inner


def test_a_corpus_is_kept_and_read_again(timed: list[utterances.Utterance], tmp_path: Path) -> None:
    utterances.save(tmp_path / "corpus.npz", timed)
    again = utterances.load(tmp_path / "corpus.npz")
    assert [u.units for u in again] == [u.units for u in timed]
    assert all(np.array_equal(a.frames, b.frames) and a.marks == b.marks for a, b in zip(again, timed, strict=True))
    (tmp_path / "corpus.npz").write_bytes(b"no corpus")
    with pytest.raises(FileUnreadable, match="damaged"):
        utterances.load(tmp_path / "corpus.npz")


def test_a_folder_without_words_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match=r"transcript\.csv"):
        utterances.read(tmp_path, "en")


def test_a_trained_voice_speaks_and_gets_nearer_to_its_model(timed: list[utterances.Utterance], tmp_path: Path) -> None:
    torch.manual_seed(0)
    task = voices.VoiceTask(timed, "en")
    options = RunOptions(steps=16, averaging=0.0, look_every=1e-9, workers=1)
    figures = run(task, options, tmp_path / "voice.safetensors")
    rows = (tmp_path / "voice.run" / "figures.jsonl").read_text().splitlines()
    assert figures["distance"] < voices.json.loads(rows[0])["distance"]
    spoken = speaker.load(tmp_path / "voice.safetensors")
    units = (Unit(PAUSE), *english_line("We talked."), Unit(PAUSE, mark="."))
    spans, frames = spoken.say(units, spoken.names[0], seed=1)
    assert len(spans) == len(units) and spans[-1, 1] == len(frames)
    assert np.isfinite(frames).all()
    slower, _ = spoken.say(units, spoken.names[0], speed=0.5, seed=1)
    assert slower[-1, 1] > 1.5 * spans[-1, 1]
    again, same = spoken.say(units, spoken.names[0], seed=1)
    assert np.array_equal(same, frames) and np.array_equal(again, spans)
    other, _ = spoken.say(units, spoken.names[0], seed=2)
    assert not np.array_equal(other, spans)


def test_weights_that_are_no_voice_are_refused(tmp_path: Path) -> None:
    (tmp_path / "voice.safetensors").write_bytes(b"nothing")
    with pytest.raises(EngineUnavailable, match="holds no voice"):
        speaker.load(tmp_path / "voice.safetensors")


def english_line(text: str) -> tuple[Unit, ...]:
    tokens = list(enumerate(utterances.reading.read(text, "en").tokens))
    return english.units(espeak.say(tokens, "en", base="en-us"), tokens)


def test_silence_is_no_utterance(folder: Path, tmp_path: Path) -> None:
    for number in range(9):
        write_wav(tmp_path / f"{number}.wav", AudioClip(np.zeros((1, 24_000), np.float32), 24_000))
    (tmp_path / "transcript.csv").write_text("\n".join(f"{n}|Hello." for n in range(9)))
    with pytest.raises(FileUnreadable, match="0 can be used"):
        utterances.read(tmp_path, "en")
