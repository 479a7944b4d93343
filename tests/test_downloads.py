"""Downloads against a small server on the loopback: resumed, refused, stopped, and never half-written."""

from __future__ import annotations

import errno
import hashlib
import io
import shutil
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from studio import downloads
from studio.errors import Cancelled, EngineUnavailable, FileUnreadable, OutputUnwritable
from studio.types import Progress

BODY = bytes(range(256)) * 4096  # 1 MiB
SHA256 = hashlib.sha256(BODY).hexdigest()
HAND = "By hand: ask a friend."


class Server(ThreadingHTTPServer):
    """Serves BODY at /file; what else it does is set by its attributes."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.ranges = True
        self.cut_after: int | None = None
        self.asked: list[tuple[str, str | None]] = []

    def url(self, path: str = "/file") -> str:
        return f"http://127.0.0.1:{self.server_port}{path}"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        wanted = self.headers.get("Range")
        self.server.asked.append((self.path, wanted))
        if self.path == "/moved":
            self.send_response(302)
            self.send_header("Location", "/file")
            self.end_headers()
        elif self.path == "/page":
            self.answer(200, b"<html>Sign in</html>", {"Content-Type": "text/html; charset=utf-8"})
        elif self.path == "/hidden-page":
            self.answer(200, b"  <!DOCTYPE html><html>Virus scan warning</html>".ljust(len(BODY)))
        elif self.path == "/file" and wanted and self.server.ranges:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
            if start >= len(BODY):
                self.answer(416, b"")
            else:
                span = f"bytes {start}-{len(BODY) - 1}/{len(BODY)}"
                self.answer(206, BODY[start:], {"Content-Range": span})
        elif self.path == "/file":
            self.answer(200, BODY)
        else:
            self.send_error(404)

    def answer(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in {"Content-Type": "application/octet-stream", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with suppress(ConnectionError):  # the other side has seen enough
            self.wfile.write(body[: self.server.cut_after])


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with Server() as served:
        threading.Thread(target=served.serve_forever, args=(0.01,), daemon=True).start()
        yield served
        served.shutdown()


def get(server: Server, target: Path, path: str = "/file", **how) -> None:
    how = {"sha256": (SHA256,), "size": (len(BODY), len(BODY)), "by_hand": HAND, **how}
    downloads.download(server.url(path), target, **how)


def part_of(target: Path) -> Path:
    return target.with_name(f".{target.name}.part")


def test_a_file_arrives_whole_and_tells_how_far_it_is(server: Server, tmp_path: Path) -> None:
    told: list[Progress] = []
    get(server, tmp_path / "new" / "net.pth", on_progress=told.append)
    assert (tmp_path / "new" / "net.pth").read_bytes() == BODY
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["net.pth"]
    assert told[0].done == 0.0 and told[-1].done == 1.0
    assert told[-1].stage == "weights" and told[-1].detail == "net.pth, 1 of 1 MB"
    assert [p.done for p in told] == sorted(p.done for p in told)


def test_a_redirect_is_followed_with_its_range(server: Server, tmp_path: Path) -> None:
    part_of(tmp_path / "net.pth").write_bytes(BODY[:1000])
    get(server, tmp_path / "net.pth", "/moved")
    assert (tmp_path / "net.pth").read_bytes() == BODY
    assert server.asked == [("/moved", "bytes=1000-"), ("/file", "bytes=1000-")]


def test_a_connection_that_breaks_goes_on_from_there(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "net.pth"
    server.cut_after = 300_000
    with pytest.raises(EngineUnavailable, match=r"cut off after 300,000.*fetch again.*ask a friend"):
        get(server, target)
    assert not target.exists() and part_of(target).read_bytes() == BODY[:300_000]
    server.cut_after = None
    get(server, target)
    assert server.asked[-1] == ("/file", "bytes=300000-")
    assert target.read_bytes() == BODY and not part_of(target).exists()


def test_a_server_without_ranges_starts_over(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "net.pth"
    part_of(target).write_bytes(b"x" * 1000)
    server.ranges = False
    get(server, target)
    assert target.read_bytes() == BODY


def test_what_came_last_time_is_thrown_away_when_it_was_wrong(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "net.pth"
    part_of(target).write_bytes(b"x" * 1000)
    with pytest.raises(EngineUnavailable, match="its SHA-256 is"):
        get(server, target)
    assert list(tmp_path.iterdir()) == []
    get(server, target)
    assert target.read_bytes() == BODY


@pytest.mark.parametrize("left", [len(BODY), len(BODY) + 5])
def test_a_finished_or_too_long_part_is_no_trouble(server: Server, tmp_path: Path, left: int) -> None:
    target = tmp_path / "net.pth"
    part_of(target).write_bytes((BODY + b"extra")[:left])
    get(server, target)
    assert target.read_bytes() == BODY
    assert len(server.asked) == (0 if left == len(BODY) else 1)


def test_a_part_beyond_the_end_of_the_file_starts_over(server: Server, tmp_path: Path) -> None:
    target = tmp_path / "net.pth"
    part_of(target).write_bytes(b"x" * (len(BODY) + 10))
    get(server, target, size=(1, 1 << 30))
    assert target.read_bytes() == BODY and [wanted for _, wanted in server.asked][-1] is None


@pytest.mark.parametrize(
    ("path", "how", "said"),
    [
        ("/page", {}, "a web page instead of net.pth"),
        ("/hidden-page", {"sha256": ()}, "it is a web page"),
        ("/gone", {}, r"127\.0\.0\.1 answers 404 Not Found for http://.*/gone\. By hand: ask"),
        ("/file", {"sha256": ("0" * 64,)}, f"its SHA-256 is {SHA256}, not 0000"),
        ("/file", {"size": (2_000_000, 3_000_000)}, "it has 1,048,576 bytes instead of 2,000,000 to 3,000,000"),
        ("/file", {"size": (1, 1000)}, "bytes instead of 1 to 1,000"),
    ],
)
def test_what_is_not_the_file_is_refused_and_leaves_nothing(
    server: Server, tmp_path: Path, path: str, how: dict, said: str
) -> None:
    with pytest.raises(EngineUnavailable, match=said):
        get(server, tmp_path / "net.pth", path, **how)
    assert list(tmp_path.iterdir()) == []


def test_without_a_connection_one_sentence_says_what_to_do(server: Server, tmp_path: Path) -> None:
    url = server.url()
    server.shutdown()
    server.server_close()
    with pytest.raises(EngineUnavailable, match=r"no connection to 127\.0\.0\.1 \(.*refused.*\)\. By hand: ask"):
        downloads.download(url, tmp_path / "net.pth", sha256=(), size=(1, 10), by_hand=HAND)
    assert list(tmp_path.iterdir()) == []


def test_stopping_keeps_what_has_come(server: Server, tmp_path: Path) -> None:
    class AfterTwoLooks:
        looks = 0

        def is_set(self) -> bool:
            self.looks += 1
            return self.looks > 2

    target = tmp_path / "net.pth"
    with pytest.raises(Cancelled, match="goes on from there"):
        get(server, target, cancel=AfterTwoLooks())
    assert not target.exists()
    assert part_of(target).read_bytes() == BODY[: 2 * downloads.CHUNK]
    get(server, target)
    assert target.read_bytes() == BODY


def test_a_full_disk_is_said_before_and_during(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "net.pth"
    with monkeypatch.context() as patch:
        patch.setattr(downloads.shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(10, 10, 0))
        with pytest.raises(OutputUnwritable, match="full"):
            get(server, target)
    assert server.asked == []

    def full(*_: object) -> int:
        part_of(target).write_bytes(b"some")
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(downloads, "_pour", full)
    with pytest.raises(OutputUnwritable, match="full"):
        get(server, target)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_may_not_be_written_is_named(server: Server, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where a folder should be")
    with pytest.raises(OutputUnwritable, match="taken is a file where a folder is needed"):
        get(server, tmp_path / "taken" / "net.pth")


def zipped(path: Path, **files: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, body in files.items():
            archive.writestr(f"pack/../pack/{name}.onnx", body)
        archive.writestr("pack/unwanted.onnx", b"no")
    return path


def test_only_the_wanted_files_leave_the_zip(tmp_path: Path) -> None:
    archive = zipped(tmp_path / "pack.zip", net=BODY)
    downloads.unpack(archive, tmp_path / "out", {"net.onnx": (SHA256, len(BODY))})
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["net.onnx"]
    assert (tmp_path / "out" / "net.onnx").read_bytes() == BODY


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ({"other.onnx": (SHA256, len(BODY))}, "holds no other.onnx"),
        ({"net.onnx": (SHA256, 5)}, "holds no net.onnx of 5 bytes"),
        ({"net.onnx": ("0" * 64, len(BODY))}, "is another file: its SHA-256"),
    ],
)
def test_a_zip_with_other_files_is_refused(tmp_path: Path, wanted: dict, said: str) -> None:
    archive = zipped(tmp_path / "pack.zip", net=BODY)
    with pytest.raises(EngineUnavailable, match=said):
        downloads.unpack(archive, tmp_path / "out", wanted)
    assert not (tmp_path / "out").exists() or list((tmp_path / "out").iterdir()) == []


def test_a_damaged_zip_is_refused(tmp_path: Path) -> None:
    whole = zipped(tmp_path / "pack.zip", net=BODY).read_bytes()
    (tmp_path / "cut.zip").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(EngineUnavailable, match="damaged or no"):
        downloads.unpack(tmp_path / "cut.zip", tmp_path / "out", {"net.onnx": (SHA256, len(BODY))})
    middle = whole.index(BODY[:64]) + 500_000
    (tmp_path / "bad.zip").write_bytes(whole[:middle] + b"\xff\xff\x00\xff" + whole[middle + 4 :])
    with pytest.raises(EngineUnavailable, match="damaged or no"):
        downloads.unpack(tmp_path / "bad.zip", tmp_path / "out", {"net.onnx": (SHA256, len(BODY))})
    assert list((tmp_path / "out").iterdir()) == []


def test_a_copy_is_checked_and_a_file_in_its_place_stays(tmp_path: Path) -> None:
    source = tmp_path / "source.pth"
    source.write_bytes(BODY)
    target = tmp_path / "place" / "net.pth"
    downloads.place_copy(source, target, (SHA256,), (1, 1 << 30))
    assert target.read_bytes() == source.read_bytes() == BODY
    downloads.place_copy(target, target, (SHA256,), (1, 1 << 30))
    assert target.read_bytes() == BODY
    with pytest.raises(EngineUnavailable, match=r"is not net\.pth: its SHA-256"):
        downloads.place_copy(source, target, ("0" * 64,), (1, 1 << 30))
    with pytest.raises(FileUnreadable):
        downloads.place_copy(tmp_path / "none", target, (), (1, 1 << 30))
    assert target.read_bytes() == BODY


def test_git_lfs_pointers_are_recognised(tmp_path: Path) -> None:
    pointer = tmp_path / "net.pth"
    pointer.write_text("version https://git-lfs.github.com/spec/v1\noid sha256:abc\nsize 12\n")
    assert downloads.wrong(pointer, (), (1, 1 << 30)) == "it is a Git LFS pointer"


def test_the_ledger_reads_a_file_once_and_remembers_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file, ledger = tmp_path / "net.pth", downloads.Ledger(tmp_path / "cache" / "checked.json")
    read: list[Path] = []
    digest = downloads.sha256_file
    monkeypatch.setattr(downloads, "sha256_file", lambda path: read.append(path) or digest(path))
    file.write_bytes(BODY)
    assert ledger.digests(file) == (SHA256, SHA256) == ledger.digests(file)
    assert len(read) == 1
    file.write_bytes(b"other")
    other = hashlib.sha256(b"other").hexdigest()
    assert ledger.digests(file) == (other, SHA256)
    ledger.forget(file)
    assert ledger.digests(file) == (other, other)
    (tmp_path / "cache" / "checked.json").write_text("{cut o")
    assert ledger.digests(file) == (other, other)


def tarred(path: Path, *members: tarfile.TarInfo, body: bytes = b"net") -> Path:
    with tarfile.open(path, "w:bz2") as archive:
        for member in members:
            member.size = len(body) if member.isreg() else 0
            archive.addfile(member, io.BytesIO(body))
    return path


def link(name: str, target: str) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = tarfile.SYMTYPE, target
    return made


def test_a_tree_becomes_the_folder_and_replaces_what_was_there(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "old.onnx").write_bytes(b"old")
    downloads.unpack_tree(
        tarred(tmp_path / "a.tar.bz2", tarfile.TarInfo("set-1/net.onnx"), tarfile.TarInfo("set-1/data/x")), folder
    )
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*")) == ["data", "data/x", "net.onnx"]
    downloads.unpack_tree(tarred(tmp_path / "b.tar.bz2", tarfile.TarInfo("a"), tarfile.TarInfo("b")), folder)
    assert sorted(path.name for path in folder.iterdir()) == ["a", "b"]


@pytest.mark.parametrize("name", ["../outside", "/outside-of-everything", "set/../../outside"])
def test_an_archive_never_writes_elsewhere(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "inner" / "set"
    archive = tarred(tmp_path / "a.tar.bz2", tarfile.TarInfo("set/net.onnx"), tarfile.TarInfo(name))
    with suppress(EngineUnavailable):
        downloads.unpack_tree(archive, folder)
    assert not (tmp_path / "outside").exists() and not Path("/outside-of-everything").exists()
    assert not (tmp_path / "inner" / "outside").exists()


def test_a_link_out_of_an_archive_is_refused(tmp_path: Path) -> None:
    archive = tarred(tmp_path / "a.tar.bz2", tarfile.TarInfo("set/net.onnx"), link("set/key", "/etc/passwd"))
    with pytest.raises(EngineUnavailable, match=r"is damaged or no \.tar\.bz2"):
        downloads.unpack_tree(archive, tmp_path / "set")
    assert [path.name for path in tmp_path.iterdir()] == ["a.tar.bz2"]


def test_a_damaged_archive_leaves_what_was_there(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    (folder / "net.onnx").write_bytes(b"old")
    whole = tarred(tmp_path / "a.tar.bz2", tarfile.TarInfo("set/net.onnx"), body=bytes(range(256)) * 4000)
    for body in (whole.read_bytes()[:-300], b"not an archive at all", b""):
        whole.write_bytes(body)
        with pytest.raises(EngineUnavailable, match=r"is damaged or no \.tar\.bz2"):
            downloads.unpack_tree(whole, folder)
    assert (folder / "net.onnx").read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tar.bz2", "set"]
