"""Sources that lie, break, vanish or fill the disk: what is listed is accepted or rejected, or a sentence says why."""

import csv
import io
import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import tarfile
import tempfile
import warnings
import zipfile
from pathlib import Path

import pandas as pd
import pytest
import yaml
from bad_input import STRANGERS
from hypothesis import example, given, settings
from hypothesis import strategies as st
from outs import AUTO, outs_below
from photos import RED, noise, photo

from ageline.errors import AgelineError
from ageline.faces.ingest import ingest
from ageline.faces.problems import Unusable
from ageline.faces.scheduling import Serial
from ageline.faces.sources import open_source
from ageline.faces.sources.folder import FolderFile
from ageline.faces.sources.source import is_hidden
from ageline.store.faceset import FaceSet

SAME_EACH_RUN = settings(derandomize=True, database=None, deadline=10_000)
FOLDS = ("train", "val", "test")
ROOT = Path(__file__).parent.parent


@pytest.fixture
def raw(tmp_path):
    """A folder of 20 usable photos."""
    folder = tmp_path / "raw"
    folder.mkdir()
    for number in range(20):
        (folder / f"face{number:02}.png").write_bytes(noise(number))
    return folder


def rows_of(names):
    """Rows of a label file: every photo and its age."""
    return [["file", "age"], *([name, str(20 + number)] for number, name in enumerate(names))]


def csv_of(rows, **dialect):
    text = io.StringIO()
    csv.writer(text, **({"lineterminator": "\n"} | dialect)).writerows(rows)
    return text.getvalue()


@pytest.fixture
def account(tmp_path, make_params):
    """Ingest a source: its faces' names, and the rejected with their reasons; all that is listed is in one of them."""

    def run(source):
        changes = {"image_size": 8, "max_rejected": 1.0, "split.fractions": [0.4, 0.3, 0.3], "conflicts": "keep"}
        out = tmp_path / "out"
        folds = {fold: out / fold for fold in FOLDS}
        params = make_params({f"ingest.{key}": value for key, value in changes.items()}).ingest
        ingest(source, AUTO, params, outs_below(out), scheduler=Serial())
        accepted = [name for fold in FOLDS for name in FaceSet.open(folds[fold]).manifest.source]
        rejected = pd.read_csv(out / "report/rejected.csv", keep_default_na=False)
        counts = json.loads((out / "report/ingest.json").read_text())
        assert (len(accepted), len(rejected)) == (counts["accepted"], counts["rejected"])
        assert len(accepted) + len(rejected) == counts["listed"]
        return sorted(accepted), dict(zip(rejected.source, rejected.reason, strict=True))

    return run


NAMES = ["new\nline.jpg", "return\r.jpg", "a space.jpg", 'quote".jpg', "comma,semi;colon.jpg", "😀.jpg", "Zoë.jpg"]
NAMES += [
    "n" * 251 + ".jpg",
    "-rf.jpg",
    "\x1b[2J.jpg",
    "\u202egpj.exe.jpg",
    "CON.jpg",
    "100%.jpg",
    "$HOME.jpg",
    "~.jpg",
]


def test_a_photo_of_any_name_is_used(raw, account):
    for number, name in enumerate(NAMES):
        (raw / name).write_bytes(noise(100 + number))
    names = sorted(path.name for path in raw.iterdir())
    (raw / "labels.csv").write_text(csv_of(rows_of(names), quoting=csv.QUOTE_ALL), newline="")
    assert account(raw) == (names, {})


def test_a_photo_of_any_name_is_rejected_in_a_row_of_its_own(raw, account):
    for name in NAMES:
        (raw / name).write_bytes(b"text")
    (raw / "labels.csv").write_text(TEXT)
    assert account(raw)[1] == dict.fromkeys(NAMES, "no label")


def test_what_is_no_photo_is_rejected_under_any_suffix(raw, account):
    suffixes = [".jpg", ".png", ".webp", ".gif", ".bmp", ".tiff", ".avif", ".JPEG"]
    strangers = {f"{what}{suffixes[at % 8]}": data for at, (what, data) in enumerate(STRANGERS.items())}
    for name, data in strangers.items():
        (raw / name).write_bytes(data)
    (raw / "a jpeg.png").write_bytes(photo(kind="JPEG"))
    (raw / "a png.jpg").write_bytes(photo(RED, (9, 9)))
    names = sorted(path.name for path in raw.iterdir())
    (raw / "labels.csv").write_text(csv_of(rows_of(names)))
    accepted, rejected = account(raw)
    assert sorted(rejected) == sorted(strangers)
    assert {"a jpeg.png", "a png.jpg"} <= set(accepted)


TEXT = csv_of(rows_of([f"face{number:02}.png" for number in range(20)]))
LABELS = {  # files of labels, each with the 20 photos
    "as it should be": TEXT.encode(),
    "with a byte order mark": TEXT.encode("utf-8-sig"),
    "UTF-16": TEXT.encode("utf-16"),
    "UTF-16 without a mark": TEXT.encode("utf-16-le"),
    "UTF-32": TEXT.encode("utf-32"),
    "Latin-1": (TEXT + "Zoë.png,3\n").encode("latin-1"),
    "no final newline": TEXT.rstrip("\n").encode(),
    "lines of Windows": TEXT.replace("\n", "\r\n").encode(),
    "lines of an old Mac": TEXT.replace("\n", "\r").encode(),
    "blank lines": TEXT.replace("\n", "\n\n").encode(),
    "semicolons": TEXT.replace(",", ";").encode(),
    "tabs": TEXT.replace(",", "\t").encode(),
    "quotes": csv_of(csv.reader(io.StringIO(TEXT)), quoting=csv.QUOTE_ALL).encode(),
    "rows twice": (TEXT + TEXT.split("\n", 1)[1]).encode(),
    "a header twice": (TEXT + TEXT).encode(),
    "ages that are none": TEXT.encode() + b"a,NaN\nb,-3\nc,inf\nd,1e3\ne,0x20\nf,\ng,31 years\nh,31;5\ni,\xd9\xa3\n",
    "ages of other rows": TEXT.replace("20", "NaN").replace("21", "-1").replace("22", "1e400").encode(),
    "rows too short and too long": TEXT.encode() + b"a\n,\n,,\nface00.png,20,,\nface00.png,20,5\n",
    "a quote that is never closed": TEXT.encode() + b'"face00.png,20\n',
    "a quote in the middle": TEXT.encode() + b'fa"ce00.png,20\nface"01".png,21\n',
    "NUL bytes": TEXT.encode() + b"fa\0ce.png,3\n\0\0\0\n",
    "a cell of a megabyte": TEXT.encode() + b"x" * (1 << 20) + b",5\n",
    "names out of the folder": TEXT.encode() + b"../raw/face00.png,20\n/etc/passwd,30\nC:\\face.png,3\n..,3\n.,3\n",
    "a header alone": b"file,age\n",
    "nothing": b"",
    "noise": bytes(range(256)) * 8,
}


@pytest.mark.parametrize("what", LABELS)
def test_labels_of_any_kind_lose_no_photo(raw, account, what):
    (raw / "labels.csv").write_bytes(LABELS[what])
    try:
        accepted, rejected = account(raw)
    except AgelineError as error:
        assert str(raw) in str(error) or "labels.csv" in str(error)  # noqa: PT017, either outcome is right
        return
    assert {f"face{number:02}.png" for number in range(20)} <= {*accepted, *rejected}


@pytest.fixture
def thousand_levels(tmp_path):
    """A folder of a folder, and so on, with a photo in the last; pytest could not remove it."""
    top = tmp_path / "raw"
    top.mkdir()
    inside = os.open(top, os.O_RDONLY)
    for _ in range(1000):
        os.mkdir("d", dir_fd=inside)
        outside, inside = inside, os.open("d", os.O_RDONLY, dir_fd=inside)
        os.close(outside)
    with open("30_0_0_20170109142408075.png", "wb", opener=lambda name, how: os.open(name, how, dir_fd=inside)) as file:
        file.write(photo())
    yield top, inside
    os.close(inside)
    subprocess.run(["rm", "-rf", top], check=True)


def test_a_photo_a_thousand_folders_down_is_found(thousand_levels):
    top, _ = thousand_levels
    source = open_source(top)
    (name,) = source.files
    assert name.count("/") == 1000
    assert source.read(name) == photo()


def test_a_folder_too_deep_to_be_opened_is_an_error_with_the_remedy(thousand_levels):
    top, inside = thousand_levels
    deeper = inside
    for _ in range(15):
        os.mkdir("n" * 250, dir_fd=deeper)
        deeper, shallower = os.open("n" * 250, os.O_RDONLY, dir_fd=deeper), deeper
        if shallower != inside:
            os.close(shallower)
    os.close(deeper)
    with pytest.raises(
        AgelineError, match=r"can't be listed \(File name too long\)\. Move what lies so deep further up"
    ):
        open_source(top)


@pytest.mark.parametrize("links", [50, 2000])
def test_links_in_a_long_row_lead_nowhere(tmp_path, links):
    (tmp_path / "0.jpg").write_bytes(b"photo")
    for number in range(links):
        (tmp_path / f"{number + 1}.jpg").symlink_to(f"{number}.jpg")
    (tmp_path / "circle.jpg").symlink_to("circle.jpg")
    source = open_source(tmp_path)
    assert len(source.files) + len(source.refused) == links + 2
    assert str(source.refused[f"{links}.jpg"]) == "link to no file: Too many levels of symbolic links"
    assert str(source.refused["circle.jpg"]) == "link to no file: Too many levels of symbolic links"
    assert [source.read(name) for name in source.files] == [b"photo"] * len(source.files)


def become_folder(path):
    path.mkdir()


def become_pipe(path):
    os.mkfifo(path)


def become_socket(path):
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))


def become_circle(path):
    path.symlink_to(path.name)


@pytest.mark.parametrize("become", [become_folder, become_pipe, become_socket, become_circle])
@pytest.mark.parametrize("kind", ["folder", "zip", "tar"])
def test_what_is_something_else_than_when_listed_is_unusable(tmp_path, monkeypatch, kind, become):
    monkeypatch.chdir(tmp_path)  # the path of a socket has to be short
    Path("raw").mkdir()
    Path("raw/a.jpg").write_bytes(b"photo")
    name = shutil.make_archive("raw", kind, "raw") if kind != "folder" else "raw"
    source = open_source(Path(name).name)
    changed = Path("raw/a.jpg") if kind == "folder" else Path(name)
    changed.unlink()
    become(changed.relative_to(tmp_path) if changed.is_absolute() else changed)
    with pytest.raises(Unusable, match=r"not a plain file|file not readable|archive member damaged"):
        source.read("a.jpg")


def test_a_folder_deleted_halfway_gives_a_row_for_every_photo(raw, account, monkeypatch):
    (raw / "labels.csv").write_text(TEXT)
    read, reads = FolderFile.read, []

    def delete_after_12(file):
        reads.append(file.name)
        if sum(name.endswith(".png") for name in reads) == 13:
            shutil.rmtree(raw, ignore_errors=True)
        return read(file)

    monkeypatch.setattr(FolderFile, "read", delete_after_12)
    accepted, rejected = account(raw)
    assert accepted == [f"face{number:02}.png" for number in range(12)]
    assert rejected == {f"face{number:02}.png": "file not readable" for number in range(12, 20)}


def stage(folder, limit):
    """Run `python -m stages.ingest` in a folder, its files limited to so many bytes."""
    flags = "--source raw --splits splits --detectors none --train out/train --val out/val --test out/test"
    flags += " --report out/report --figures out/figures"
    return subprocess.run(
        [sys.executable, "-m", "stages.ingest", *flags.split()],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )


@pytest.fixture
def named(tmp_path, shipped):
    """A folder of as many tiny photos as asked for, labelled by their names, beside a params.yaml."""

    def make(photos, image_size=8):
        shipped["ingest"] |= {"image_size": image_size}
        shipped["ingest"]["split"] |= {"fractions": [0.1, 0.1, 0.8]}
        (tmp_path / "params.yaml").write_text(yaml.safe_dump(shipped))
        (tmp_path / "raw").mkdir()
        for number in range(photos):
            path = tmp_path / f"raw/{20 + number % 50}_0_0_20170109142408{number:03}.png"
            path.write_bytes(noise(number, (8, 8)))
        return tmp_path

    return make


def test_a_disk_that_is_full_at_once_is_one_sentence_and_leaves_nothing(named):
    folder = named(30)
    done = stage(folder, 100)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == (
        "error: out can't be written: File too large. Make room, or write elsewhere, and run again.\n"
    )
    assert list((folder / "out").iterdir()) == []


def test_a_disk_that_is_full_at_the_last_fold_leaves_no_other_fold(named):
    folder = named(300, 64)  # 80% are test: the scratch files of 128 faces fit, the pack of the test fold does not
    done = stage(folder, 128 * 64 * 64 * 3 + 10_000)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.splitlines()[-1] == (
        "error: out/test can't be written: File too large. Make room, or write elsewhere, and run again."
    )
    assert "Traceback" not in done.stderr
    assert list((folder / "out").iterdir()) == []


# Archives of any bytes.


def zip_of(members):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of names twice
        for name, content in members:
            archive.writestr(name, content)
    return data.getvalue()


def tar_of(members, form=tarfile.PAX_FORMAT):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=form) as archive:
        for name, content in members:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return data.getvalue()


def header(name, kind, size=0):
    member = tarfile.TarInfo(name)
    member.type, member.size = kind, size
    return member.tobuf(tarfile.GNU_FORMAT)


def sparse_without_its_map():
    cut = bytearray(header("a.jpg", tarfile.GNUTYPE_SPARSE))
    cut[482] = 1  # more of its map follows, and does not
    cut[148:156] = b" " * 8
    cut[148:156] = b"%06o\0 " % sum(cut)
    return bytes(cut)


TARS = {  # each raised something else than an AgelineError in Python's tarfile
    "2,000 long names in a row": (header("x", b"L", 2) + b"a\0".ljust(512, b"\0")) * 2000
    + header("a.jpg", b"0")
    + bytes(1024),
    "2,000 extended headers in a row": (header("x", b"x", 11) + b"11 path=ab\n".ljust(512, b"\0")) * 2000
    + header("a.jpg", b"0")
    + bytes(1024),
    "a sparse file without its map": sparse_without_its_map(),
}


@pytest.mark.parametrize("what", TARS)
def test_a_tar_made_to_break_the_reader_is_an_error(tmp_path, what):
    (tmp_path / "raw.tar").write_bytes(TARS[what])
    with pytest.raises(AgelineError, match=r"raw\.tar is not a readable tar: .*Make it anew, without compression\."):
        open_source(tmp_path / "raw.tar")


def test_a_link_in_a_tar_to_a_name_that_is_no_text_can_be_reported(tmp_path):
    link = tarfile.TarInfo("a.jpg")
    link.type, link.linkname = tarfile.SYMTYPE, os.fsdecode(b"\xff.jpg")
    (tmp_path / "raw.tar").write_bytes(link.tobuf(tarfile.GNU_FORMAT, "utf-8", "surrogateescape") + bytes(1024))
    assert str(open_source(tmp_path / "raw.tar").refused["a.jpg"]) == "link in an archive: to \\xff.jpg"


def test_every_member_of_one_name_has_its_row(tmp_path):
    link = header("a.jpg", tarfile.SYMTYPE)
    (tmp_path / "raw.tar").write_bytes(link + header("a.jpg", b"0") * 3 + link * 2 + bytes(1024))
    source = open_source(tmp_path / "raw.tar")
    assert list(source.files) == ["a.jpg"]
    assert {name: problem.reason for name, problem in source.refused.items()} == {
        "a.jpg (2)": "link in an archive",
        "a.jpg (3)": "replaced by a later member of the same name",
        "a.jpg (4)": "replaced by a later member of the same name",
        "a.jpg (5)": "link in an archive",
        "a.jpg (6)": "link in an archive",
    }


def opened(suffix, data):
    """The source that these bytes are; None where it is an error of the right kind."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"raw.{suffix}"
        path.write_bytes(data)
        try:
            source = open_source(path)
        except AgelineError:
            return None
        for name in source.files:
            assert not name.startswith(("/", "../"))
            try:
                assert len(source.read(name)) <= len(data) * 1100
            except Unusable as unusable:
                assert unusable.problem.reason  # noqa: PT017, either outcome is right
        return source


MEMBERS = [("a.jpg", bytes(range(256)) * 4), ("b/ü.jpg", b"two"), ("n" * 120 + ".jpg", b"three")]
ARCHIVES = [
    ("zip", zip_of(MEMBERS)),
    ("tar", tar_of(MEMBERS)),
    ("tar", tar_of(MEMBERS, tarfile.GNU_FORMAT)),
]
edits = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.binary(max_size=4), st.integers(0, 4)), max_size=5)


@settings(SAME_EACH_RUN, max_examples=600)
@given(st.sampled_from(ARCHIVES), edits, st.booleans())
def test_an_edited_archive_is_a_source_or_an_error(archive, edits, headers_alone):
    suffix, data = archive
    reach = len(data) if not headers_alone else 600
    for place, new, taken in edits:
        at = int(place * reach) if suffix == "tar" else len(data) - 1 - int(place * min(reach, len(data) - 1))
        data = data[:at] + new + data[at + (taken if not headers_alone else len(new)) :]
    opened(suffix, data)


member_names = st.text(min_size=1, max_size=20).filter(lambda name: name[0] != "\0")  # where zipfile ends a name


@settings(SAME_EACH_RUN, max_examples=200)
@given(st.lists(st.tuples(member_names, st.just(b"x")), max_size=6))
@example([("a.jpg", b"x")] * 3)
@example([("../a.jpg", b"x"), ("/a.jpg", b"x"), ("C:\\a.jpg", b"x"), ("..\\a.jpg", b"x")])
def test_every_member_of_an_archive_is_listed_or_refused(members):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "raw.zip"
        path.write_bytes(zip_of([("a", b""), *members]))
        with zipfile.ZipFile(path) as archive:
            names = [member.filename.replace("\\", "/") for member in archive.infolist() if not member.is_dir()]
        source = open_source(path)
        assert len(source.files) + len(source.refused) == sum(not is_hidden(name) for name in names)
