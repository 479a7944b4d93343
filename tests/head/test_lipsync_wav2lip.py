"""The engine changes the lower face and nothing else, frame for frame with the sound.

The network has random weights here: what it paints is meaningless, where it is laid is not.
"""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from studio.errors import AudioUnusable, Cancelled, FaceNotFound, PhotoUnusable
from studio.head import faces
from studio.head.lipsync import boxes as faces_in
from studio.head.lipsync import crop
from studio.head.lipsync.network import Wav2Lip
from studio.head.lipsync.wav2lip import Wav2LipEngine, Wav2LipOptions, lengthened
from studio.media.video import read_video, write_video
from studio.types import F32, U8, AudioClip, FrameSource, frames_for

RATE = Fraction(25)
NOTHING = np.full(4, np.nan, np.float32)


def noise(seconds: float | Fraction, sample_rate: int = 16_000) -> AudioClip:
    samples = np.random.default_rng(8).normal(0, 0.1, (1, round(seconds * sample_rate)))
    return AudioClip(samples.astype(np.float32), sample_rate)


def clip_of(*images: U8, rate: Fraction = RATE) -> FrameSource:
    def frames() -> Iterator[U8]:
        return (image.copy() for image in images)

    return FrameSource(frames, len(images), rate, (images[0].shape[1], images[0].shape[0]))


class Stub(torch.nn.Module):
    """Paints the reference face; remembers what it was shown and what it heard."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[torch.Tensor] = []
        self.heard: list[torch.Tensor] = []

    def forward(self, mel: torch.Tensor, face: torch.Tensor) -> torch.Tensor:
        self.heard.extend(mel)
        self.seen.extend(face)
        return face[:, 3:]


def lively() -> Wav2Lip:
    """A network with random weights large enough for the sound to be seen in what it paints."""
    random = torch.Generator().manual_seed(3)
    network = Wav2Lip().eval()
    for weight in network.parameters():
        if weight.dim() > 1:
            weight.data = torch.randn(weight.shape, generator=random) / weight[0].numel() ** 0.5
    return network


@pytest.fixture(scope="module")
def random_engine() -> Wav2LipEngine:
    return Wav2LipEngine(lively(), device="cpu")


@pytest.fixture
def stub(random_engine: Wav2LipEngine) -> Iterator[Stub]:
    """The engine's network, exchanged for one that shows what it got."""
    real, made = random_engine._network, Stub()
    random_engine._network = made  # type: ignore[assignment]
    yield made
    random_engine._network = real


@pytest.fixture(scope="module")
def small(hopper_photo: U8) -> U8:
    """Half of each side, for speed."""
    return np.ascontiguousarray(hopper_photo[::2, ::2])


@pytest.fixture(scope="module")
def box(hopper_photo: U8) -> F32:
    """Of the face in `small`."""
    return np.array(faces.find(hopper_photo)[0].box, np.float32) / 2


def grey(image: U8) -> U8:
    return np.repeat(image.mean(axis=2, keepdims=True).astype(np.uint8), 3, axis=2)


def test_only_the_lower_face_changes(random_engine: Wav2LipEngine, small: U8, box: F32) -> None:
    made = random_engine.sync(clip_of(*[small] * 5), noise(0.2), boxes=box)
    out = list(made.open())
    assert (made.num_frames, made.frame_rate, made.size) == (5, RATE, (256, 300))
    x0, y0, x1, y1 = faces_in.padded(box, Wav2LipOptions().pads)
    middle = (y0 + y1) / 2
    for frame in out:
        assert frame.shape == small.shape
        assert frame.dtype == np.uint8
        changed = np.argwhere((frame != small).any(axis=2))
        (top, left), (bottom, right) = changed.min(axis=0), changed.max(axis=0)
        assert middle - 2 <= top
        assert bottom < y1
        assert x0 < left
        assert right < x1
        lips = frame[round(0.75 * y1 + 0.25 * y0), round((x0 + x1) / 2)].astype(int)
        assert np.abs(lips - small[round(0.75 * y1 + 0.25 * y0), round((x0 + x1) / 2)]).max() > 5
    assert any((frame != out[0]).any() for frame in out[1:])  # the sound changes, so does the mouth


def test_same_input_same_bytes(random_engine: Wav2LipEngine, small: U8, box: F32) -> None:
    made = random_engine.sync(clip_of(*[small] * 2), noise(0.08), boxes=box)
    again = random_engine.sync(clip_of(*[small] * 2), noise(0.08), boxes=box)
    first, second, other = (b"".join(f.tobytes() for f in one.open()) for one in (made, made, again))
    assert first == second == other


def test_frames_without_a_face_come_through(random_engine: Wav2LipEngine, small: U8, box: F32) -> None:
    boxes = np.stack([box, NOTHING, box])
    out = list(random_engine.sync(clip_of(*[small] * 3), noise(0.12), boxes=boxes).open())
    assert np.array_equal(out[1], small)
    assert (out[0] != small).any()
    assert (out[2] != small).any()


@pytest.mark.parametrize("rate", [Fraction(24000, 1001), RATE, Fraction(30000, 1001)])
@pytest.mark.parametrize("given", [1, 200])
def test_as_many_frames_as_sound(
    rate: Fraction, given: int, random_engine: Wav2LipEngine, stub: Stub, box: F32
) -> None:
    tiny = np.zeros((16, 16, 3), np.uint8)
    sound = noise(Fraction(5_007, 1000), 8000)
    made = random_engine.sync(clip_of(*[tiny] * given, rate=rate), sound, boxes=box / 20)
    assert made.num_frames == frames_for(sound.duration, rate)
    assert sum(1 for _ in made.open()) == made.num_frames
    assert len(stub.heard) == made.num_frames


def test_a_network_that_changes_nothing_changes_nothing(
    random_engine: Wav2LipEngine, stub: Stub, hopper_photo: U8, box: F32
) -> None:
    out = list(
        random_engine.sync(
            clip_of(hopper_photo), noise(0.04), boxes=box * 2, options=Wav2LipOptions(reference="same")
        ).open()
    )
    # The skin's detail is finer than 96 px can show, and is all there.
    assert np.array_equal(out[0], hopper_photo)


def test_the_network_sees_blue_first_and_half_a_face(
    random_engine: Wav2LipEngine, stub: Stub, small: U8, box: F32
) -> None:
    red = np.zeros_like(small)
    red[..., 0] = 255
    blue = np.zeros_like(small)
    blue[..., 2] = 102
    options = Wav2LipOptions(audio_lead_frames=0)
    list(random_engine.sync(clip_of(red), noise(0.04), boxes=box, reference=(blue, box), options=options).open())
    (seen,) = stub.seen
    assert seen.shape == (6, 96, 96)
    assert seen[:, :48].amin(dim=(1, 2)).tolist() == pytest.approx([0, 0, 1, 0.4, 0, 0])
    assert seen[:, 48:].amax(dim=(1, 2)).tolist() == pytest.approx([0, 0, 0, 0.4, 0, 0])
    assert stub.heard[0].shape == (1, 80, 16)


def test_the_reference_is_another_frame_of_the_shot(random_engine: Wav2LipEngine, stub: Stub, box: F32) -> None:
    shades = [np.full((300, 256, 3), 40 * i, np.uint8) for i in range(6)]
    boxes = np.stack([box, box, box, NOTHING, box, box])
    list(random_engine.sync(clip_of(*shades), noise(0.24), boxes=boxes).open())
    own = [round(float(face[0, 0, 0]) * 255) // 40 for face in stub.seen]
    shown = [round(float(face[3, 0, 0]) * 255) // 40 for face in stub.seen]
    assert own == [0, 1, 2, 4, 5]
    assert shown == [1, 2, 1, 5, 4]

    stub.seen.clear()
    list(
        random_engine.sync(clip_of(*shades), noise(0.24), boxes=boxes, options=Wav2LipOptions(reference="same")).open()
    )
    assert all(torch.equal(face[:3, :48], face[3:, :48]) for face in stub.seen)


def test_the_mouth_rests_in_silence(random_engine: Wav2LipEngine, stub: Stub, small: U8, box: F32) -> None:
    samples = noise(2).samples.copy()
    samples[:, 8000:24_000] = 0
    sound, other = AudioClip(samples, 16_000), 255 - small
    out = list(random_engine.sync(clip_of(*[small] * 50), sound, boxes=box, reference=(other, box)).open())
    assert all(np.array_equal(frame, small) for frame in out[18:32])
    assert all((frame != small).any() for frame in (*out[:13], *out[37:]))
    assert len(stub.seen) <= 50 - 14  # nothing is painted that is not shown
    options = Wav2LipOptions(rest_in_silence=False)
    made = random_engine.sync(clip_of(*[small] * 50), sound, boxes=box, reference=(other, box), options=options)
    assert all((frame != small).any() for frame in made.open())


def test_a_photo_without_colour_stays_without(random_engine: Wav2LipEngine, small: U8, box: F32) -> None:
    photo = grey(small)
    (out,) = random_engine.sync(clip_of(photo), noise(0.04), boxes=box).open()
    assert (out != photo).any()
    assert np.array_equal(out[..., 0], out[..., 1])
    assert np.array_equal(out[..., 0], out[..., 2])


def test_half_precision_paints_nearly_the_same(random_engine: Wav2LipEngine, small: U8, box: F32) -> None:
    half = Wav2LipEngine(lively(), device="cpu", bfloat16=True)
    full_frame, half_frame = (
        next(iter(engine.sync(clip_of(small), noise(0.04), boxes=box).open())).astype(int)
        for engine in (random_engine, half)
    )
    assert np.abs(full_frame - half_frame).mean() < 0.25 * np.abs(full_frame - small).mean()


def test_a_face_at_the_edge_of_the_picture(random_engine: Wav2LipEngine, small: U8, box: F32) -> None:
    width = small.shape[1]
    aside = box + np.array([width - box[0] - 50, 0, width - box[0] - 50, 0], np.float32)
    beyond = box + np.float32(1000)
    out = list(random_engine.sync(clip_of(small, small), noise(0.08), boxes=np.stack([aside, beyond])).open())
    assert (out[0] != small).any()
    assert np.array_equal(out[1], small)


def test_a_small_face_is_painted_too(random_engine: Wav2LipEngine, small: U8, box: F32) -> None:
    tiny = np.ascontiguousarray(small[::3, ::3])
    (out,) = random_engine.sync(clip_of(tiny), noise(0.04), boxes=box / 3).open()
    changed = np.argwhere((out != tiny).any(axis=2))
    assert len(changed) > 50
    assert changed[:, 0].min() > (box[1] + box[3]) / 6 - 1


def test_a_clip_shorter_than_the_sound_swings_back_and_forth() -> None:
    images = [np.full((4, 4, 3), i, np.uint8) for i in range(5)]
    order = [int(image[0, 0, 0]) for _, image in lengthened(clip_of(*images), 12)]
    assert order == [0, 1, 2, 3, 4, 3, 2, 1, 0, 1, 2, 3]
    assert [index for index, _ in lengthened(clip_of(*images), 12)] == order
    at_two = [int(image[0, 0, 0]) for _, image in lengthened(clip_of(*images, rate=Fraction(2)), 9)]
    assert at_two == [0, 1, 2, 3, 4, 3, 4, 3, 4]  # one second is two frames here
    assert [index for index, _ in lengthened(clip_of(*images), 3)] == [0, 1, 2]
    assert [index for index, _ in lengthened(clip_of(images[0]), 3)] == [0, 0, 0]
    assert not list(lengthened(clip_of(*images), 0))


def test_a_file_with_fewer_frames_than_it_says_holds_the_last() -> None:
    image = np.zeros((4, 4, 3), np.uint8)
    short = FrameSource(lambda: iter([image.copy(), image + 1]), 4, RATE, (4, 4))
    assert [int(frame[0, 0, 0]) for _, frame in lengthened(short, 4)] == [0, 1, 1, 1]
    with pytest.raises(PhotoUnusable):
        list(lengthened(FrameSource(lambda: iter([]), 4, RATE, (4, 4)), 2))


def test_frames_stream(random_engine: Wav2LipEngine, stub: Stub) -> None:
    def frames() -> Iterator[U8]:
        return (np.zeros((360, 640, 3), np.uint8) for _ in range(100))

    source = FrameSource(frames, 100, RATE, (640, 360))
    box = np.array([300, 100, 400, 220], np.float32)
    tracemalloc.start()
    for _ in random_engine.sync(source, noise(4), boxes=box, options=Wav2LipOptions(batch=4)).open():
        stub.seen.clear()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30 * 640 * 360 * 3  # of 100


def test_what_cannot_be_done_is_said(random_engine: Wav2LipEngine, small: U8, box: F32) -> None:
    source = clip_of(small)
    with pytest.raises(FaceNotFound, match="1 frames"):
        random_engine.sync(source, noise(0.1), boxes=NOTHING)
    with pytest.raises(AudioUnusable):
        random_engine.sync(source, noise(0), boxes=box)
    with pytest.raises(PhotoUnusable):
        random_engine.sync(FrameSource(lambda: iter([]), 0, RATE, (4, 4)), noise(0.1), boxes=box)
    with pytest.raises(ValueError, match=r"\(1, 4\)"):
        random_engine.sync(source, noise(0.1), boxes=np.zeros((3, 4), np.float32))
    with pytest.raises(ValueError, match="x1 > x0"):
        random_engine.sync(source, noise(0.1), boxes=box[[2, 1, 0, 3]])
    with pytest.raises(FaceNotFound, match="No face"):
        random_engine.sync(clip_of(np.zeros((64, 64, 3), np.uint8)), noise(0.1))


def test_an_existing_clip_is_dubbed(
    random_engine: Wav2LipEngine, stub: Stub, hopper_photo: U8, box: F32, tmp_path: Path
) -> None:
    """From a file to a file: the face moves through the picture, is away for a while, and comes back."""
    blank = np.full((600, 512, 3), 128, np.uint8)
    shots = [np.roll(hopper_photo, 2 * i, axis=1) for i in range(4)] + [blank] * 2 + [hopper_photo] * 2
    write_video(tmp_path / "in.mp4", clip_of(*shots))
    source = read_video(tmp_path / "in.mp4")
    found = faces_in.track(source)
    assert found.shape == (8, 4)
    assert np.isnan(found[4:6]).all()
    for i, moved in ((0, 0), (1, 2), (2, 4), (3, 6), (6, 0), (7, 0)):
        np.testing.assert_allclose(found[i], 2 * box + np.array([moved, 0, moved, 0]), atol=5)
    write_video(tmp_path / "out.mkv", random_engine.sync(source, noise(0.4)), noise(0.4), lossless=True)
    assert read_video(tmp_path / "out.mkv").num_frames == 10
    assert len(stub.seen) >= 6


def test_tracking_can_be_stopped(small: U8) -> None:
    class Pressed:
        def is_set(self) -> bool:
            return True

    with pytest.raises(Cancelled):
        faces_in.track(clip_of(small), cancel=Pressed())


def test_smoothing_looks_as_far_back_as_ahead() -> None:
    still = np.array([10, 10, 60, 60], np.float32)
    moving = np.stack([still + 2 * i for i in range(9)])
    np.testing.assert_allclose(faces_in.smooth(moving), moving, atol=1e-5)  # steady movement is not delayed
    trembling = moving.copy()
    trembling[4] += 5
    assert np.abs(faces_in.smooth(trembling) - moving).max() == pytest.approx(1, abs=1e-5)
    assert np.array_equal(faces_in.smooth(trembling, 0), trembling)


def test_smoothing_stops_at_cuts_and_gaps() -> None:
    here, there = np.array([0, 0, 50, 50], np.float32), np.array([200, 200, 260, 260], np.float32)
    clip = np.stack([here, here, here, there, there, NOTHING, there])
    made = faces_in.smooth(clip)
    assert np.array_equal(made, clip, equal_nan=True)
    assert faces_in.spans(clip) == [range(0, 3), range(3, 5), range(6, 7)]


def test_pads_are_shares_of_the_box() -> None:
    box = np.array([100, 100, 200, 300], np.float32)
    assert faces_in.padded(box, (0.1, 0.2, 0.3, 0.4)).tolist() == pytest.approx([70, 80, 240, 340])


def test_cutting_keeps_parts_of_a_pixel() -> None:
    across = np.tile(np.arange(400, dtype=np.float32)[None, :, None] / 2, (400, 1, 3))
    ramp = np.rint(across).astype(np.uint8)
    for x0, wide in ((100.0, 96), (100.5, 96), (40.25, 300), (150.0, 60)):
        face = crop.cut(ramp, np.array([x0, 100, x0 + wide, 100 + wide], np.float32))
        assert face.shape == (96, 96, 3)
        middles = x0 + (np.arange(96) + 0.5) * wide / 96 - 0.5
        np.testing.assert_allclose(face[48, 2:-2, 0], middles[2:-2] / 2, atol=1.0)


def test_the_laid_region_is_the_lower_face() -> None:
    mask = crop.lower_face()
    assert mask.shape == (96, 96)
    assert not mask[:47].any()
    assert not np.concatenate([mask[0], mask[-1], mask[:, 0], mask[:, -1]]).any()
    assert mask[72, 30:66].min() == 1  # the lips
    assert np.abs(np.diff(mask, axis=0)).max() < 0.5  # no hard edge
    assert np.array_equal(mask, mask[:, ::-1])
