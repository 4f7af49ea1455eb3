"""Six tables that grow: what row security, indexes and size make of a query."""

import asyncio
from collections.abc import Sequence

from bench import growth, indexes, rls, seed
from bench.run import Run

DATABASE = "tables"
SMALL = "small"
"""The same database, as it was when it was smallest."""
INDEXED_AT = 100_000
"""The size at which a query with its index is set against the same without."""


def measure(run: Run, sizes: Sequence[int]) -> None:
    """Measure every query at every size, on one database that grows."""
    run.cluster.create_database(DATABASE)
    filled = 0
    for size in sizes:
        run.say(f"filling six tables up to {size:,} rows each")
        asyncio.run(seed.fill(run.cluster, DATABASE, filled, size, tuple(seed.TABLES)))
        filled = size
        rls.measure(run, DATABASE, size)
        if size == INDEXED_AT or size == sizes[-1] < INDEXED_AT:
            indexes.measure(run, DATABASE, size)
        if size == sizes[0] < sizes[-1]:
            asyncio.run(run.cluster.copy(DATABASE, SMALL))
    if len(sizes) > 1:
        growth.measure(run, {sizes[0]: SMALL, sizes[-1]: DATABASE})
        growth.measure_pages(run, DATABASE)
