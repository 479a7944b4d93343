"""A whole folder, from everything in it to the draft of a film."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.album import gather as gathering
from studio.album.gather import Album, gather
from studio.errors import FileUnreadable, OutputUnwritable, PhotoUnusable, ProductionInvalid
from studio.media.audio import read_audio
from studio.media.files import sha256_file
from studio.media.video import write_video
from studio.production import Production
from studio.types import U8, FrameSource, Progress

TODAY = date(2026, 11, 21)
ROOT = Path(__file__).resolve().parents[2]


def contents(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): sha256_file(path) for path in folder.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def family(
    hopper: Path, scene: Callable[..., U8], save: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    """Everything that lies in a family's folder."""
    folder = tmp_path_factory.mktemp("family") / "Album 相册 🌷"
    woman = Image.open(hopper).convert("RGB")
    for number, year in enumerate((1951, 1962, 1977)):
        picture = Image.fromarray(scene(60 + number, (900, 640)))
        side = 420 + 60 * number
        picture.paste(woman.resize((side * 512 // 600, side)), (60 + 170 * number, 640 - side))
        save(folder / f"{year}" / f"照片{number} 😀.jpg", np.asarray(picture))
    for number in range(6):
        taken = f"{1990 + 4 * number}:06:0{number + 1} 12:00:00"
        save(folder / "later" / f"IMG_{1950 + number}.jpg", scene(number, (800, 600)), taken=taken, device="Nikon")
    save(folder / "copies" / "small copy.jpg", scene(0, (800, 600))[::2, ::2], quality=60)
    save(folder / "scan.png", np.asarray(Image.fromarray(scene(9)).convert("L").convert("RGB")))
    dancing = [Image.fromarray(scene(30 + number, (320, 240))) for number in range(3)]
    dancing[0].save(folder / "dance.gif", save_all=True, append_images=dancing[1:])
    Image.new("P", (8000, 6600), 3).save(folder / "large.png")
    (folder / "broken.jpg").write_bytes((folder / "1951" / "照片0 😀.jpg").read_bytes()[:9000])
    (folder / "notes.txt").write_text("of no use")
    (folder / ".hidden.jpg").write_bytes(hopper.read_bytes())
    (folder / "round").symlink_to(folder, target_is_directory=True)
    still = scene(40, (320, 240))
    write_video(
        folder / "films" / "1985 birthday.mp4",
        FrameSource(lambda: (still for _ in range(30)), 30, Fraction(25), (320, 240)),
    )
    return folder


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("film") / "ruth"


@pytest.fixture(scope="module")
def before(family: Path) -> dict[str, str]:
    return contents(family)


@pytest.fixture(scope="module")
def album(family: Path, out: Path, before: dict[str, str]) -> Album:
    return gather(family, out, name="Ruth Weber", count=9, today=TODAY)


def test_the_originals_are_as_they_were(album: Album, family: Path, before: dict[str, str]) -> None:
    assert contents(family) == before


def test_everything_is_found_and_what_is_left_out_has_a_reason(album: Album) -> None:
    assert {one.path.name for one in album.skipped} == {"broken.jpg", "notes.txt", "round"}
    reasons = {one.path.name: one.reason for one in album.skipped}
    assert reasons["broken.jpg"].startswith("It is damaged or cut short")
    assert album.plan.hidden == 1
    looked = {found.path.name for found, _ in album.seen}
    assert {"照片0 😀.jpg", "dance.gif", "large.png", "1985 birthday.mp4", "scan.png"} <= looked


def test_copies_are_known(album: Album) -> None:
    groups = [{album.pictures[place].path.name for place in (one.kept, *one.others)} for one in album.twins]
    assert groups == [{"small copy.jpg", "IMG_1950.jpg"}]
    assert album.pictures[album.twins[0].kept].path.name == "IMG_1950.jpg"


def test_the_one_who_is_there_most_is_offered(album: Album) -> None:
    assert album.dear == (1,)
    assert not album.asked
    assert album.people[0].pictures == 3
    assert all(album.single[place].path.name.startswith("照片") for place, _ in album.people[0].faces)


def test_times_come_from_exif_and_folders(album: Album) -> None:
    years = {one.path.name: one.when.first for one in album.single if one.when is not None}
    assert years["照片1 😀.jpg"] == 1962
    assert years["IMG_1953.jpg"] == 2002, "a camera's counter is no year"
    assert years["1985 birthday.mp4"] == 1985
    assert "scan.png" not in years


def test_the_draft_is_a_production_with_files_of_its_own(album: Album, out: Path, family: Path) -> None:
    production = Production.load(album.production)
    assert production.title == "Ruth Weber"
    shown = [slide.file for one in production.scenes if one.kind == "slideshow" for slide in one.photos]
    assert len(shown) == len(album.placed) == 9
    assert all(str(file).startswith("photos/") and (out / file).is_file() for file in shown)
    assert [one.chapter for one in production.scenes if one.chapter] == [
        "Arrival",
        "A life",
        "As we knew them",
        "Farewell",
    ]
    person = production.people["ruth-weber"]
    assert "照片" in str(person.photos[0].file)
    assert {sha256_file(out / file) for file in shown} & set(contents(family).values()), (
        "originals are copied as they are"
    )


def test_what_there_is_to_look_at_and_to_read(album: Album, out: Path) -> None:
    with Image.open(out / gathering.SHEET) as sheet, Image.open(out / gathering.FACES) as faces:
        assert np.asarray(sheet).std() > 20
        assert np.asarray(faces).std() > 20
    told = (out / gathering.REPORT).read_text(encoding="utf-8")
    for word in ("broken.jpg", "照片1 😀.jpg", "person 1: in 3 pictures", "small copy.jpg", "1985 birthday.mp4"):
        assert word in told
    data = json.loads((out / gathering.SUMMARY).read_text(encoding="utf-8"))
    assert data["counts"]["chosen"] == 9
    assert data["counts"]["duplicates"] == 1
    assert [one["number"] for one in data["chosen"]] == list(range(1, 10))


def test_the_next_run_looks_at_nothing_again_and_replaces_its_own_draft(album: Album, family: Path, out: Path) -> None:
    told: list[Progress] = []
    again = gather(family, out, name="露丝", language="zh", count=4, person=(1,), today=TODAY, on_progress=told.append)
    assert [one.stage for one in told if not one.cached].count("look") == 0
    assert again.asked
    assert len(list((out / "photos").iterdir())) == len([part for part in again.written if part.parts[0] == "photos"])
    assert Production.load(again.production).title == "露丝"
    assert "人物 1" in (out / gathering.REPORT).read_text(encoding="utf-8")
    again.production.write_text(again.production.read_text() + "# mine\n")
    with pytest.raises(ProductionInvalid, match="by hand"):
        gather(family, out, name="Ruth", today=TODAY)
    assert again.production.read_text().endswith("# mine\n")


def test_a_person_who_is_not_there_is_named(family: Path, album: Album, tmp_path: Path) -> None:
    (tmp_path / "album").mkdir()
    (tmp_path / gathering.STORE).write_bytes((album.out / gathering.STORE).read_bytes())
    with pytest.raises(ProductionInvalid, match="no person 9"):
        gather(family, tmp_path, name="Ruth", person=(9,), today=TODAY)
    assert (tmp_path / gathering.FACES).is_file(), "who is who can be looked up"
    assert not (tmp_path / "production.yaml").exists()


def test_a_killed_run_goes_on_where_it_was(scene: Callable[..., U8], save: Callable[..., Path], tmp_path: Path) -> None:
    for number in range(14):
        save(tmp_path / "in" / f"{number}.jpg", scene(200 + number, (320, 240)))
    store = tmp_path / "out" / gathering.STORE
    script = tmp_path / "run.py"
    script.write_text(
        "import sys\nfrom datetime import date\nfrom pathlib import Path\nfrom studio.album.gather import gather\n"
        "if __name__ == '__main__':\n"
        "    gather(Path(sys.argv[1]), Path(sys.argv[2]), name='Ruth', today=date(2026, 11, 21))\n"
    )
    argv = [sys.executable, str(script), str(tmp_path / "in"), str(tmp_path / "out")]
    running = subprocess.Popen(argv, env={**os.environ, "PYTHONPATH": str(ROOT)}, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 120
    while (not store.is_file() or store.read_text().count('"content"') < 3) and time.monotonic() < deadline:
        time.sleep(0.01)
    running.send_signal(signal.SIGKILL)
    running.wait()
    done = store.read_text().count('"content"')
    assert 3 <= done < 14
    assert not (tmp_path / "out" / "production.yaml").exists()
    told: list[Progress] = []
    gather(tmp_path / "in", tmp_path / "out", name="Ruth", today=TODAY, on_progress=told.append)
    assert len({one.detail for one in told if one.stage == "look" and one.cached}) >= done - 1
    assert store.read_text().count('"content"') <= 15
    assert any(one.remaining_s is not None for one in told)
    assert (tmp_path / "out" / "production.yaml").is_file()


def test_a_folder_without_pictures_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    with pytest.raises(PhotoUnusable, match="no photo and no film"):
        gather(tmp_path / "in", tmp_path / "out", name="Ruth", today=TODAY)
    (tmp_path / "in" / "letter.doc").write_text("Dear")
    with pytest.raises(PhotoUnusable, match=r"letter\.doc"):
        gather(tmp_path / "in", tmp_path / "out", name="Ruth", today=TODAY)
    assert not (tmp_path / "out").exists()


def test_pictures_that_are_no_good_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").write_bytes(b"nothing")
    with pytest.raises(PhotoUnusable, match=r"None of the 1 files.*a\.jpg"):
        gather(tmp_path / "in", tmp_path / "out", name="Ruth", today=TODAY)
    Image.new("RGB", (400, 300)).save(tmp_path / "in" / "black.jpg")
    with pytest.raises(PhotoUnusable, match=r"black\.jpg: Hardly anything can be seen"):
        gather(tmp_path / "in", tmp_path / "out", name="Ruth", today=TODAY)
    assert not (tmp_path / "out" / "production.yaml").exists()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_one_sentence(hopper: Path, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").write_bytes(hopper.read_bytes())
    (tmp_path / "out" / "album").mkdir(parents=True)
    (tmp_path / "out" / gathering.STORE).symlink_to("/dev/full")
    with pytest.raises(OutputUnwritable, match="full"):
        gather(tmp_path / "in", tmp_path / "out", name="Ruth", today=TODAY)


def test_a_disk_that_fills_while_photos_are_copied_leaves_nothing_half_written(
    hopper: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").write_bytes(hopper.read_bytes())

    def filling(_source: Path, target: Path) -> None:
        Path(target).write_bytes(b"as much as there was room for")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target))

    with monkeypatch.context() as full:
        full.setattr(shutil, "copyfile", filling)
        with pytest.raises(OutputUnwritable, match=r"is full\. Free some space"):
            gather(tmp_path / "in", tmp_path / "out", name="Ruth", today=TODAY)
    left = {path.relative_to(tmp_path / "out") for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert left <= {gathering.STORE, gathering.FACES}  # what was found out stays; of the draft there is nothing
    assert not [path for path in (tmp_path / "out").iterdir() if path.name != "album"]
    album = gather(tmp_path / "in", tmp_path / "out", name="Ruth", today=TODAY)  # and it goes on from there
    assert album.production.is_file()


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"name": "  "}, "needs a name"),
        ({"count": 0}, "from 1 to 200"),
        ({"count": 201}, "from 1 to 200"),
        ({"template": "museum-answers"}, "no place for an album.*tribute-slideshow"),
        ({"template": "nonsense"}, "nonsense"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_looked_at(
    hopper: Path, tmp_path: Path, asked: dict[str, object], said: str
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a.jpg").write_bytes(hopper.read_bytes())
    with pytest.raises(ProductionInvalid, match=said):
        gather(tmp_path / "in", tmp_path / "out", **{"name": "Ruth", "today": TODAY, **asked})
    with pytest.raises(ProductionInvalid, match="originals"):
        gather(tmp_path / "in", tmp_path / "in", name="Ruth", today=TODAY)
    with pytest.raises(FileUnreadable, match="not a folder"):
        gather(tmp_path / "nowhere", tmp_path / "out", name="Ruth", today=TODAY)
    assert not (tmp_path / "out").exists()


def test_recordings_are_offered_and_heic_is_turned_into_jpeg(shared: Path, hopper: Path, tmp_path: Path) -> None:
    pillow_heif = pytest.importorskip("pillow_heif")
    pillow_heif.register_heif_opener()
    (tmp_path / "in").mkdir()
    Image.open(hopper).save(tmp_path / "in" / "phone.heic", quality=90)
    tape = shared / "media" / "speech" / "en_jfk_1961.flac"
    (tmp_path / "in" / "磁带.flac").write_bytes(tape.read_bytes())
    album = gather(tmp_path / "in", tmp_path / "out", name="Grace", today=TODAY)
    production = Production.load(album.production)
    recordings = [tmp_path / "out" / one.file for one in production.people["grace"].recordings]
    assert [path.name for path in recordings] == ["01-磁带.flac"]
    assert read_audio(recordings[0]).duration == read_audio(tape).duration
    shown = [slide.file for one in production.scenes if one.kind == "slideshow" for slide in one.photos]
    assert [file.suffix for file in shown] == [".jpg"]
    with Image.open(tmp_path / "out" / shown[0]) as picture:
        assert picture.size == (512, 600)
