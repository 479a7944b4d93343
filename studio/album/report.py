"""What was found, what was left out and why, and who is who: to read, and as data."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from studio.album.choose import Chosen
from studio.album.draft import TITLES
from studio.album.movements import MOVEMENTS
from studio.album.record import PhotoSeen, Picture, RecordingSeen, Skipped, Sound, VideoSeen
from studio.album.scan import Plan
from studio.album.sheet import shown
from studio.types import Language

if TYPE_CHECKING:
    from studio.album.gather import Album

_NAMED = 40  # files of one kind that are listed by name; the rest are counted
_PEOPLE = 12


def name_of(path: Path | str) -> str:
    """A path as text, also where its name is no valid UTF-8."""
    return str(path).encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def nothing(plan: Plan) -> str:
    """There is no photo and no film at all."""
    text = f"There is no photo and no film in {name_of(plan.folder)}."
    if plan.skipped:
        text += f" {len(plan.skipped)} other files were passed by, such as {name_of(plan.skipped[0].path.name)}: "
        text += plan.skipped[0].reason
    return text


def nothing_usable(plan: Plan, refused: Sequence[Skipped]) -> str:
    """There are some, but none can be read."""
    first = f" {name_of(refused[0].path.name)}: {refused[0].reason}" if refused else ""
    return f"None of the {len(plan.found)} files in {name_of(plan.folder)} can be used.{first}"


def all_poor(plan: Plan, pictures: Sequence[Picture], chosen: Chosen) -> str:
    """All can be read, but none is worth showing."""
    place, why = chosen.poor[0]
    return (
        f"None of the {len(pictures)} pictures in {name_of(plan.folder)} is good enough for a film. "
        f"{name_of(pictures[place].path.name)}: {why}"
    )


def as_data(album: Album) -> dict[str, Any]:
    """Everything, for programs."""
    folder = album.plan.folder
    shown_ones = {id(one.picture) for one in album.placed}
    return {
        "folder": name_of(folder),
        "production": name_of(album.production),
        "written": [part.as_posix() for part in album.written],
        "counts": counts(album),
        "person": list(album.dear),
        "asked": album.asked,
        "people": [
            {"number": person.number, "pictures": person.pictures, "faces": len(person.faces)}
            for person in album.people
        ],
        "chosen": [
            {"number": number, "movement": one.movement, **_picture(one.picture, folder)}
            for number, one in enumerate(album.placed, 1)
        ],
        "not_chosen": [_picture(picture, folder) for picture in album.single if id(picture) not in shown_ones],
        "duplicates": [
            {
                "kept": _where(album.pictures[group.kept], folder),
                "others": [_where(album.pictures[place], folder) for place in group.others],
            }
            for group in album.twins
        ],
        "poor": [{**_picture(picture, folder), "reason": why} for picture, why in album.poor],
        "films": [
            {
                "file": name_of(found.path.relative_to(folder)),
                "seconds": round(seen.seconds, 2),
                "shots": seen.shots,
                "moments": len(seen.moments),
                "speech_s": seen.sound.speech if seen.sound else None,
                "doubt": seen.doubt,
            }
            for found, seen in album.seen
            if isinstance(seen, VideoSeen)
        ],
        "recordings": [
            {
                "file": name_of(found.path.relative_to(folder)),
                "seconds": seen.sound.seconds,
                "listened_s": seen.sound.heard,
                "speech_s": seen.sound.speech,
                "offered": found.path in album.recordings,
            }
            for found, seen in album.seen
            if isinstance(seen, RecordingSeen)
        ],
        "skipped": [{"file": name_of(one.path), "reason": one.reason} for one in album.skipped],
    }


def counts(album: Album) -> dict[str, int]:
    """How many of everything."""
    kinds = Counter(found.kind for found in album.plan.found)
    return {
        "photos": kinds["photo"],
        "films": kinds["video"],
        "recordings": kinds["recording"],
        "pictures": len(album.pictures),
        "duplicates": sum(len(group.others) for group in album.twins),
        "poor": len(album.poor),
        "skipped": len(album.skipped),
        "hidden": album.plan.hidden,
        "people": len(album.people),
        "chosen": len(album.placed),
    }


def _where(picture: Picture, folder: Path) -> str:
    file = name_of(picture.path.relative_to(folder))
    return file if picture.at is None else f"{file} at {float(picture.at):.1f} s"


def _picture(picture: Picture, folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = {"file": name_of(picture.path.relative_to(folder))}
    if picture.at is not None:
        found["at_s"] = round(float(picture.at), 3)
    if picture.when is not None:
        found |= {"years": [picture.when.first, picture.when.last], "dated_by": picture.when.source}
    return found | {
        "size": [picture.looked.width, picture.looked.height],
        "people": sorted({*picture.people} - {0}),
        "faces": len(picture.looked.faces),
    }


def text(album: Album, language: Language) -> str:
    """The report to read, as plain text."""
    words = _Words(language)
    parts = [words.found(album), words.who(album), words.chosen(album), words.tapes(album), words.left_out(album)]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


class _Words:
    """The report in one language."""

    def __init__(self, language: Language) -> None:
        self._language: Language = language

    def _say(self, english: str, chinese: str) -> str:
        return chinese if self._language == "zh" else english

    def found(self, album: Album) -> list[str]:
        many = counts(album)
        return [
            self._say(f"FOUND in {name_of(album.plan.folder)}", f"在 {name_of(album.plan.folder)} 中找到"),
            self._say(
                f"  {many['photos']} photos, {many['films']} films, {many['recordings']} recordings; "
                f"{many['hidden']} hidden files were passed by.",
                f"  照片 {many['photos']} 张，视频 {many['films']} 段，录音 {many['recordings']} 段；"
                f"另有 {many['hidden']} 个隐藏文件未查看。",
            ),
            self._say(
                f"  {many['pictures']} pictures could be used, moments of films among them; {many['duplicates']} are "
                f"there twice, {many['poor']} are not good enough.",
                f"  可用画面 {many['pictures']} 幅（含视频中的瞬间）；重复 {many['duplicates']} 幅，"
                f"不够好的 {many['poor']} 幅。",
            ),
        ]

    def who(self, album: Album) -> list[str]:
        lines = [self._say("WHO IS WHO (see people.png)", "人物（见 people.png）")]
        if not album.people:
            return [*lines, self._say("  Nobody is seen in two pictures.", "  没有人出现在两幅以上的画面中。")]
        for person in album.people[:_PEOPLE]:
            mark = "  ←" if person.number in album.dear else ""
            lines.append(
                self._say(
                    f"  person {person.number}: in {person.pictures} pictures{mark}",
                    f"  人物 {person.number}：出现在 {person.pictures} 幅画面中{mark}",
                )
            )
        if len(album.people) > _PEOPLE:
            lines.append(
                self._say(f"  and {len(album.people) - _PEOPLE} more", f"  另有 {len(album.people) - _PEOPLE} 人")
            )
        if not album.dear:
            lines.append(
                self._say(
                    "  Nobody is in more than two pictures, so the film is about nobody yet. To say who it is: run "
                    "again with --person N.",
                    "  没有人出现在两幅以上的画面中，影片尚无主角。请加 --person N 重新运行来指明。",
                )
            )
        elif not album.asked:
            lines.append(
                self._say(
                    "  Person 1 is in most pictures, so the film is about them. If it is somebody else: run again with "
                    "--person N.",
                    "  人物 1 出现最多，影片暂以其为主。若另有其人，请加 --person N 重新运行。",
                )
            )
        lines.append(
            self._say(
                "  Faces are told apart by their looks alone: one person may be there twice, as a child and in old "
                "age. Then give both numbers: --person 1 --person 4.",
                "  辨认只凭容貌，同一个人的童年与晚年可能被当作两人；这时请把两个编号都给出：--person 1 --person 4。",
            )
        )
        return lines

    def chosen(self, album: Album) -> list[str]:
        lines = [
            self._say(
                f"CHOSEN: {len(album.placed)} (see album.jpg). Take out, add or move what you like in production.yaml.",
                f"选出 {len(album.placed)} 幅（见 album.jpg）。可在 production.yaml 中任意增删、调换。",
            )
        ]
        for movement in MOVEMENTS:
            own = [(number, one.picture) for number, one in enumerate(album.placed, 1) if one.movement == movement]
            if own:
                lines.append(f"  {TITLES[movement][self._language]}")
            for number, picture in own:
                year = shown(picture)
                told = f"  ({year}, {self._source(picture)})" if year else ""
                lines.append(f"    {number:3d}  {_where(picture, album.plan.folder)}{told}")
        return lines

    def _source(self, picture: Picture) -> str:
        source = picture.when.source if picture.when else ""
        chinese = {"file name": "据文件名", "folder": "据文件夹名", "EXIF": "据 EXIF", "film": "据视频信息"}
        return chinese.get(source, source) if self._language == "zh" else f"by its {source}"

    def tapes(self, album: Album) -> list[str]:
        lines = []
        for found, seen in album.seen:
            if isinstance(seen, PhotoSeen):
                continue
            file = name_of(found.path.relative_to(album.plan.folder))
            told = [self._shots(seen)] if isinstance(seen, VideoSeen) else [self._length(seen.sound.seconds)]
            told.append(self._voices(seen.sound))
            if found.path in album.recordings:
                told.append(self._say("laid beside the film", "已放在影片旁"))
            lines.append(f"  {file}{self._say(': ', '：')}{self._say('; ', '；').join(told)}")
        if not lines:
            return []
        return [
            self._say(
                "FILMS AND RECORDINGS (whose voices these are, only you can tell: studio listen FILE --samples voices)",
                "视频与录音（是谁的声音，请您辨认：studio listen 文件 --samples voices）",
            ),
            *lines,
        ]

    def _length(self, seconds: float) -> str:
        return self._say(f"{seconds:.0f} s", f"{seconds:.0f} 秒")

    def _shots(self, film: VideoSeen) -> str:
        return self._say(
            f"{film.seconds:.0f} s, {film.shots} shots, {len(film.moments)} moments to choose from",
            f"{film.seconds:.0f} 秒，{film.shots} 个镜头，{len(film.moments)} 个可选的瞬间",
        )

    def _voices(self, sound: Sound | None) -> str:
        if sound is None:
            return self._say("without sound", "无声")
        part = "" if sound.heard + 1 >= sound.seconds else self._say(
            f" in the first {sound.heard:.0f} s", f"（只听了前 {sound.heard:.0f} 秒）"
        )  # fmt: skip
        return self._say(f"{sound.speech:.0f} s of speech{part}", f"讲话 {sound.speech:.0f} 秒{part}")

    def left_out(self, album: Album) -> list[str]:
        folder = album.plan.folder
        lines: list[str] = []
        doubts = [
            f"  {name_of(found.path.relative_to(folder))}: {seen.doubt}"
            for found, seen in album.seen
            if isinstance(seen, VideoSeen) and seen.doubt
        ]
        parts = [
            (
                self._say("LEFT OUT", "未采用的文件"),
                [f"  {_relative(one.path, folder)}: {one.reason}" for one in album.skipped] + doubts,
            ),
            (
                self._say("NOT GOOD ENOUGH", "不够好的画面"),
                [f"  {_where(picture, folder)}: {why}" for picture, why in album.poor],
            ),
            (
                self._say("THERE TWICE (the first is the one that counts)", "重复的画面（以第一个为准）"),
                [
                    "  " + "  =  ".join(_where(album.pictures[place], folder) for place in (group.kept, *group.others))
                    for group in album.twins
                ],
            ),
        ]
        for title, told in parts:
            if told:
                more = len(told) - _NAMED
                rest = [self._say(f"  and {more} more; album.json has all", f"  另有 {more} 项，见 album.json")]
                lines += ([""] if lines else []) + [
                    f"{title}: {len(told)}",
                    *told[:_NAMED],
                    *(rest if more > 0 else []),
                ]
        return lines


def _relative(path: Path, folder: Path) -> str:
    return name_of(path.relative_to(folder) if path.is_relative_to(folder) else path)
