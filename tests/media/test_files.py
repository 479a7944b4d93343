from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from studio.errors import OutputUnwritable
from studio.media import files


def test_a_file_appears_whole_or_not_at_all(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "film.txt"
    with pytest.raises(ValueError, match="half-way"), files.writing(target) as temporary:
        temporary.write_text("half")
        raise ValueError("half-way")
    assert list(target.parent.iterdir()) == []
    files.write_text(target, "whole")
    assert target.read_text() == "whole"


def test_a_failed_write_keeps_the_old_file(tmp_path: Path) -> None:
    target = tmp_path / "film.txt"
    target.write_text("old")
    with pytest.raises(ValueError), files.writing(target) as temporary:
        temporary.write_text("new")
        raise ValueError
    assert target.read_text() == "old"


@pytest.mark.parametrize(("number", "words"), [(errno.ENOSPC, "full"), (errno.EACCES, "may not be written")])
def test_the_disk_speaks_in_sentences(tmp_path: Path, number: int, words: str) -> None:
    with pytest.raises(OutputUnwritable, match=words), files.writing(tmp_path / "film.mp4"):
        raise OSError(number, os.strerror(number))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_really_full_disk(tmp_path: Path) -> None:
    target = tmp_path / "full"
    with pytest.raises(OutputUnwritable, match="full"), files.writing(target) as temporary:
        temporary.symlink_to("/dev/full")
        temporary.write_text("x")
    assert list(tmp_path.iterdir()) == []


def test_scratch_is_gone_afterwards() -> None:
    with files.scratch() as folder:
        (folder / "a").write_text("a")
    assert not folder.exists()
