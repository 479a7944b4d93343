"""What is known of weights, where they are looked for, and that no file is used that is not the right one."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tarfile
import zipfile
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from studio import weights
from studio.errors import EngineUnavailable, FileUnreadable
from studio.weights import Part, Weights

BODY = b"weights " * 100


def sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, Weights]:
    """A catalogue of a file, a set and a checkpoint of which several are about."""
    catalogue = {
        "net": Weights(
            "net-01.pth",
            "BSD",
            url="https://example.org/net-01.pth",
            sha256=(sha256(BODY),),
            size=(len(BODY), len(BODY)),
            also=("net.pth",),
        ),
        "set": Weights(
            "pack",
            "non-commercial",
            commercial=False,
            url="https://example.org/pack.zip",
            parts=(Part("a.onnx", sha256(b"aaaa"), 4), Part("b.onnx", sha256(b"bbbbbb"), 6)),
        ),
        "free": Weights(
            "free.pth",
            "research",
            sha256=(sha256(BODY),),
            size=(3, 5000),
            also=("free.safetensors",),
            open=True,
            by_hand="its authors' page links to it",
        ),
    }
    monkeypatch.setattr(weights, "FETCHED", catalogue)
    monkeypatch.delenv(weights.FOLDER_VARIABLE, raising=False)
    return catalogue


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder the user names."""
    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(tmp_path / "mine"))
    (tmp_path / "mine").mkdir()
    return tmp_path / "mine"


def fill(folder: Path, **files: bytes) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for name, body in files.items():
        (folder / f"{name}.onnx").write_bytes(body)


def test_every_record_can_be_acted_on() -> None:
    for name, known in {**weights.SHIPPED, **weights.FETCHED}.items():
        json.dumps(asdict(known))
        assert known.licence
        assert name in weights.SHIPPED or known.url.startswith("https://") or known.by_hand, name
        for digest in (*known.sha256, *(part.sha256 for part in known.parts)):
            assert re.fullmatch("[0-9a-f]{64}", digest), name
        assert known.size[0] <= known.size[1]
        # What can be fetched is fetched by digest: a stranger's file never comes in.
        assert not known.url or known.sha256, name
    # torch.hub's custom: the first digits of the digest stand in the name.
    for name in ("s3fd", "2dfan4"):
        found = re.search("-([0-9a-f]{10})", weights.FETCHED[name].file)
        assert found is not None and weights.FETCHED[name].sha256[0].startswith(found[1])


def test_what_strangers_trained_on_research_data_is_not_for_commercial_films() -> None:
    allowed = {name for name, known in weights.FETCHED.items() if known.commercial}
    assert allowed == {"musetalk", "sd-inpaint", "lcm-lora", "vocos", "voxcpm2"}


@pytest.mark.parametrize("name", sorted(weights.SHIPPED))
def test_shipped_weights_are_there(name: str) -> None:
    assert weights.path(name).parent == weights.data_dir("models")


def test_unknown_names_list_the_known_ones() -> None:
    with pytest.raises(EngineUnavailable, match=r"no weights called 'nett'\. Known: .*buffalo_l"):
        weights.path("nett")


def test_missing_weights_say_how_they_get_here(known: dict[str, Weights]) -> None:
    with pytest.raises(EngineUnavailable) as told:
        weights.path("net")
    assert str(told.value) == "The weights net are not here. Fetch them: studio weights fetch net"
    with pytest.raises(EngineUnavailable, match=r"no lasting address.*its authors' page links to it; then: studio"):
        weights.path("free")
    assert not Path(os.environ["STUDIO_CACHE_DIR"]).exists()


def test_a_file_is_found_in_the_users_folder_and_in_the_cache(known: dict[str, Weights], folder: Path) -> None:
    cache = Path(os.environ["STUDIO_CACHE_DIR"]) / "weights"
    cache.mkdir(parents=True)
    (cache / "net.pth").write_bytes(BODY)
    assert weights.path("net") == cache / "net.pth"
    (folder / "net-01.pth").write_bytes(BODY)
    assert weights.path("net") == folder / "net-01.pth"
    assert weights.place("set") == folder / "pack"


def test_a_set_is_used_only_when_it_is_whole(known: dict[str, Weights], folder: Path) -> None:
    fill(folder / "pack", a=b"aaaa")
    with pytest.raises(EngineUnavailable, match=r"lacks b\.onnx"):
        weights.path("set")
    fill(folder / "pack", b=b"bbbbbX")
    with pytest.raises(EngineUnavailable, match=r"b\.onnx is not the weights set: its SHA-256"):
        weights.path("set")
    fill(folder / "pack", b=b"bbbbbb")
    assert weights.path("set") == folder / "pack"


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<!DOCTYPE html>".ljust(len(BODY)), "it is a web page"),
        (BODY[:-1], "it has 799 bytes instead of 800"),
        (BODY[:-1] + b"x", "its SHA-256 is"),
    ],
)
def test_another_file_under_the_name_is_refused(
    known: dict[str, Weights], folder: Path, body: bytes, said: str
) -> None:
    (folder / "net.pth").write_bytes(body)
    with pytest.raises(EngineUnavailable, match=f"net.pth is not the weights net: {said}.*By hand"):
        weights.path("net")


def test_a_file_that_is_swapped_later_is_refused_too(known: dict[str, Weights], folder: Path) -> None:
    (folder / "net.pth").write_bytes(BODY)
    weights.path("net")
    (folder / "net.pth").write_bytes(BODY[::-1])
    with pytest.raises(EngineUnavailable, match="its SHA-256"):
        weights.path("net")


def test_where_any_may_serve_the_first_one_is_held_on_to(known: dict[str, Weights], folder: Path) -> None:
    (folder / "free.safetensors").write_bytes(b"trained at home")
    assert weights.path("free") == folder / "free.safetensors"
    (folder / "free.safetensors").write_bytes(b"from elsewhere")
    with pytest.raises(EngineUnavailable, match=r"has changed since it was first used.*studio weights add free"):
        weights.path("free")
    assert weights.add("free", folder / "free.safetensors") == folder / "free.safetensors"
    (folder / "free.safetensors").write_bytes(BODY)  # a published one needs no promise
    assert weights.path("free") == folder / "free.safetensors"


def test_adding_copies_a_file_to_its_place(known: dict[str, Weights], folder: Path, tmp_path: Path) -> None:
    (tmp_path / "download (1).pth").write_bytes(BODY)
    assert weights.add("net", tmp_path / "download (1).pth") == folder / "net-01.pth"
    assert (folder / "net-01.pth").read_bytes() == BODY
    (tmp_path / "mine.safetensors").write_bytes(b"trained")
    assert weights.add("free", tmp_path / "mine.safetensors") == folder / "free.safetensors"
    with pytest.raises(EngineUnavailable, match=r"free\.safetensors is used for free already"):
        weights.add("free", tmp_path / "download (1).pth")


def test_a_set_is_added_from_its_zip_or_its_folder(
    known: dict[str, Weights], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with zipfile.ZipFile(tmp_path / "p.zip", "w") as archive:
        archive.writestr("a.onnx", b"aaaa")
        archive.writestr("b.onnx", b"bbbbbb")
        archive.writestr("unused.onnx", b"c")
    assert weights.add("set", tmp_path / "p.zip") == folder / "pack"
    monkeypatch.setenv(weights.FOLDER_VARIABLE, str(tmp_path / "other"))
    assert weights.add("set", folder / "pack") == tmp_path / "other" / "pack"
    assert sorted(path.name for path in (tmp_path / "other" / "pack").iterdir()) == ["a.onnx", "b.onnx"]


@pytest.fixture
def loose(known: dict[str, Weights]) -> None:
    """A set that is brought by hand as a folder."""
    holds = (("net.json", "deep/net.json"), ("net.bin", "deep/net.bin"), ("ear/net.bin",))
    known["loose"] = Weights("loose", "MIT", holds=holds, by_hand="bring net.json and net.bin from its page")


def heap(folder: Path, at: str = "") -> Path:
    for name in (f"{at}net.json", f"{at}net.bin", f"{at}words.txt", f"{at}film.mp4", "ear/net.bin"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(name.encode())
    return folder


def test_a_folder_brought_by_hand_is_a_set(loose: None, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(
        EngineUnavailable,
        match=r"loose are not here.*bring net\.json.* Put it at .*/mine/loose, or: studio weights add loose FOLDER",
    ):
        weights.fetch("loose")
    source = heap(tmp_path / "download", "deep/")
    assert weights.add("loose", source) == folder / "loose" == weights.path("loose")
    there = sorted(path.relative_to(folder / "loose").as_posix() for path in (folder / "loose").rglob("*.*"))
    assert there == ["deep/net.bin", "deep/net.json", "deep/words.txt", "ear/net.bin"]
    assert weights.held("loose", folder / "loose")[1] == folder / "loose" / "deep" / "net.bin"
    (folder / "loose" / "ear" / "net.bin").unlink()
    with pytest.raises(EngineUnavailable, match=r"lacks ear/net\.bin\. By hand"):
        weights.path("loose")


def test_a_folder_is_not_mixed_with_another_and_not_swapped(loose: None, folder: Path, tmp_path: Path) -> None:
    weights.add("loose", heap(tmp_path / "one"))
    before = weights.fingerprint("loose")
    with pytest.raises(EngineUnavailable, match=r"loose/net\.json is used for loose already"):
        weights.add("loose", heap(tmp_path / "two", "deep/"))
    assert not (folder / "loose" / "deep").exists()
    (folder / "loose" / "net.bin").write_bytes(b"another")
    with pytest.raises(EngineUnavailable, match=r"net\.bin has changed since it was first used"):
        weights.fingerprint("loose")
    weights.add("loose", folder / "loose")
    assert weights.fingerprint("loose") != before
    (folder / "loose" / "net.bin").write_bytes(b"<html>")
    with pytest.raises(EngineUnavailable, match="it is a web page"):
        weights.path("loose")


def test_the_fingerprint_of_a_file_is_its_digest(known: dict[str, Weights], folder: Path) -> None:
    (folder / "net.pth").write_bytes(BODY)
    assert weights.fingerprint("net") == sha256(BODY)
    fill(folder / "pack", a=b"aaaa", b=b"bbbbbb")
    assert re.fullmatch("[0-9a-f]{64}", weights.fingerprint("set"))


def test_adding_refuses_what_is_wrong_or_missing(known: dict[str, Weights], folder: Path, tmp_path: Path) -> None:
    (tmp_path / "x.pth").write_bytes(b"<html>".ljust(len(BODY)))
    with pytest.raises(EngineUnavailable, match="a web page"):
        weights.add("net", tmp_path / "x.pth")
    with pytest.raises(FileUnreadable, match="no file"):
        weights.add("net", tmp_path / "none.pth")
    with pytest.raises(EngineUnavailable, match="ship with the studio"):
        weights.add("shapes", tmp_path / "x.pth")
    assert list(folder.iterdir()) == []


def test_fetching_brings_only_what_is_missing(
    known: dict[str, Weights], folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, Path]] = []

    def download(url: str, target: Path, **how: object) -> None:
        asked.append((url, target))
        assert "By hand: download" in str(how["by_hand"])
        if target.suffix == ".zip":
            with zipfile.ZipFile(target, "w") as archive:
                archive.writestr("pack/a.onnx", b"aaaa")
                archive.writestr("pack/b.onnx", b"bbbbbb")
        else:
            target.write_bytes(BODY)

    monkeypatch.setattr(weights, "download", download)
    assert weights.fetch("net") == folder / "net-01.pth" == weights.fetch("net")
    assert weights.fetch("set") == folder / "pack" == weights.fetch("set")
    assert asked == [
        ("https://example.org/net-01.pth", folder / "net-01.pth"),
        ("https://example.org/pack.zip", folder / "pack.zip"),
    ]
    assert not (folder / "pack.zip").exists()
    with pytest.raises(EngineUnavailable, match="no lasting address"):
        weights.fetch("free")


def test_the_real_addresses_are_never_called_without_being_asked(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    # The clean room refuses any connection but to this machine; offline, a fetch ends in one sentence.
    monkeypatch.setenv("STUDIO_CACHE_DIR", str(tmp_path))
    monkeypatch.delenv(weights.FOLDER_VARIABLE, raising=False)
    for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    assert {state.name for state in weights.states() if state.path is None} == set(weights.FETCHED)
    with pytest.raises(EngineUnavailable) as told:
        weights.fetch("s3fd")
    assert str(told.value).startswith("There is no connection to www.adrianbulat.com (")
    assert str(told.value).endswith(
        "). By hand: download https://www.adrianbulat.com/downloads/python-fan/s3fd-619a316812.pth and put it at "
        f"{tmp_path}/weights/s3fd-619a316812.pth, or: studio weights add s3fd FILE"
    )
    with pytest.raises(
        EngineUnavailable, match=r"unpack it into .*/weights/buffalo_s, or: studio weights add buffalo_s"
    ):
        weights.fetch("buffalo_s")


def test_states_name_the_reason(known: dict[str, Weights], folder: Path) -> None:
    (folder / "net.pth").write_bytes(BODY)
    states = {state.name: state for state in weights.states()}
    assert list(states) == [*weights.SHIPPED, "net", "set", "free"]
    assert (states["net"].path, states["net"].why) == (folder / "net.pth", "")
    assert states["set"].path is None and "studio weights fetch set" in states["set"].why
    (folder / "net.pth").write_bytes(b"<html>")
    (state,) = [state for state in weights.states() if state.name == "net"]
    assert state.path == folder / "net.pth" and "it is a web page" in state.why


def test_a_record_without_a_digest_trusts_the_first_file(
    known: dict[str, Weights], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    known["net"] = replace(known["net"], sha256=(), size=weights.ANY_SIZE)
    (folder / "net.pth").write_bytes(b"one")
    assert weights.path("net") == folder / "net.pth"
    (folder / "net.pth").write_bytes(b"another")
    with pytest.raises(EngineUnavailable, match="has changed"):
        weights.path("net")


def packed(file: Path, *, root: str = "voice-2026", **names: bytes) -> bytes:
    """A .tar.bz2 with everything in one folder, as releases of speech models are."""
    with tarfile.open(file, "w:bz2") as archive:
        for name, body in {"net.onnx": b"net", "sounds/table": b"table", "README.md": b"hello", **names}.items():
            member = tarfile.TarInfo(f"{root}/{name}")
            member.size = len(body)
            archive.addfile(member, io.BytesIO(body))
    return file.read_bytes()


@pytest.fixture
def voice(known: dict[str, Weights], tmp_path: Path) -> Path:
    """A set that comes as one archive; where it lies."""
    body = packed(tmp_path / "voice.tar.bz2")
    known["voice"] = Weights(
        "voice",
        "CC BY",
        url="https://example.org/voice.tar.bz2",
        sha256=(sha256(body),),
        size=(len(body), len(body)),
        also=("voice-2026",),
        holds=(("net.onnx",), ("sounds/table",)),
    )
    return tmp_path / "voice.tar.bz2"


def test_an_archive_is_fetched_and_unpacked_whole(voice: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def download(url: str, target: Path, **how: object) -> None:
        assert url == "https://example.org/voice.tar.bz2" and how["sha256"] == weights.record("voice").sha256
        assert "By hand: download https://example.org/voice.tar.bz2 and unpack it into" in str(how["by_hand"])
        target.write_bytes(voice.read_bytes())

    monkeypatch.setattr(weights, "download", download)
    with pytest.raises(EngineUnavailable, match="Fetch them: studio weights fetch voice"):
        weights.path("voice")
    assert weights.fetch("voice") == folder / "voice"
    assert (folder / "voice" / "sounds" / "table").read_bytes() == b"table"
    assert (folder / "voice" / "README.md").exists(), "nobody can know which small files a package reads"
    assert [path.name for path in folder.iterdir()] == ["voice"], "neither the archive nor anything half-done is left"
    assert re.fullmatch("[0-9a-f]{64}", weights.fingerprint("voice"))


def test_an_archive_or_its_folder_is_added(voice: Path, folder: Path, tmp_path: Path) -> None:
    assert weights.add("voice", voice) == folder / "voice"
    (folder / "voice" / "net.onnx").write_bytes(b"swapped")
    with pytest.raises(EngineUnavailable, match=r"net\.onnx has changed since it was first used"):
        weights.path("voice")
    weights.add("voice", voice)
    other = tmp_path / "voice-2026"
    with tarfile.open(voice) as archive:
        archive.extractall(tmp_path, filter="data")
    assert weights.add("voice", other) == folder / "voice"
    assert (folder / "voice" / "sounds" / "table").exists()
    (other / "sounds" / "table").unlink()
    with pytest.raises(EngineUnavailable, match="lacks sounds/table"):
        weights.add("voice", other)
    assert weights.path("voice") == folder / "voice", "what was there stays when the new one is no good"


def test_an_archive_unpacked_by_hand_is_found_under_its_own_name(voice: Path, folder: Path) -> None:
    with tarfile.open(voice) as archive:
        archive.extractall(folder, filter="data")
    assert weights.path("voice") == folder / "voice-2026"


def test_another_archive_is_refused_and_leaves_nothing(voice: Path, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.tar.bz2"
    packed(other, more=b"x" * 100)
    with pytest.raises(EngineUnavailable, match="is not the archive of voice: it has"):
        weights.add("voice", other)
    other.write_bytes(b"<html>Sign in</html>")
    with pytest.raises(EngineUnavailable, match="it is a web page"):
        weights.add("voice", other)
    assert list(folder.iterdir()) == []
