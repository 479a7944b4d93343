"""SMPTE timecode (ST 12-1): hours, minutes, seconds, frames, with and without dropped numbers."""

from __future__ import annotations

from fractions import Fraction


def nominal(rate: Fraction) -> int:
    """How many frames a second of timecode has: 24 at 23.976, 30 at 29.97."""
    return round(rate)


def frames(code: str, rate: Fraction) -> int:
    """How many frames come before the one that is numbered `code`; `;` before the frames says that numbers are dropped.

    At 29.97 numbers 0 and 1 are left out of every minute but each tenth (0 to 3 at 59.94), so that the clock keeps up.
    """
    count = nominal(rate)
    hours, minutes, seconds, rest = (int(part) for part in code.replace(";", ":").split(":"))
    total = ((hours * 60 + minutes) * 60 + seconds) * count + rest
    if ";" in code:
        passed = hours * 60 + minutes
        total -= _dropped(count) * (passed - passed // 10)
    return total


def code(number: int, rate: Fraction, *, drop: bool) -> str:
    """The timecode of the frame before which `number` frames come; it goes round after 24 hours, both ways."""
    count = nominal(rate)
    if drop:
        left = _dropped(count)
        minute, ten = 60 * count - left, 600 * count - 9 * left
        tens, rest = divmod(number % (144 * ten), ten)
        # The first minute of ten is whole; each of the others begins with its numbers left out.
        number = number % (144 * ten) + left * (9 * tens + max(0, (rest - left) // minute))
    else:
        number %= 24 * 3600 * count
    seconds, frame = divmod(number, count)
    mark = ";" if drop else ":"
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{mark}{frame:02d}"


def _dropped(count: int) -> int:
    return count // 15
