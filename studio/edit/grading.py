"""A Look as ffmpeg filters over a picture. Pure: nothing is opened or started here."""

from __future__ import annotations

import math
from fractions import Fraction

import ffmpeg

from studio.edit.inputs import Inputs, Stream, text
from studio.edit.look import Look, Print

_DEFLICKER = {"size": 5, "mode": "am"}
# No more than three flashes in a second, after Ofcom's guidance and ITU-R BT.1702: found with the whole picture going
# from black to white and back 0.5 to 12.5 times a second; less lets four and five a second through.
_FLASHES = 50.0
_GRAIN_SHORT_SIDE = 540  # px: grain is as coarse as this picture's pixels whatever the size of the film
_GRAIN_LEVELS = 9.0  # standard deviation that grain 1 gives a mid grey at that size, of 255
_STRENGTH_PER_LEVEL = 1.9  # of ffmpeg's noise; measured, as are the two levels that its rounding takes away
_GRAIN_MIDDLE = 129
_VIGNETTE_ANGLE = math.pi / 4.2  # of the lens that vignette 1 imitates: corners at about a third of the light

# Tone curves, red, green, blue: what time does to prints. Faded: dyes lose their density, blue most, and the paper
# yellows. Sepia: silver sulphide is brown in the shadows and leaves the paper warm.
_FADED = ("0/0.10 0.5/0.56 1/0.97", "0/0.08 0.5/0.51 1/0.93", "0/0.09 0.5/0.45 1/0.82")
_SEPIA = ("0/0.05 0.5/0.57 1/0.98", "0/0.03 0.5/0.48 1/0.94", "0/0.02 0.5/0.36 1/0.83")
_FADED_SATURATION = 0.7


def steadied(picture: Stream, look: Look) -> Stream:
    """The light of a flickering clip made even, before it is fitted and moved over."""
    return picture.filter("deflicker", **_DEFLICKER) if look.deflicker else picture


def looked(picture: Stream, look: Look, size: tuple[int, int], length: int, rate: Fraction, inputs: Inputs) -> Stream:
    """The look over a finished picture, fitted and moved.

    Args:
        picture: yuv420p, BT.709, limited range.
        size: W, H px.
        length: frames; no more are needed.
        rate: frames per second.
    """
    if look.flash_guard:
        picture = _yuv(_rgb(picture, "rgb24").filter("photosensitivity", **_guard(rate)))
    if look.lut is not None:
        picture = _yuv(_rgb(picture, "gbrp").filter("lut3d", file=str(look.lut.absolute()), interp="tetrahedral"))
    picture = _printed(picture, look.print)
    if look.vignette:
        picture = picture.filter("vignette", angle=f"{look.vignette * _VIGNETTE_ANGLE:.6g}")
    return _grained(picture, look, size, length, rate, inputs) if look.grain else picture


def _guard(rate: Fraction) -> dict[str, object]:
    """What the filter counts in: changes within one second, whatever the frame rate."""
    frames = max(2, round(rate))
    return {"frames": frames, "threshold": f"{_FLASHES / frames:.4g}"}


def _printed(picture: Stream, kind: Print) -> Stream:
    if kind == "none":
        return picture
    if kind != "faded":
        picture = picture.filter("lutyuv", u=128, v=128)
    if kind == "mono":
        return picture
    if kind == "faded":
        picture = picture.filter("eq", saturation=_FADED_SATURATION)
    red, green, blue = _FADED if kind == "faded" else _SEPIA
    return _yuv(_rgb(picture, "gbrp").filter("curves", red=red, green=green, blue=blue))


def _grained(picture: Stream, look: Look, size: tuple[int, int], length: int, rate: Fraction, inputs: Inputs) -> Stream:
    """Grain of one coarseness and strength for the eye, in a phone's film as on a large screen: made at one size and
    scaled with the picture, strongest in the middle tones, where film has it, and gone in black and white."""
    share = _GRAIN_SHORT_SIDE / min(size)
    width, height = (2 * round(side * share / 2) for side in size)
    grey = inputs.open(f"color=c=gray:s={width}x{height}:r={text(rate)}", f="lavfi").video
    # Hard light leaves a picture alone where what is laid over it has the middle level.
    grain = (
        grey.filter("trim", end_frame=length)
        .filter("format", "yuv420p")
        .filter("lutyuv", y=_GRAIN_MIDDLE, u=128, v=128)
    )
    strength = min(100, round(look.grain * _GRAIN_LEVELS * _STRENGTH_PER_LEVEL))
    grain = grain.filter("noise", all_seed=look.seed % 2**31, c0_strength=strength, c0_flags="t")
    grain = grain.filter("scale", *size, flags="bicubic+accurate_rnd+bitexact")
    grain = grain.filter("settb", text(1 / rate)).filter("setpts", "N")
    return ffmpeg.filter(
        [grain, picture], "blend", c0_mode="hardlight", c1_opacity=0, c2_opacity=0, shortest=0, repeatlast=1
    )


def _rgb(picture: Stream, pixels: str) -> Stream:
    scaled = picture.filter(
        "scale", in_color_matrix="bt709", in_range="tv", out_range="pc", flags="accurate_rnd+full_chroma_int+bitexact"
    )
    return scaled.filter("format", pixels)


def _yuv(picture: Stream) -> Stream:
    scaled = picture.filter(
        "scale", out_color_matrix="bt709", in_range="pc", out_range="tv", flags="accurate_rnd+full_chroma_int+bitexact"
    )
    return scaled.filter("format", "yuv420p")
