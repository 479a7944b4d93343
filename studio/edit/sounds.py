"""The sound of a Timeline as a filter graph: counted in samples, summed in float."""

from __future__ import annotations

from fractions import Fraction

import ffmpeg

from studio.edit.inputs import SEEK, SEEK_ROOM, Inputs, Stream, effect_of, seconds
from studio.edit.timeline import Clip, Fade, Gap, Placed, Timeline, Track, Volume, frame_at
from studio.media.ffmpeg import safe_argument


class Sounds:
    """Builds the sound of one timeline."""

    def __init__(self, timeline: Timeline, inputs: Inputs) -> None:
        self._timeline = timeline
        self._inputs = inputs

    def mix(self) -> Stream:
        """All audio tracks summed, exactly as long as the pictures."""
        sample_rate = Fraction(self._timeline.sample_rate)
        total = frame_at(self._timeline.num_frames / self._timeline.frame_rate, sample_rate)
        tracks = [self._track(track, total) for track in self._timeline.audio]
        if len(tracks) == 1:
            return tracks[0]
        return ffmpeg.filter(tracks, "amix", inputs=len(tracks), normalize=0, duration="longest")

    def _track(self, track: Track, total: int) -> Stream:
        sample_rate = Fraction(self._timeline.sample_rate)
        done: Stream | None = None
        for placed in track.placed():
            start = frame_at(placed.start - placed.head, sample_rate)
            length = frame_at(placed.end + placed.tail, sample_rate) - start
            clip = placed.item
            piece = self._silence(length) if isinstance(clip, Gap) else self._clip(clip, placed, length)
            if done is None:
                done = piece
            elif placed.into is None:
                done = ffmpeg.filter([done, piece], "concat", n=2, v=0, a=1)
            else:
                overlap = frame_at(placed.start + placed.into.out_offset, sample_rate) - start
                # Equal power: two scenes' sounds are not the same wave, their powers add.
                done = ffmpeg.filter([done, piece], "acrossfade", ns=overlap, c1="qsin", c2="qsin")
        if done is None:
            return self._silence(total)
        return done.filter("apad", whole_len=total).filter("atrim", end_sample=total)

    def _clip(self, clip: Clip, placed: Placed, length: int) -> Stream:
        rate = self._timeline.sample_rate
        first = frame_at(clip.source.start - placed.head, Fraction(rate))
        skipped = max(0, first - SEEK_ROOM * rate) if first > SEEK * rate else 0
        seek = {"ss": seconds(Fraction(skipped, rate))} if skipped else {}
        sound = self._inputs.open(safe_argument(clip.media.path), vn=None, **seek).audio
        # async and first_pts put back the silence of a sound that begins late in its file.
        sound = sound.filter("aresample", rate, **{"async": 1}, first_pts=0)
        # Mono becomes stereo at -3 dB a side: as loud as it was, by the power of both.
        sound = sound.filter("aformat", sample_fmts="fltp", channel_layouts="stereo")
        sound = sound.filter("atrim", start_sample=first - skipped, end_sample=first - skipped + length)
        sound = sound.filter("asetpts", "PTS-STARTPTS").filter("apad", whole_len=length)
        sound = sound.filter("atrim", end_sample=length)
        if (volume := effect_of(clip, Volume)) is not None:
            sound = enveloped(sound, volume, placed.head, rate)
        fade = effect_of(clip, Fade) or Fade()
        if samples := frame_at(fade.start, Fraction(rate)):
            sound = sound.filter("afade", type="in", start_sample=0, nb_samples=samples)
        if samples := frame_at(fade.end, Fraction(rate)):
            sound = sound.filter("afade", type="out", start_sample=max(0, length - samples), nb_samples=samples)
        return sound

    def _silence(self, length: int) -> Stream:
        source = f"anullsrc=r={self._timeline.sample_rate}:cl=stereo"
        sound = self._inputs.open(source, f="lavfi").audio.filter("atrim", end_sample=length)
        return sound.filter("aformat", sample_fmts="fltp", channel_layouts="stereo")


def enveloped(sound: Stream, volume: Volume, head: Fraction, rate: int) -> Stream:
    """Sound under a loudness envelope, in steps of 1 ms: a fall of 12 dB in 0.3 s is 0.04 dB a step, below hearing."""
    first_time, first_db = volume.points[0]
    terms = [f"{first_db:.6g}"]
    time, level = first_time, first_db
    for next_time, next_level in volume.points[1:]:
        if next_level != level:
            start, length = float(time + head), float(next_time - time)
            terms.append(f"({next_level - level:.6g})*clip((t-{start:.6f})/{length:.6f},0,1)")
        time, level = next_time, next_level
    gain = f"pow(10,({'+'.join(terms)})/20)"
    sound = sound.filter("asetnsamples", n=max(1, rate // 1000), p=0)
    sound = sound.filter("volume", gain, eval="frame", precision="float")
    return sound.filter("asetnsamples", n=1024, p=0)
