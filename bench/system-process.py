"""Resident bytes of so many cache entries as Python objects: the fields that mneme 1.0.0 keeps of one, in a dict by id, and a dict of
ids by namespace and hash. Prints a line for fixtures/measurements/systems.csv.

    python3 bench/system-process.py ENTRIES DIMENSIONS RESPONSE_BYTES
"""

import gc
import hashlib
import os
import platform
import random
import sys
from dataclasses import dataclass

PAGE = os.sysconf("SC_PAGE_SIZE")
QUERY_BYTES = 40


@dataclass(frozen=True, slots=True)
class Entry:
    id: int
    namespace: str
    query_hash: str
    query: str
    response: str
    embedding: bytes
    metadata: dict
    created_at: int
    last_accessed_at: int
    ttl: int
    access_count: int


def resident():
    gc.collect()
    with open("/proc/self/statm") as statm:
        return int(statm.read().split()[1]) * PAGE


def fill(entries, dims, response_bytes, seed):
    chance = random.Random(seed)
    by_id, by_hash = {}, {}
    namespace, ttl = "default", 86_400
    for i in range(entries):
        entry_id, at = i + 1, 1_790_000_000 + i
        query = f"question {i} ".ljust(QUERY_BYTES, "?")
        # Lengths within 40 % of the mean.
        response = f"{i} ".ljust(int(response_bytes * (0.6 + 0.8 * chance.random())), "x")
        digest = hashlib.sha256(query.encode()).hexdigest()
        embedding = chance.randbytes(4 * dims)
        by_id[entry_id] = Entry(
            entry_id, namespace, digest, query, response, embedding, {}, at, at, ttl, 0
        )
        by_hash[(namespace, digest)] = entry_id
    return by_id, by_hash


def main():
    entries, dims, response_bytes = (int(a) for a in sys.argv[1:4])
    # What the interpreter has free from its start is filled first.
    kept = [fill(1000, dims, response_bytes, 2)]
    before = resident()
    kept.append(fill(entries, dims, response_bytes, 1))
    grown = resident() - before
    print(
        f"mneme-memory,CPython {platform.python_version()} bench/system-process.py,"
        f"{entries},{dims},{QUERY_BYTES + response_bytes},{grown},resident"
    )


main()
