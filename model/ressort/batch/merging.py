"""Merging small chunks: a question to thousands of files takes longer to open than to answer.

Chunks are as small as the engine needs them for steady progress. Whenever many have come together
they are written once more as one, by point and seed, a few rows at a time. As in the store, first
the new file is whole on disk, then comes one transaction, and only then the old files go.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from ressort.batch import chunks
from ressort.batch.files import sync_folder, whole
from ressort.batch.index import ChunkFile, Index

MANY: Final = 200  # small chunks that are merged together; so few files cost a question little
SMALL: Final = 16 << 20  # bytes of all files of a chunk
LARGE: Final = 64 << 20  # bytes of small chunks that make one


def small(index: Index) -> dict[int, int]:
    """Return the chunks that are small, each with its first run."""
    size: dict[int, int] = {}
    first: dict[int, int] = {}
    for file in index.files():
        size[file.chunk] = size.get(file.chunk, 0) + file.bytes
        first[file.chunk] = min(first.get(file.chunk, file.first_run), file.first_run)
    return {chunk: first[chunk] for chunk in size if size[chunk] < SMALL}


def merge(folder: Path, index: Index, points: int) -> list[Path]:
    """Merge the small chunks of a folder; return the files that nobody needs any more."""
    first = small(index)
    ordered = sorted(first, key=lambda chunk: (first[chunk] % points, first[chunk]))
    files: dict[int, list[ChunkFile]] = {}
    for file in index.files():
        files.setdefault(file.chunk, []).append(file)
    old: list[Path] = []
    for group in _groups([files[chunk] for chunk in ordered]):
        chunk = index.new_chunk()
        names = sorted({file.name for member in group for file in member})
        made = [
            _merged(folder, chunk, [file for member in group for file in member if file.name == n])
            for n in names
        ]
        sync_folder(folder)
        index.merge([member[0].chunk for member in group], chunk, made)
        old += [folder / file.file_name for member in group for file in member]
    return old


def _groups(members: list[list[ChunkFile]]) -> Iterator[list[list[ChunkFile]]]:
    """Yield neighbours that make a large chunk together, the last of them whatever is left."""
    group: list[list[ChunkFile]] = []
    for member in members:
        group.append(member)
        if sum(file.bytes for part in group for file in part) >= LARGE:
            yield group
            group = []
    if len(group) > 1:
        yield group


def _merged(folder: Path, chunk: int, sources: list[ChunkFile]) -> ChunkFile:
    """Write files of one table as one."""
    name, first = sources[0].name, min(source.first_run for source in sources)
    path = folder / ChunkFile(chunk, name, 0, "", first).file_name
    with whole(path) as stream:
        schema = chunks.merge([folder / source.file_name for source in sources], stream)
    return ChunkFile(chunk, name, path.stat().st_size, chunks.columns(schema), first)
