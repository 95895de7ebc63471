"""Named streams of random numbers.

Each decision draws from its own stream, keyed by the seed, the name of the decision and, for daily
draws, the day. Two runs with one seed then meet the same people, failures and luck, and differ only
by what was changed between them; a mechanism that draws more does not disturb the others.
"""

from __future__ import annotations

from zlib import crc32

import numpy as np


def stream(seed: int, name: str, *keys: int) -> np.random.Generator:
    """Return the generator of one decision; the same arguments give the same numbers."""
    sequence = np.random.SeedSequence(seed, spawn_key=(crc32(name.encode()), *keys))
    return np.random.Generator(np.random.PCG64(sequence))
