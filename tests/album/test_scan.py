"""What a folder holds: kinds, links, loops, hidden files, odd names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from studio.album.scan import DEEPEST, scan
from studio.errors import FileUnreadable


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"something")
    return path


def test_files_are_told_apart_and_counted_like_people_do(tmp_path: Path) -> None:
    for name in ("scan10.jpg", "scan2.jpg", "B/照片 😀.PNG", "film.MOV", "tape.m4a", "a.HEIC", "notes.txt", "raw.CR2"):
        put(tmp_path / name)
    plan = scan(tmp_path)
    kinds = {file.path.name: file.kind for file in plan.found}
    assert [file.path.name for file in plan.found if file.path.name.startswith("scan")] == ["scan2.jpg", "scan10.jpg"]
    assert kinds == {
        "scan2.jpg": "photo", "scan10.jpg": "photo", "照片 😀.PNG": "photo", "a.HEIC": "photo", "film.MOV": "video",
        "tape.m4a": "recording",
    }  # fmt: skip
    reasons = {one.path.name: one.reason for one in plan.skipped}
    assert "raw file" in reasons["raw.CR2"]
    assert ".txt" in reasons["notes.txt"]


def test_links_are_never_followed_and_loops_never_entered(tmp_path: Path) -> None:
    album, outside = tmp_path / "album", tmp_path / "outside"
    put(album / "a.jpg")
    put(outside / "secret.jpg")
    (album / "round").symlink_to(album, target_is_directory=True)
    (album / "out").symlink_to(outside, target_is_directory=True)
    (album / "link.jpg").symlink_to(outside / "secret.jpg")
    (album / "broken.jpg").symlink_to(album / "nowhere.jpg")
    plan = scan(album)
    assert [file.path.name for file in plan.found] == ["a.jpg"]
    assert sorted(one.path.name for one in plan.skipped) == ["broken.jpg", "link.jpg", "out", "round"]
    assert all("link" in one.reason for one in plan.skipped)


def test_hidden_empty_private_and_special_files(tmp_path: Path) -> None:
    for name in (".hidden.jpg", "._resource.jpg", "@eaDir/thumb.jpg", ".trash/old.jpg", "seen.jpg"):
        put(tmp_path / name)
    (tmp_path / "empty.jpg").touch()
    os.mkfifo(tmp_path / "pipe.jpg")
    plan = scan(tmp_path)
    assert [file.path.name for file in plan.found] == ["seen.jpg"]
    assert plan.hidden == 4
    assert {one.path.name for one in plan.skipped} == {"empty.jpg", "pipe.jpg"}


def test_the_folder_that_is_written_to_is_not_gathered_again(tmp_path: Path) -> None:
    put(tmp_path / "a.jpg")
    put(tmp_path / "film" / "photos" / "01-a.jpg")
    assert [file.path.name for file in scan(tmp_path, leave_out=(tmp_path / "film",)).found] == ["a.jpg"]


def test_too_deep_is_said(tmp_path: Path) -> None:
    put(tmp_path.joinpath(*["d"] * (DEEPEST + 1)) / "deep.jpg")
    plan = scan(tmp_path)
    assert not plan.found
    assert "deep" in plan.skipped[0].reason


def test_no_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(FileUnreadable, match="not a folder"):
        scan(tmp_path / "nowhere")
    with pytest.raises(FileUnreadable, match="not a folder"):
        scan(put(tmp_path / "file.jpg"))
