from __future__ import annotations

import os
from pathlib import Path

import pytest

from studio.cache import Cache, digest
from studio.errors import OutputUnwritable


def test_a_take_is_made_once(tmp_path: Path) -> None:
    cache, made = Cache(tmp_path), []

    def make(folder: Path) -> None:
        made.append(folder)
        (folder / "a").write_text("a")

    first = cache.take("speak", {"text": "hello"}, make)
    second = cache.take("speak", {"text": "hello"}, make)
    assert (first.cached, second.cached, len(made)) == (False, True, 1)
    assert first.folder == second.folder and (first.folder / "a").read_text() == "a"
    assert not cache.has("speak", {"text": "hallo"}) and not cache.has("animate", {"text": "hello"})


def test_a_failed_take_leaves_nothing(tmp_path: Path) -> None:
    cache = Cache(tmp_path)

    def fail(folder: Path) -> None:
        (folder / "half").write_text("half")
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        cache.take("speak", {}, fail)
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not cache.has("speak", {})


def test_a_take_that_was_killed_is_made_again(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    place = cache.take("speak", {}, lambda _: None).folder
    # What kill -9 leaves is a folder under a temporary name: it is not the take.
    place.rename(place.with_name(".unfinished"))
    assert not cache.has("speak", {})
    assert not cache.take("speak", {}, lambda _: None).cached


def test_old_leftovers_are_swept_and_takes_are_kept(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    take = cache.take("speak", {}, lambda _: None)
    fresh, old = take.folder.with_name(".fresh"), take.folder.with_name(".old")
    for folder in (fresh, old):
        folder.mkdir()
    os.utime(old, (0, 0))
    cache.sweep()
    assert fresh.exists() and take.folder.exists() and not old.exists()


def test_an_unwritable_cache_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OutputUnwritable):
        Cache(tmp_path / "file").take("speak", {}, lambda _: None)


def test_the_key_is_the_content_not_the_order() -> None:
    assert digest({"a": 1, "b": [2, "奶"]}) == digest({"b": [2, "奶"], "a": 1})
    assert digest({"a": 1}) != digest({"a": 2})
