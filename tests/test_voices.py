"""The shelf of voices: what may stand on it, and that what is taken off is gone."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from studio import voices
from studio.errors import FileUnreadable
from studio.settings import settings
from studio.trust.consent import Consent
from studio.types import Agreement, VoiceProfile
from studio.voice.person.profile import save
from studio.voices import ConsentMissing, NameUnusable

TODAY = date(2026, 6, 2)
AGREED = Agreement("Anna Weber", "heir", granted_on=date(2026, 5, 1))


@pytest.fixture(autouse=True)
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty shelf that is nobody's own."""
    monkeypatch.setenv("STUDIO_VOICES_DIR", str(tmp_path / "voices"))
    return tmp_path / "voices"


def profile(*hashes: str, axis: int = 0, consent: Agreement | None = AGREED) -> VoiceProfile:
    embedding = np.zeros(256, np.float32)
    embedding[axis] = 1
    return VoiceProfile("Ruth", {"embedding": embedding}, hashes or ("ab" * 32,), 12.0, consent=consent)


def enrolment(name: str, *hashes: str) -> Path:
    """A take of the cache as a film makes it."""
    folder = settings().takes_dir / "enrol" / name[:2] / name
    folder.mkdir(parents=True)
    save(profile(*hashes, consent=None), folder / "voice.safetensors")
    return folder


def test_what_is_put_is_listed_and_found(shelf: Path) -> None:
    assert voices.listed() == ()
    assert voices.put(profile(), "外婆").parent == shelf
    voices.put(profile(), "grandma ruth")
    assert voices.listed() == ("grandma ruth", "外婆")
    assert voices.find("外婆").consent == AGREED
    with pytest.raises(NameUnusable, match="already"):
        voices.put(profile(), "外婆")
    voices.put(replace(profile(), person="Rut"), "外婆", overwrite=True)
    assert voices.find("外婆").person == "Rut"


@pytest.mark.parametrize(
    "name",
    ["", " ", ".", "..", "../ruth", "a/b", "a\\b", "/etc/passwd", ".ruth", "ruth.", "a..b", "ru\nth", "~", "x" * 65],
)
def test_names_lead_nowhere_else(name: str, shelf: Path) -> None:
    for act in (voices.place, voices.find, voices.remove, lambda name: voices.put(profile(), name)):
        with pytest.raises(NameUnusable, match="letters, digits"):
            act(name)
    assert not shelf.exists()


def test_a_voice_nobody_agreed_to_is_not_kept(shelf: Path) -> None:
    with pytest.raises(ConsentMissing, match="--consent-by"):
        voices.put(profile(consent=None), "ruth")
    assert not shelf.exists()


def test_what_is_not_there_is_said_with_what_is() -> None:
    with pytest.raises(FileUnreadable, match="studio voice enrol"):
        voices.find("ruth")
    voices.put(profile(), "lea")
    with pytest.raises(FileUnreadable, match="On the shelf: lea"):
        voices.find("ruth")


def test_deleting_takes_the_enrolments_of_its_recordings_along() -> None:
    path = voices.put(profile("aa", "bb"), "ruth")
    voices.put(profile("cc"), "lea")
    same, both, other = enrolment("11aa", "aa"), enrolment("22bb", "xx", "bb"), enrolment("33cc", "cc")
    removed = voices.remove("ruth")
    assert removed.files == (path, same / "voice.safetensors", both / "voice.safetensors")
    assert not path.exists() and not same.exists() and not both.exists() and other.exists()
    assert voices.listed() == ("lea",)
    assert any("backups" in sentence for sentence in removed.left)


def test_a_broken_profile_can_be_deleted(shelf: Path) -> None:
    voices.put(profile(), "ruth").write_bytes(b"not a profile")
    enrolment("11aa", "aa")
    assert voices.remove("ruth").files == (shelf / "ruth.safetensors",)
    assert voices.listed() == ()


def test_an_exported_voice_comes_back_whole(tmp_path: Path) -> None:
    original = profile()
    voices.put(original, "ruth")
    file = tmp_path / "ruth.safetensors"
    voices.export("ruth", file)
    voices.remove("ruth")
    voices.bring(file, "oma")
    assert voices.find("oma").consent == AGREED
    data = file.read_bytes()
    file.write_bytes(data.replace(b"Anna Weber", b"Hans Weber"))
    with pytest.raises(FileUnreadable, match="changed"):
        voices.bring(file, "other")
    assert voices.listed() == ("oma",)


def test_voices_are_compared_by_name_and_by_file(tmp_path: Path) -> None:
    voices.put(profile(), "ruth")
    voices.put(profile(axis=1), "lea")
    voices.export("ruth", tmp_path / "copy.safetensors")
    assert voices.compare("ruth", "lea").verdict == "different"
    assert voices.compare("ruth", str(tmp_path / "copy.safetensors")).verdict == "same"
    with pytest.raises(FileUnreadable, match="neither a voice on the shelf"):
        voices.compare("ruth", "nobody")


@pytest.mark.parametrize(
    ("consent", "said"),
    [
        (None, "written down who agreed"),
        (Consent(granted_by="Anna", right="heir"), "when Anna agreed"),
        (Consent(granted_by="Anna", right="heir", granted_on=date(2026, 7, 1)), "from 2026-07-01 on"),
        (
            Consent(granted_by="Anna", right="heir", granted_on=date(2020, 7, 1), until=date(2026, 6, 1)),
            "until 2026-06-01",
        ),
    ],
)
def test_without_a_standing_consent_nothing_is_even_read(consent: Consent | None, said: str) -> None:
    with pytest.raises(ConsentMissing, match=said):
        voices.enrol([Path("not-there.wav")], "Ruth", consent, today=TODAY)


def test_the_public_domain_needs_no_day() -> None:
    kept = voices.agreement(Consent(granted_by="US National Archives", right="public-domain"), TODAY)
    assert kept == Agreement("US National Archives", "public-domain")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("granted_by: Anna\nright: cousin\n", "right"),
        ("granted_by: Anna\nright: heir\nwho: me\n", "who"),
        ("- a\n- b\n", "fields granted_by"),
        ("{", "YAML"),
        (None, "no file"),
    ],
)
def test_a_wrong_consent_file_gets_a_sentence(text: str | None, said: str, tmp_path: Path) -> None:
    path = tmp_path / "consent.yaml"
    if text is not None:
        path.write_text(text)
    with pytest.raises(FileUnreadable, match=said):
        voices.read_consent(path)


def test_a_consent_file_is_read(tmp_path: Path) -> None:
    path = tmp_path / "consent.yaml"
    path.write_text("granted_by: 安娜\nright: heir\ngranted_on: 2026-05-01\nscope: 家庭影片\n", encoding="utf-8")
    assert voices.read_consent(path) == Consent(
        granted_by="安娜", right="heir", granted_on=date(2026, 5, 1), scope="家庭影片"
    )


def test_deleting_takes_along_what_the_voice_has_said() -> None:
    voices.put(profile("aa", "bb"), "ruth")
    said, other, broken = (settings().takes_dir / "speak" / key[:2] / key for key in ("44dd", "55ee", "66ff"))
    for folder in (said, other, broken):
        folder.mkdir(parents=True)
    voices.sign(said, ["bb"])
    voices.sign(other, ["cc"])
    (broken / "whose.json").write_text("[", encoding="utf-8")
    removed = voices.remove("ruth")
    assert said / "whose.json" in removed.files
    assert not said.exists() and other.exists() and broken.exists()
