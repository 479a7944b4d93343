"""From videos to clips: cut at scenes, without frames that show nobody, done once; no video stops the others."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest

from studio.errors import Cancelled, FileUnreadable
from studio.media import ffmpeg
from studio.media.image import read_image
from studio.media.video import read_video, write_video
from studio.train import clips, prepare
from studio.types import U8, AudioClip, FrameSource, Progress

SIZE = (256, 256)


def quietly(share: float, doing: str) -> None:
    assert 0 <= share <= 1 and doing


def film(path: Path, pictures: list[U8], audio: AudioClip | None = None) -> Path:
    write_video(path, FrameSource(lambda: iter(pictures), len(pictures), Fraction(25), SIZE), audio)
    return path


@pytest.fixture(scope="module")
def face(hopper: Path) -> U8:
    """Her face, RGB uint8 (256, 256, 3)."""
    photo = read_image(hopper)
    return cv2.resize(photo[20:380, 60:420], SIZE, interpolation=cv2.INTER_AREA)


@pytest.fixture(scope="module")
def wall() -> U8:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (16, 16, 3), np.uint8)
    return cv2.resize(noise, SIZE, interpolation=cv2.INTER_CUBIC)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, face: U8, wall: U8) -> Path:
    """Grace: 1.4 s, a wall for .4 s, 1.2 s, a darker room for .4 s, a hum. Ruth: no film. Nobody: a wall."""
    folder = tmp_path_factory.mktemp("home")
    hum = (0.05 * np.sin(np.arange(int(3.4 * 16_000)) * 0.05)).astype(np.float32)
    for name in ("grace", "ruth", "nobody"):
        (folder / name).mkdir()
    pictures = [face] * 35 + [wall] * 10 + [face] * 30 + [face // 3] * 10
    film(folder / "grace/speech.mp4", pictures, AudioClip(hum[None], 16_000))
    film(folder / "nobody/wall.mp4", [wall] * 30)
    (folder / "ruth/broken.mp4").write_bytes(b"not a film at all")
    (folder / "ruth/notes.txt").write_text("born by the sea")
    return folder


@pytest.fixture(scope="module")
def made(home: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[prepare.Prepared], list[Progress]]:
    corpus = tmp_path_factory.mktemp("made") / "corpus"
    told: list[Progress] = []
    return corpus, prepare.prepare(prepare.find([home]), corpus, on_progress=told.append), told


def test_videos_are_found_and_named_after_their_folders(home: Path) -> None:
    found = prepare.find([home, home / "grace/speech.mp4"])
    assert [(path.name, person) for path, person in found] == [
        ("speech.mp4", "grace"),
        ("wall.mp4", "nobody"),
        ("broken.mp4", "ruth"),
    ]
    assert {person for _, person in prepare.find([home], "外婆")} == {"外婆"}
    with pytest.raises(FileUnreadable, match="no video"):
        prepare.find([home / "grace/../ruth/notes.txt"][:0])
    with pytest.raises(FileUnreadable, match="does not exist"):
        prepare.find([home / "none.mp4"])


def test_scenes_become_clips(made: tuple[Path, list[prepare.Prepared], list[Progress]], face: U8) -> None:
    corpus, reports, told = made
    found = [clips.read(path) for path in clips.corpus(corpus)]
    assert [(clip.first, clip.num_frames) for clip in found] == [(0, 35), (45, 30)]
    for clip in found:
        assert clip.person == "grace" and clip.frame_rate == 25
        assert clip.sound.shape == (round(clip.duration * 16_000),)
        assert not clip.synced and clip.why == prepare.NO_SYNC and clip.offset == 0
        # The mesh lies on the face: in the middle of the picture, its lips below its eyes.
        assert np.abs(clip.landmarks[:, 1, :2] - 128).max() < 40
        assert (clip.landmarks[:, 13, 1] > clip.landmarks[:, 33, 1] + 30).all()
    report = reports[0]
    assert report.clips == ("0000", "0001") and report.seconds == pytest.approx(2.6)
    assert report.unsynced == {prepare.NO_SYNC: pytest.approx(2.6)}
    assert report.left_out == {prepare.NO_FACE: pytest.approx(0.4), prepare.TOO_SHORT: pytest.approx(0.4)}
    assert 0 <= told[0].done <= told[-1].done <= 1 and any("speech.mp4" in one.detail for one in told)


def test_one_bad_video_stops_nothing(made: tuple[Path, list[prepare.Prepared], list[Progress]]) -> None:
    _, (_, nobody, broken), _ = made
    assert "cannot be read" in broken.error and not broken.clips
    assert not nobody.clips and nobody.left_out == {prepare.NO_FACE: pytest.approx(1.2)}


def test_the_sound_begins_with_the_clip(made: tuple[Path, list[prepare.Prepared], list[Progress]]) -> None:
    corpus, _, _ = made
    second = clips.read(clips.corpus(corpus)[1])
    hum = 0.05 * np.sin((np.arange(len(second.sound)) + 1.8 * 16_000) * 0.05)
    assert np.abs(second.sound[200:-4000] - hum[200:-4000]).mean() < 0.01  # AAC


def test_what_is_finished_is_not_done_again(
    made: tuple[Path, list[prepare.Prepared], list[Progress]], home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corpus, (report, *_), _ = made
    paths = clips.corpus(corpus)
    before = [path.stat().st_mtime_ns for path in paths]
    again, _, _ = prepare.prepare(prepare.find([home]), corpus)
    assert again == report
    assert [path.stat().st_mtime_ns for path in paths] == before
    # Half done, by another version, or of another film under the same name: done anew.
    done = paths[0].parent / clips.DONE
    facts = json.loads(done.read_text())
    done.write_text(json.dumps({**facts, "version": 0}))
    prepare.prepare(prepare.find([home / "grace"]), corpus)
    assert [path.stat().st_mtime_ns for path in paths] != before
    assert json.loads(done.read_text()) == facts


def test_nothing_usable_is_an_error(home: Path, tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match=r"None of the videos.*broken\.mp4"):
        prepare.prepare(prepare.find([home / "ruth"]), tmp_path / "corpus")


def test_stopped_half_way_leaves_no_finished_video(home: Path, tmp_path: Path) -> None:
    class AfterAWhile:
        asked = 0

        def is_set(self) -> bool:
            self.asked += 1
            return self.asked > 4

    with pytest.raises(Cancelled):
        prepare.prepare(prepare.find([home / "grace"]), tmp_path / "corpus", cancel=AfterAWhile())
    with pytest.raises(FileUnreadable):
        clips.corpus(tmp_path / "corpus")


def test_names_lead_nowhere_else() -> None:
    assert prepare.folder_name("../../etc") == "∕..∕etc"
    assert prepare.folder_name("..") == "_"
    assert prepare.folder_name("外婆 Ruth") == "外婆 Ruth"


def changing(step: Callable[[U8, int], U8], picture: U8, count: int = 30) -> Iterator[U8]:
    for at in range(count):
        yield step(picture, at)


def test_a_scene_ends_where_the_picture_changes_at_once(face: U8, wall: U8) -> None:
    numbers = [scene for scene, _ in prepare.scenes([face] * 7 + [wall] * 3 + [wall // 3] * 4 + [face] * 2)]
    assert numbers == [0] * 7 + [1] * 3 + [2] * 4 + [3] * 2


@pytest.mark.parametrize(
    "step",
    [
        lambda picture, at: np.roll(picture, 6 * at, axis=1),  # the camera pans
        lambda picture, at: (picture * (1 - at / 30)).astype(np.uint8),  # it gets dark
        lambda picture, at: cv2.convertScaleAbs(picture, alpha=1.0, beta=8 * (at % 2)),  # a lamp flickers
    ],
)
def test_what_moves_or_fades_is_one_scene(face: U8, step: Callable[[U8, int], U8]) -> None:
    assert {scene for scene, _ in prepare.scenes(changing(step, face))} == {0}


def test_another_face_is_a_jump_and_a_nod_is_not() -> None:
    from studio.head.shapes import basis

    here = basis().neutral.astype(np.float64) * 60 + [100, 100, 0]
    assert not prepare.jumps(here, here + np.array([20, 30, 0]))
    assert prepare.jumps(here, here + np.array([130, 0, 0]))
    assert prepare.jumps(here, here * 1.4)


def test_dropped_frames_and_a_late_sound_are_seen_by_the_clock(face: U8, tmp_path: Path) -> None:
    hum = AudioClip(np.full((1, 48_000), 0.1, np.float32), 16_000)
    whole = film(tmp_path / "whole.mp4", [face] * 75, hum)
    gap = tmp_path / "gap.mkv"
    # Frames 30–39 are gone, and the sound is put .25 s later by the container.
    drop = ["-vf", "select='not(between(n,30,39))'", "-fps_mode", "vfr", "-c:v", "libx264", "-c:a", "copy"]
    ffmpeg.run(
        ["-i", str(whole), "-itsoffset", "0.25", "-i", str(whole), "-map", "0:v", "-map", "1:a", *drop, str(gap)]
    )
    times, sound = prepare.clock(gap)
    assert len(times) == 65 and times[30] - times[29] == pytest.approx(0.44, abs=0.002)
    assert sound - times[0] == pytest.approx(0.25, abs=0.03)
    source = read_video(gap)
    tracker = prepare.Tracker(source, times)
    found = [(first, len(landmarks)) for first, landmarks in tracker.clips(quietly)]
    assert found == [(0, 30), (30, 35)]


def test_long_takes_are_parted(face: U8, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "LONGEST", Fraction(6, 5))
    path = film(tmp_path / "long.mp4", [face] * 70)
    tracker = prepare.Tracker(read_video(path), prepare.clock(path)[0])
    assert [(first, len(landmarks)) for first, landmarks in tracker.clips(quietly)] == [
        (0, 30),
        (30, 30),
    ]
    assert tracker.left_out == {prepare.TOO_SHORT: pytest.approx(0.4)}


def test_a_torn_tape_keeps_what_can_be_read(face: U8, tmp_path: Path) -> None:
    path = film(tmp_path / "whole.mp4", [face] * 40)
    source = read_video(path)

    def torn() -> Iterator[U8]:
        for at, frame in enumerate(source.open()):
            if at == 33:
                raise FileUnreadable("it is torn here")
            yield frame

    tracker = prepare.Tracker(FrameSource(torn, 40, Fraction(25), SIZE), prepare.clock(path)[0])
    assert [(first, len(landmarks)) for first, landmarks in tracker.clips(quietly)] == [(0, 33)]
    assert "first 1.3 s" in tracker.error and "torn here" in tracker.error


def test_a_film_in_which_somebody_speaks(shared: Path, tmp_path: Path) -> None:
    film = shared / "media/talking/grid_samples/evaluation__samples__GRID__lbax4n.mpg"
    late = tmp_path / "late.mkv"
    ffmpeg.run(["-i", str(film), "-af", "adelay=150:all=1", "-c:v", "copy", "-c:a", "pcm_s16le", str(late)])
    (report,) = prepare.prepare([(late, "speaker")], tmp_path / "corpus")
    assert report.synced == pytest.approx(3.0) and report.offset == pytest.approx(0.15, abs=0.03)
    (path,) = clips.corpus(tmp_path / "corpus")
    clip = clips.read(path)
    assert clip.synced and clip.belief > 0.9 and clip.num_frames == 75
    # Put in time: asked again, nothing is left to move.
    from studio.train import sync

    again = sync.evidence(
        sync.watch(clip.landmarks, clip.frame_rate), sync.listen(AudioClip(clip.sound[None], 16_000)), 0.0
    )
    assert abs(sync.decide([again])[0].lag) <= Fraction(2, 100)
