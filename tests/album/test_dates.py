"""When a picture was taken, as names and EXIF say it."""

from __future__ import annotations

from datetime import date
from pathlib import PurePath

import pytest

from studio.album.dates import When, dated

TODAY = date(2026, 11, 21)


def years(where: str, taken: str = "", device: str = "", *, grey: bool = False) -> tuple[int, int] | None:
    found = dated(PurePath(where), taken, device, grey=grey, today=TODAY)
    return None if found is None else (found.first, found.last)


@pytest.mark.parametrize(
    ("where", "span"),
    [
        ("1962/scan001.jpg", (1962, 1962)),
        ("1950s/a.jpg", (1950, 1959)),
        ("the fifties/a.jpg", (1950, 1959)),
        ("summer '60s.jpg", (1960, 1969)),
        ("early 60s/a.jpg", (1960, 1963)),
        ("1965–70/a.jpg", (1965, 1970)),
        ("12.05.1978 Geburtstag.jpg", (1978, 1978)),
        ("IMG_20190304_123456.jpg", (2019, 2019)),
        ("PXL_20211224_101112131.jpg", (2021, 2021)),
        ("Ruth 1930 😀.jpg", (1930, 1930)),
        ("一九五八年春节.jpg", (1958, 1958)),
        ("二〇〇八年奥运.jpg", (2008, 2008)),
        ("50年代/a.jpg", (1950, 1959)),
        ("上世纪七十年代.jpg", (1970, 1979)),
        ("五十年代末/a.jpg", (1957, 1959)),
        ("民国三十五年全家福.jpg", (1946, 1946)),
        ("58年国庆.jpg", (1958, 1958)),
        ("08年.jpg", (2008, 2008)),
        ("１９６５年.jpg", (1965, 1965)),
        ("Mum 1932-2019/a.jpg", (1932, 2019)),
    ],
)
def test_names_say_years(where: str, span: tuple[int, int]) -> None:
    assert years(where) == span


@pytest.mark.parametrize(
    "where",
    [
        "IMG_1962.jpg", "DSC01958.JPG", "P1020304.JPG", "1920x1080.png", "film 2160p.jpg", "in her 60s/a.jpg",
        "结婚50年.jpg", "mmexport1551672896000.jpg", "scan 0042.jpg", "year 2140.jpg", "house number 1712.jpg",
    ],
)  # fmt: skip
def test_numbers_that_are_no_years(where: str) -> None:
    assert years(where) is None


def test_a_scan_is_as_old_as_its_name_says() -> None:
    assert years("1962/scan001.jpg", "2014:03:02 10:00:00", "Canon") == (1962, 1962)
    assert years("x.jpg", "2014:03:02 10:00:00", "EPSON Perfection V600") is None
    assert years("x.jpg", "2014:03:02 10:00:00", "Canon", grey=True) is None, "digital cameras see colours"


def test_the_camera_knows_the_day_where_the_name_says_the_year() -> None:
    found = dated(PurePath("2019/IMG_0001.jpg"), "2019:05:06 01:01:01", "Apple", grey=False, today=TODAY)
    assert found == When(2019, 2019, "EXIF", "2019-05-06")
    assert found.middle == pytest.approx(2019 + 4 / 12, abs=0.03)


def test_a_camera_whose_clock_was_never_set_says_nothing() -> None:
    assert years("Christmas 1985.jpg", "2000:01:01 00:00:00", "Cam") == (1985, 1985)
    assert years("x.jpg", "2000:01:01 00:00:00", "Cam") is None
    assert years("x.jpg", "2031:05:05 00:00:00", "Cam") is None, "the future"
    assert years("x.jpg", "not a date", "Cam") is None


def test_a_span_over_a_life_says_no_decade() -> None:
    found = dated(PurePath("Mum 1932-2019/a.jpg"), "", "", grey=False, today=TODAY)
    assert found is not None
    assert found.decade is None
    assert years("Mum 1932-2019/a.jpg", "2004:06:01 10:00:00", "Nikon") == (2004, 2004)
