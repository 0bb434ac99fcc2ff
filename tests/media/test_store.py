"""Files are kept whole, under keys that nobody guesses and that stay inside the folder."""

import asyncio
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fedi.errors import NotFound, StorageFull
from fedi.media.store import FolderStore, new_key

pytestmark = pytest.mark.anyio


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    return FolderStore(tmp_path / "files")


@contextmanager
def files_limited_to(size: int) -> Iterator[None]:
    """The nearest thing to a full disk that needs no rights: the system refuses to write further."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_what_is_put_is_read_until_it_is_deleted(store: FolderStore) -> None:
    key = new_key("media", "webp")
    await store.put(key, b"one")
    await store.put(key, b"two")

    assert await store.read(key) == b"two"
    assert store.path(key).read_bytes() == b"two"

    await store.delete(key)
    with pytest.raises(NotFound):
        await store.read(key)


async def test_deleting_nothing_is_no_failure(store: FolderStore) -> None:
    await store.delete(new_key("media", "webp"))


async def test_a_full_disk_is_said_and_leaves_nothing(store: FolderStore) -> None:
    kept = new_key("media", "webp")
    await store.put(kept, b"x" * 1000)

    with files_limited_to(4096), pytest.raises(StorageFull):
        await store.put(new_key("media", "webp"), b"x" * 1_000_000)

    assert [path for path in store.root.rglob("*") if path.is_file()] == [store.path(kept)]
    await store.put(new_key("media", "webp"), b"x" * 1_000_000)


async def test_a_full_disk_keeps_what_stood_there(store: FolderStore) -> None:
    key = new_key("media", "webp")
    await store.put(key, b"old")

    with files_limited_to(4096), pytest.raises(StorageFull):
        await store.put(key, b"x" * 1_000_000)

    assert await store.read(key) == b"old"


async def test_another_fault_of_the_disk_is_not_called_full(store: FolderStore) -> None:
    store.root.mkdir()
    (store.root / "media").write_bytes(b"a file where a folder should be")
    with pytest.raises(Exception, match="media") as failure:
        await store.put(new_key("media", "webp"), b"x")
    assert not isinstance(failure.value, StorageFull)


@pytest.mark.parametrize(
    "key",
    [
        *(
            "",
            "/etc/passwd",
            "../x",
            "a/../../x",
            "a/..",
            "a//b",
            "a/",
            "a\\b",
            "C:x",
            "A",
            "a b",
            "a\x00",
            "é",
        ),
        *("a%2e%2e/x", ".hidden", "a/.hidden", "a\n", "x" * 201),
    ],
)
async def test_no_key_leads_out_of_the_folder(store: FolderStore, key: str) -> None:
    for attempt in (store.put(key, b"x"), store.read(key), store.delete(key)):
        with pytest.raises(ValueError, match="not a key"):
            await attempt
    with pytest.raises(ValueError, match="not a key"):
        store.path(key)
    assert not list(store.root.rglob("*"))


async def test_keys_are_random_and_of_one_shape() -> None:
    keys = {new_key("avatars", "png") for _ in range(1000)}
    assert len(keys) == 1000
    assert all(len(key) == len("avatars/") + 33 + len(".png") for key in keys)
    with pytest.raises(ValueError, match="not a key"):
        new_key("..", "png")


async def test_many_at_once_do_not_mix(store: FolderStore) -> None:
    keys = [new_key("media", "bin") for _ in range(50)]
    await asyncio.gather(*(store.put(key, key.encode()) for key in keys))
    assert await asyncio.gather(*(store.read(key) for key in keys)) == [key.encode() for key in keys]
