"""What was found out is kept, whatever kills the work."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.album import store
from studio.album.record import Found, PhotoSeen, Picture, Unusable
from studio.album.store import Store, fingerprint
from studio.errors import OutputUnwritable


def found(path: Path, changed: int = 5) -> Found:
    return Found(path, "photo", 100, changed)


def test_what_is_kept_is_there_again(tmp_path: Path, picture: Callable[..., Picture]) -> None:
    path = tmp_path / "album" / "looked.jsonl"
    seen = PhotoSeen("photo", picture(1).looked, "1999:12:31 23:59:59", "Nikon", 2)
    odd = Path(os.fsdecode(b"/caf\xe9/\xe7\x85\xa7 \xf0\x9f\x98\x80.jpg"))  # no valid UTF-8, and Chinese, and a face
    with Store(path) as kept:
        kept.keep_digest(found(odd), "abc")
        kept.keep("abc", seen)
        kept.keep("def", Unusable("unusable", "It is damaged."))
    again = Store(path)
    assert again.digest(found(odd)) == "abc"
    assert again.digest(found(odd, changed=6)) is None, "it was written to since"
    assert again.seen("abc") == seen
    assert again.seen("def") == Unusable("unusable", "It is damaged.")
    assert again.seen("xyz") is None


def test_a_line_that_was_cut_off_costs_only_itself(tmp_path: Path, picture: Callable[..., Picture]) -> None:
    path = tmp_path / "looked.jsonl"
    with Store(path) as kept:
        for digest in ("a", "b"):
            kept.keep(digest, PhotoSeen("photo", picture(1).looked))
    path.write_bytes(path.read_bytes()[:-40])
    with Store(path) as kept:
        assert kept.seen("a") is not None
        assert kept.seen("b") is None
        kept.keep("c", PhotoSeen("photo", picture(2).looked))
    assert Store(path).seen("c") is not None


def test_lines_of_another_version_are_not_used(tmp_path: Path, picture: Callable[..., Picture]) -> None:
    path = tmp_path / "looked.jsonl"
    with Store(path) as kept:
        kept.keep("a", PhotoSeen("photo", picture(1).looked))
    lines = [json.loads(line) for line in path.read_text().splitlines() if line]
    path.write_text("\n".join(json.dumps({**line, "version": store.VERSION - 1}) for line in lines))
    assert Store(path).seen("a") is None


def test_large_files_are_known_by_their_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store, "_WHOLE", 1000)
    monkeypatch.setattr(store, "_PART", 100)
    body = bytearray(range(256)) * 20
    path = tmp_path / "film.mp4"
    path.write_bytes(body)
    first = fingerprint(path)
    assert fingerprint(path) == first
    for place in (0, len(body) // 2, len(body) - 1):
        changed = bytearray(body)
        changed[place] ^= 255
        path.write_bytes(changed)
        assert fingerprint(path) != first
    path.write_bytes(body + b"x")
    assert fingerprint(path) != first


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "looked.jsonl").symlink_to("/dev/full")
    with pytest.raises(OutputUnwritable, match="full"), Store(tmp_path / "looked.jsonl") as kept:
        kept.keep_digest(found(tmp_path / "a.jpg"), "abc")
