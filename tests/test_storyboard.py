from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from pydantic import TypeAdapter, ValidationError

from studio.storyboard import AWAY, TOWARDS, Move, PhotoScene, Scene, SlideshowScene, files, unrolled


def scenes(*tables: dict[str, object]) -> list[Scene]:
    return TypeAdapter(list[Scene]).validate_python(list(tables))


def show(**how: object) -> dict[str, object]:
    return {"id": "SLIDES", "kind": "slideshow", "photos": [{"file": f"{n}.jpg"} for n in range(5)], **how}


def singles(*tables: dict[str, object]) -> list[PhotoScene]:
    found = unrolled(scenes(*tables))
    assert all(isinstance(scene, PhotoScene) for scene in found)
    return found  # type: ignore[return-value]


def test_a_slideshow_becomes_its_photos() -> None:
    dark = {"id": "dark", "kind": "silence"}
    found = unrolled(scenes(dark, show(seconds=3, chapter="Life", transition=2.0), {"id": "end", "kind": "end"}))
    assert [scene.id for scene in found] == ["dark", *(f"SLIDES-0{n}" for n in range(1, 6)), "end"]
    photos = [scene for scene in found if isinstance(scene, PhotoScene)]
    assert [photo.file for photo in photos] == [Path(f"{n}.jpg") for n in range(5)]
    assert {photo.seconds for photo in photos} == {3}
    assert [photo.chapter for photo in photos] == ["Life", "", "", "", ""]
    assert [photo.transition for photo in photos] == [2.0, None, None, None, None]
    assert found[0] is not None and found[0].kind == "silence"


def test_moves_take_turns_and_never_twice_the_same_in_a_row() -> None:
    assert [photo.move for photo in singles(show())] == [TOWARDS, AWAY, TOWARDS, AWAY, TOWARDS]


def test_a_slide_keeps_its_own_move_and_caption() -> None:
    own = {"from": {"x": 0.2, "y": 0.5}, "to": "full"}
    photos = [
        {"file": "0.jpg"},
        {"file": "1.jpg", "move": {"from": "full", "to": "face"}, "caption": "1950"},
        {"file": "2.jpg"},
        {"file": "3.jpg", "move": own},
        {"file": "4.jpg"},
    ]
    found = singles(show(photos=photos))
    assert found[1].caption == "1950" and found[3].move == Move.model_validate(own)
    assert [photo.move for photo in found[:3]] == [AWAY, TOWARDS, AWAY]
    assert all(one.move != two.move for one, two in pairwise(found))


@pytest.mark.parametrize(("count", "first"), [(1, "SLIDES-01"), (99, "SLIDES-01"), (200, "SLIDES-001")])
def test_names_sort_as_the_photos_follow(count: int, first: str) -> None:
    found = singles(show(photos=[{"file": f"{n}.jpg"} for n in range(count)]))
    ids = [photo.id for photo in found]
    assert ids[0] == first and ids == sorted(ids) and len(set(ids)) == count


def test_a_name_leaves_room_for_the_numbers_and_a_show_for_its_end() -> None:
    assert len(singles(show(id="s" * 56, photos=[{"file": f"{n}.jpg"} for n in range(200)]))) == 200
    for wrong in ({"id": "s" * 57}, {"photos": []}, {"photos": [{"file": "a.jpg"}] * 201}):
        with pytest.raises(ValidationError):
            scenes(show(**wrong))


def test_every_file_of_a_scene_is_known() -> None:
    (slides,) = scenes(show())
    assert isinstance(slides, SlideshowScene)
    assert files(slides) == [Path(f"{n}.jpg") for n in range(5)]
    (title,) = scenes({"id": "a", "kind": "title", "heading": "A", "photo": "a.jpg"})
    assert files(title) == [Path("a.jpg")]
