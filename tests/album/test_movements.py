"""The order of what was chosen."""

from __future__ import annotations

from collections.abc import Callable

from studio.album.movements import MOVEMENTS, ordered
from studio.album.record import FaceSeen, Picture


def test_a_life_is_told_in_its_order(picture: Callable[..., Picture], face: Callable[..., FaceSeen]) -> None:
    life = [picture(number, years=(1935 + number, 1935 + number)) for number in range(80)]
    close = face((0.3, 0.2, 0.7, 0.8), smile=1.5)
    life[40] = picture(40, years=(1975, 1975), faces=(close,), people=(1,))
    life[70] = picture(70, years=(2005, 2005), faces=(close,), people=(1,))
    placed = ordered(life[::-1], dear={1})
    assert [one.movement for one in placed] == sorted((one.movement for one in placed), key=MOVEMENTS.index)
    assert len({id(one.picture) for one in placed}) == 80
    for movement in ("arrival", "life", "character"):
        years = [one.picture.when.middle for one in placed if one.movement == movement]
        assert years == sorted(years)
    assert max(one.picture.when.middle for one in placed if one.movement == "arrival") < 1950
    assert min(one.picture.when.middle for one in placed[:-1] if one.movement == "farewell") > 2000
    assert placed[-1].picture is life[70], "the best one of them alone, from the later half"
    assert life[40] in [one.picture for one in placed if one.movement == "character"]


def test_undated_pictures_without_colour_are_old(picture: Callable[..., Picture]) -> None:
    dated = [picture(number, years=(1950 + number, 1950 + number)) for number in range(30)]
    old = [picture(100 + number, colour=0.5) for number in range(3)]
    placed = ordered([*dated, *old])
    assert {one.movement for one in placed if one.picture in old} == {"arrival"}


def test_a_handful_is_simply_a_life(picture: Callable[..., Picture]) -> None:
    placed = ordered([picture(2, years=(1980, 1980)), picture(1, years=(1960, 1960))])
    assert [one.movement for one in placed] == ["life", "life"]
    assert [one.picture.when.first for one in placed] == [1960, 1980]
    assert ordered([]) == ()


def test_every_picture_has_one_place_whatever_is_known(picture: Callable[..., Picture]) -> None:
    for count in range(4, 30):
        pictures = [
            picture(number, years=(1990, 1990) if number % 3 else None, colour=1.0 if number % 5 == 0 else 20.0)
            for number in range(count)
        ]
        assert sorted(one.picture.path for one in ordered(pictures)) == sorted(one.path for one in pictures)
