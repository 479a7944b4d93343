"""What is found in what a family hands in, good and bad."""

from __future__ import annotations

import json
import re
import tracemalloc
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from studio.app.listen_commands import listen as listen_command
from studio.errors import AudioUnusable, Cancelled, FileUnreadable
from studio.media import ffmpeg
from studio.media.audio import read_audio, resample, write_wav
from studio.types import F32, AudioClip, Progress
from studio.voice.recordings.explain import as_data, lasting, moment, of_source, of_speaker, summary
from studio.voice.recordings.gathering import LIST, write_chosen, write_samples
from studio.voice.recordings.intake import BEST_S, Segment, best_minutes, best_reference, listen
from studio.voice.recordings.quality import Mos
from studio.voice.recordings.scoring import Score
from studio.voice.recordings.turns import gone_through

RATE = 16_000


def saved(path: Path, samples: F32, rate: int = RATE) -> Path:
    write_wav(path, AudioClip(np.atleast_2d(samples).astype(np.float32), rate))
    return path


def music(seconds: float) -> F32:
    """Chords and an arpeggio of plucked tones, nobody sings."""
    time = np.arange(int(seconds * RATE)) / RATE
    sound = np.zeros_like(time)
    for index in range(int(seconds * 4)):
        since = time - index / 4
        chord = [220 * 2 ** (step / 12) for step in ((0, 4, 7, 12)[index % 4], index // 8 * 5 % 12 - 12)]
        for note in chord:
            sound += np.where(since >= 0, np.sin(2 * np.pi * note * since) * np.exp(-3 * np.clip(since, 0, 9)), 0)
    return np.asarray(0.4 * sound / np.abs(sound).max(), np.float32)


@pytest.fixture(scope="session")
def spoken(voice_clip: AudioClip) -> F32:
    """5 s of one voice at 16 kHz in a softly hissing room, with half a second of room around it."""
    samples = 0.5 * resample(voice_clip, RATE).mono() / np.abs(voice_clip.samples).max()
    room = 3e-4 * np.random.default_rng(5).standard_normal(len(samples) + RATE)
    room[RATE // 2 : RATE // 2 + len(samples)] += samples
    return np.asarray(room, np.float32)


@pytest.fixture(scope="session")
def two_people(shared: Path) -> tuple[F32, float]:
    """Two people after one another, 12 and 14 s, and when the second begins, s."""
    one, other = (
        resample(read_audio(shared / f"media/speech/{name}.flac", mono=True), RATE).mono()
        for name in ("moss_reference_02_s2", "moss_reference_en_2")
    )
    return np.concatenate([one, other]), len(one) / RATE


def test_a_good_recording_is_told_as_such(spoken: F32, tmp_path: Path) -> None:
    path = saved(tmp_path / "tape.wav", np.tile(spoken, 2))
    steps: list[Progress] = []
    found = listen([path, path], on_progress=steps.append)
    assert len(found.sources) == 1  # the same file twice is one file
    (speaker,) = found.speakers
    assert speaker.usable > Fraction(9, 10) * found.sources[0].speech
    assert speaker.reference is not None
    assert 3 <= speaker.reference.seconds <= 15
    assert speaker.reference in speaker.chosen
    assert all(segment.score.snr_db > 30 for segment in speaker.segments)
    assert summary(found) == "One voice was found."
    first, second = of_speaker(speaker, found)[:2]
    assert first.startswith(f"Usable voice: {lasting(speaker.usable)} of {lasting(found.duration)}")
    assert second.startswith("Best ")
    assert "tape.wav from 0:0" in second
    assert [step.done for step in steps] == sorted(step.done for step in steps)
    assert steps[-1].done <= 1


def test_what_was_chosen_is_written_with_where_it_came_from(spoken: F32, tmp_path: Path) -> None:
    path = saved(tmp_path / "tape.wav", spoken + np.float32(0.2))
    found = listen([path])
    assert "20% of full scale" in " ".join(of_source(found.sources[0]))
    written = write_chosen(found, found.speakers[0], tmp_path / "out")
    listed = json.loads((tmp_path / "out" / LIST).read_text(encoding="utf-8"))
    assert [record["file"] for record in listed["files"]] == [file.name for file in written]
    assert sum(record["reference"] for record in listed["files"]) == 1
    for file, record in zip(written, listed["files"], strict=True):
        clip = read_audio(file)
        assert clip.sample_rate == RATE
        assert float(clip.duration) == pytest.approx(record["end_s"] - record["start_s"], abs=0.002)
        assert abs(clip.samples.mean()) < 0.002
        start = round(record["start_s"] * RATE)
        inner = slice(RATE // 10, -RATE // 10)
        original = spoken[start : start + clip.samples.shape[1]]
        assert np.corrcoef(clip.samples[0, inner], original[inner])[0, 1] > 0.99
    (sample,) = write_samples(found, tmp_path / "samples")
    assert sample.name == "speaker-1.wav"
    assert 1 < read_audio(sample).duration <= 8


def test_two_people_are_told_apart(two_people: tuple[F32, float], tmp_path: Path) -> None:
    samples, change = two_people
    path = saved(tmp_path / "talk.wav", samples)
    found = listen([path])
    assert len(found.speakers) == 2
    by_number = {speaker.number: speaker for speaker in found.speakers}
    first = min(by_number.values(), key=lambda speaker: speaker.segments[0].start)
    (second,) = (speaker for speaker in by_number.values() if speaker is not first)
    assert all(float(segment.end) < change + 0.5 for segment in first.segments)
    assert all(float(segment.start) > change - 0.5 for segment in second.segments)
    assert found.speaker(2) is by_number[2]
    with pytest.raises(AudioUnusable, match="2 voices were found"):
        found.speaker(3)
    assert "--speaker N" in summary(found)
    assert len(write_samples(found, tmp_path / "samples")) == 2


def test_two_at_once_are_left_out_where_each_is_heard_alone(two_people: tuple[F32, float], tmp_path: Path) -> None:
    samples, change = two_people
    one, other = samples[: int(change * RATE)], samples[int(change * RATE) :]
    count = int(5.2 * RATE)
    both = one[:count] / one.std() + other[:count] / other.std()
    path = saved(tmp_path / "both.wav", np.concatenate([samples, np.zeros(RATE), 0.1 * both]))
    found = listen([path])
    begins = len(samples) / RATE + 1
    late = [part for speaker in found.speakers for part in speaker.segments if float(part.start) > begins - 0.5]
    assert len(found.speakers) == 2  # two at once are no third person
    lost = sum(part.seconds for part in late if part.verdict == "poor")
    assert lost > Fraction(2, 3) * sum(part.seconds for part in late)
    said = " ".join(sentence for speaker in found.speakers for sentence in of_speaker(speaker, found))
    assert "in which two people seem to speak at once" in said
    early = [part for speaker in found.speakers for part in speaker.segments if float(part.end) < begins - 0.5]
    assert all(part.score.overlap < 0.3 for part in early)


def test_a_telephone_a_hum_and_clipping_are_said(spoken: F32, tmp_path: Path) -> None:
    time = np.arange(2 * len(spoken)) / RATE
    hum = sum(0.02 / k * np.sin(2 * np.pi * 50 * k * time) for k in range(1, 8))
    humming = saved(tmp_path / "hum.wav", np.tile(spoken, 2) + hum)
    narrow = resample(AudioClip(spoken[None], RATE), 8000)
    telephone = saved(tmp_path / "telephone.wav", narrow.samples, 8000)
    loud = saved(tmp_path / "loud.wav", np.clip(8 * spoken, -1, 1))
    found = listen([humming, telephone, loud])
    said = {source.path.name: " ".join(of_source(source)) for source in found.sources}
    assert "hum of 50 Hz" in said["hum.wav"]
    in_chinese = {source.path.name: "".join(of_source(source, "zh")) for source in found.sources}
    assert "50 Hz 的电源哼声" in in_chinese["hum.wav"] and "像电话录音" in in_chinese["telephone.wav"]
    told = [sentence for speaker in found.speakers for sentence in of_speaker(speaker, found, "zh")]
    assert any("录音过响" in sentence for sentence in told)
    for sentence in (*in_chinese.values(), *told):
        plain = re.sub(r"\w+\.wav|Hz|dB", "", sentence)
        assert not re.search("[A-Za-z]", plain), sentence
    assert "as by a telephone" in said["telephone.wav"]
    assert "hum" not in said["telephone.wav"]
    parts = [part for speaker in found.speakers for part in speaker.segments]
    for name, reason in (("telephone.wav", "a narrow sound, as from a telephone"), ("loud.wav", "recorded too loudly")):
        own = [part for part in parts if part.source.name == name]
        assert own
        assert all(reason in [said for said, _ in part.score.reasons()] for part in own)
    assert all(part.score.clipped == 0 for part in parts if part.source.name != "loud.wav")
    assert any(part.verdict != "poor" for part in parts if part.source.name == "hum.wav")


def test_one_bad_file_is_named_beside_good_ones(spoken: F32, tmp_path: Path) -> None:
    good = saved(tmp_path / "tape.wav", spoken)
    bad = tmp_path / "letter.mp3"
    bad.write_text("Dear all, " * 100)
    found = listen([bad, good])
    assert found.sources[0].unusable
    assert of_source(found.sources[0])[0].startswith("Nothing of it can be used.")
    assert not found.sources[1].unusable
    json.dumps(as_data(found))


def test_what_has_no_voice_is_refused(spoken: F32, tmp_path: Path) -> None:
    silent = saved(tmp_path / "silent.wav", np.zeros(3 * RATE))
    with pytest.raises(AudioUnusable, match="is silent"):
        listen([silent])
    with pytest.raises(AudioUnusable, match=r"Nobody speaks|s of speech were found"):
        listen([saved(tmp_path / "music.wav", music(8))])
    bit = np.zeros(2 * RATE, np.float32)
    loudest = RATE // 2 + int(np.abs(spoken).argmax())
    bit[RATE : RATE + 4800] = spoken[loudest - 2400 - RATE // 2 :][:4800]
    with pytest.raises(AudioUnusable, match=r"Nobody speaks|s of speech were found"):
        listen([saved(tmp_path / "bit.wav", bit)])
    with pytest.raises(AudioUnusable, match="No recordings"):
        listen([])


def test_what_is_no_sound_is_refused(tmp_path: Path) -> None:
    letter = tmp_path / "letter.wav"
    letter.write_text("Dear all, " * 100)
    with pytest.raises(FileUnreadable, match=r"letter\.wav cannot be read"):
        listen([letter])
    with pytest.raises(FileUnreadable, match="does not exist"):
        listen([tmp_path / "none.wav"])
    film = tmp_path / "mute.mp4"
    ffmpeg.run(["-f", "lavfi", "-i", "color=black:s=64x64:d=1", str(film)])
    with pytest.raises(AudioUnusable, match="no sound track"):
        listen([film])


def test_stopping_is_heard(spoken: F32, tmp_path: Path) -> None:
    class Stopped:
        def is_set(self) -> bool:
            return True

    with pytest.raises(Cancelled):
        listen([saved(tmp_path / "tape.wav", spoken)], cancel=Stopped())


def test_memory_does_not_grow_with_the_length(spoken: F32, tmp_path: Path) -> None:
    """Eight times the length may cost what is kept of it, 4 bytes twice per 32 ms, and no more than a little else."""
    peaks = []
    for minutes in (1, 8):
        sound = np.zeros(minutes * 60 * 8000, np.float32)
        narrow = resample(AudioClip(spoken[None], RATE), 8000).mono()
        sound[: len(narrow)] = narrow
        path = saved(tmp_path / f"{minutes}.wav", sound, 8000)
        del sound
        tracemalloc.start()
        heard = gone_through(path, lambda _: None)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert float(heard.duration) == pytest.approx(60 * minutes, abs=0.01)
    assert peaks[1] - peaks[0] < 2_000_000  # the sound itself would be 27 MB more


def stretch(start: int, seconds: int, overall: float, snr_db: float = 40.0) -> Segment:
    score = Score(snr_db, 0.0, 8000.0, Mos(3.5, 4.0, overall), 0.9, 0.0)
    return Segment(Path("tape.wav"), Fraction(start), Fraction(start + seconds), Fraction(seconds), score)


def test_the_best_is_chosen_for_a_reason() -> None:
    clear, noisy, short = stretch(0, 8, 3.3), stretch(10, 12, 3.3, snr_db=2.0), stretch(30, 2, 3.6)
    longer = stretch(40, 10, 3.3)
    assert best_reference([clear, noisy, short]) is clear
    assert best_reference([clear, noisy, short, longer]) is longer
    assert best_reference([noisy, short]) is None
    assert best_minutes([clear, noisy, short], clear) == (clear, short)
    many = [stretch(20 * index, 15, 2.0 + 0.1 * (index % 7)) for index in range(30)]
    chosen = best_minutes(many, many[0])
    assert sum(part.seconds for part in chosen) == BEST_S
    assert many[0] in chosen
    assert [part.start for part in chosen] == sorted(part.start for part in chosen)
    assert min(part.score.mos.overall for part in chosen if part is not many[0]) > 2.2


def test_lengths_and_places_read_as_people_say_them() -> None:
    assert [lasting(Fraction(value)) for value in (0, 4, 41, 180, 192, 3600, 3720)] == [
        "0 s",
        "4 s",
        "41 s",
        "3 min",
        "3 min 12 s",
        "1 h",
        "1 h 2 min",
    ]
    assert lasting(Fraction(42, 10)) == "4.2 s"
    lengths = [lasting(Fraction(value), "zh") for value in (4, 180, 192, 3600, 3720)]
    assert lengths == ["4 秒", "3 分钟", "3 分 12 秒", "1 小时", "1 小时 2 分钟"]
    assert [moment(Fraction(value)) for value in (7, 760, 3723)] == ["0:07", "12:40", "1:02:03"]


def test_the_command_says_it_and_writes_it(spoken: F32, tmp_path: Path) -> None:
    path = saved(tmp_path / "tape.wav", spoken)
    app = typer.Typer()
    app.command()(listen_command)
    out = tmp_path / "voice"
    done = CliRunner().invoke(app, [str(path), "--out", str(out), "--samples", str(tmp_path / "samples"), "--json"])
    assert done.exit_code == 0, done.output
    event = json.loads(done.stdout.strip().splitlines()[-1])
    assert event["event"] == "done"
    assert event["speakers"][0]["usable_s"] > 3
    assert [Path(file).parent for file in event["chosen"]] == [out] * len(event["chosen"])
    chinese = CliRunner().invoke(app, [str(path), "--lang", "zh"])
    assert chinese.exit_code == 0 and "只找到一个人的声音" in chinese.output and "可用的声音" in chinese.output
    wrong = CliRunner().invoke(app, [str(path), "--speaker", "4", "--out", str(tmp_path / "none")])
    assert wrong.exit_code == 2
    assert "There is no speaker 4" in wrong.stderr
    assert not (tmp_path / "none").exists()
