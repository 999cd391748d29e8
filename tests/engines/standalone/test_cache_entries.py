"""Entries of the cache are whole or built again, and are not taken from those who use them."""

import errno
import os
from pathlib import Path

import pytest

from spikenet.engines.standalone import cache_entries
from spikenet.engines.standalone.cache_entries import build_entry, is_whole, lock, lock_of, mark_used
from spikenet.engines.standalone.project import clear_cache
from spikenet.errors import BuildError


@pytest.fixture
def entry(tmp_path, monkeypatch):
    """Builds an entry where that is needed; its attribute ``built`` is how often."""
    monkeypatch.setenv("SPIKENET_CACHE", str(tmp_path))
    monkeypatch.setattr(cache_entries, "_seen_whole", {})

    class Entry:
        folder = tmp_path / "projects" / "abc"
        built = 0

        def write(self, folder: Path) -> None:
            self.built += 1
            (folder / "main").write_bytes(bytes(range(256)) * 40)
            (folder / "job.json").write_text("{}")

        def get(self) -> bytes:
            build_entry(self.folder, ("main",), self.write)
            return (self.folder / "main").read_bytes()

        def in_another_process(self) -> None:
            cache_entries._seen_whole.clear()

    return Entry()


def cut(main: Path) -> None:
    main.write_bytes(main.read_bytes()[:5000])


def flip(main: Path) -> None:
    """One bit, with the dates as they were: as a disk does it."""
    content, status = bytearray(main.read_bytes()), main.stat()
    content[777] ^= 4
    main.write_bytes(content)
    os.utime(main, ns=(status.st_atime_ns, status.st_mtime_ns))


def link(main: Path) -> None:
    other = main.parents[2] / "other"
    main.rename(other)
    main.symlink_to(other)


DAMAGE = {
    "empty": lambda main: main.write_bytes(b""),
    "cut off": cut,
    "a flipped bit": flip,
    "gone": Path.unlink,
    "a link": link,
    "without digests": lambda main: (main.parent / "sha256").unlink(),
    "digests cut off": lambda main: (main.parent / "sha256").write_text('{"main": "a'),
    "no digests": lambda main: (main.parent / "sha256").write_text("{}"),
    "other JSON": lambda main: (main.parent / "sha256").write_text("[1]"),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_entry_is_built_again(entry, damage):
    content = entry.get()
    damage(entry.folder / "main")
    entry.in_another_process()
    assert not is_whole(entry.folder)
    assert entry.get() == content and entry.built == 2
    assert entry.get() == content and entry.built == 2
    assert [path.name for path in entry.folder.parent.iterdir()] == ["abc"]


def test_damage_is_seen_in_the_process_that_saw_it_whole_and_digests_are_compared_once(entry, monkeypatch):
    content = entry.get()
    assert is_whole(entry.folder)
    with monkeypatch.context() as patch:
        patch.setattr(cache_entries, "_digest", None)
        mark_used(entry.folder / "main")
        assert is_whole(entry.folder)
    cut(entry.folder / "main")
    assert entry.get() == content and entry.built == 2


def test_what_killed_builds_left_is_removed_by_the_next_one(entry):
    for left in ("abc.17.making", "other.18.making", "held.19.making"):
        (entry.folder.parent / left).mkdir(parents=True)
    with lock(lock_of(entry.folder.parent / "held.19.making")):
        entry.get()
        assert sorted(path.name for path in entry.folder.parent.iterdir()) == ["abc", "held.19.making", "held.lock"]


def test_clearing_takes_no_entry_that_somebody_holds(entry):
    """As who compiles holds the headers."""
    entry.get()
    with lock(lock_of(entry.folder), shared=True) as one, lock(lock_of(entry.folder), shared=True) as two:
        assert one and two
        clear_cache()
        assert is_whole(entry.folder)
    assert clear_cache() > 10_000
    assert list(entry.folder.parent.iterdir()) == []


def test_a_lock_whose_name_was_removed_is_taken_again(tmp_path, monkeypatch):
    """The one who waits for it would hold a file without a name, and the next one another file."""
    flock, first = cache_entries.fcntl.flock, []

    def slow(file, how):
        flock(file, how)
        if not first:
            first.append((tmp_path / "lock").unlink())

    monkeypatch.setattr(cache_entries.fcntl, "flock", slow)
    with lock(tmp_path / "lock"), lock(tmp_path / "lock", wait=False) as again:
        assert not again


def test_a_build_that_fails_leaves_nothing(entry):
    def fail(folder):
        (folder / "main.cpp").write_text("")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        build_entry(entry.folder, ("main",), fail)
    assert list(entry.folder.parent.iterdir()) == []


def test_another_users_entry_that_cannot_be_read_is_a_sentence_and_stays(entry, monkeypatch):
    """Two users of one cache, with umask 077, would else replace each other's programs for ever."""
    entry.get()
    cut(entry.folder / "main")
    left = sorted(entry.folder.parent.rglob("*"))
    monkeypatch.setattr(os, "getuid", lambda: 4242)
    with pytest.raises(BuildError, match="abc in the compile cache belongs to another user.*set SPIKENET_CACHE"):
        entry.get()
    assert sorted(entry.folder.parent.rglob("*")) == left


def test_a_full_disk_while_a_program_is_built_is_a_sentence(entry, monkeypatch):
    def fill(folder):
        (folder / "main").write_bytes(b"1")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(entry, "write", fill)
    with pytest.raises(BuildError, match="cannot write to the compile cache .*: No space left on device; set SPIK"):
        entry.get()
    assert list(entry.folder.parent.iterdir()) == []
