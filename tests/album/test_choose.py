"""Which pictures are chosen: good ones, of all times, none twice."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable

import pytest

from studio.album.choose import POOR, choose, worth
from studio.album.record import FaceSeen, Picture


def test_better_pictures_are_worth_more(picture: Callable[..., Picture], face: Callable[..., FaceSeen]) -> None:
    good = worth(picture(1, faces=(face(),)))
    for worse in (
        picture(1, faces=(face(),), sharp=0.2),
        picture(1, faces=(face(),), light=12.0),
        picture(1, faces=(face(),), light=248.0),
        picture(1, faces=(face(),), size=(300, 220)),
        picture(1, faces=(face(eyes=0.04),)),
        picture(1, faces=(face(turned=60.0),)),
        picture(1, faces=(face(),), name="Screenshot 2020.png"),
        picture(1, faces=(face(),), name="截屏2020.png"),
    ):
        assert worth(worse) < good - 0.04


@pytest.mark.parametrize(
    ("wrong", "said"),
    [({"sharp": 0.0}, "blurred"), ({"light": 8.0}, "dark"), ({"name": "screenshot.png"}, "screen")],
)
def test_what_is_no_good_is_left_out_with_its_reason(
    picture: Callable[..., Picture], wrong: dict[str, object], said: str
) -> None:
    bad = picture(7, **wrong)
    chosen = choose([picture(1), bad, picture(2)], 3)
    assert sorted(chosen.places) == [0, 2]
    assert [place for place, _ in chosen.poor] == [1]
    assert said in chosen.poor[0][1]
    assert worth(bad) < POOR


def test_pictures_of_one_thing_are_not_all_taken(picture: Callable[..., Picture]) -> None:
    burst = [picture(number, like=500, event="one day", sharp=1.0) for number in range(20)]
    others = [picture(100 + number, sharp=0.7) for number in range(20)]
    chosen = choose([*burst, *others], 20)
    assert sum(place < 20 for place in chosen.places) == 1


def test_no_decade_is_drowned_by_the_telephone(picture: Callable[..., Picture]) -> None:
    old = [picture(number, years=(1950, 1959), sharp=0.6) for number in range(12)]
    middle = [picture(50 + number, years=(1984, 1984), sharp=0.7) for number in range(40)]
    new = [picture(1000 + number, years=(2019, 2019), sharp=1.0) for number in range(900)]
    chosen = choose([*old, *middle, *new], 60)
    taken = Counter(picture.when.decade for picture in ([*old, *middle, *new][place] for place in chosen.places))
    assert len(chosen.places) == 60
    assert taken[1950] >= 4
    assert taken[1980] >= 8
    assert taken[2010] <= 48


def test_the_dear_one_comes_first(picture: Callable[..., Picture], face: Callable[..., FaceSeen]) -> None:
    theirs = [picture(number, faces=(face(),), people=(2,)) for number in range(10)]
    others = [picture(100 + number, faces=(face(),), people=(1,)) for number in range(10)]
    chosen = choose([*others, *theirs], 8, dear={2})
    assert sum(place >= 10 for place in chosen.places) >= 6
    crowd = picture(300, faces=(face(), face((0.1, 0.1, 0.12, 0.14))), people=(1, 2))
    assert choose([crowd, theirs[0]], 1, dear={2}).places == (1,)


def test_five_thousand_pictures_take_seconds(picture: Callable[..., Picture]) -> None:
    pictures = [picture(number, years=(1950 + number % 70,) * 2) for number in range(5000)]
    began = time.process_time()
    chosen = choose(pictures, 70)
    assert time.process_time() - began < 20
    assert len(set(chosen.places)) == 70


def test_fewer_than_asked_for(picture: Callable[..., Picture]) -> None:
    assert choose([], 5).places == ()
    assert sorted(choose([picture(1), picture(2)], 70).places) == [0, 1]
