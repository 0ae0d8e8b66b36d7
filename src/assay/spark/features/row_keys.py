"""Compare the keys of a result with those of its rows, on keys that the driver has already."""

from __future__ import annotations

from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc

from assay.spark.features.point_in_time import other_keys


def refuse_other_keys(expected_keys: pa.Table, made: pa.Table, identity: Sequence[str], name: str) -> None:
    """Check that `made` has each key of `expected_keys` exactly as often; both hold the columns of `identity`.

    `name` is the function that the error names.

    Raises:
        InputError: Keys were lost, doubled or invented. The error has their number and the first of them.
    """
    both = pa.concat_tables([_tally(expected_keys, identity, 1), _tally(made, identity, 0)])
    counted = both.group_by(list(identity), use_threads=False).aggregate([("given", "sum"), ("made", "sum")])
    wrong = counted.filter(pc.not_equal(counted["given_sum"], counted["made_sum"]))
    if wrong.num_rows == 0:
        return
    was, now = wrong["given_sum"].to_numpy(), wrong["made_sum"].to_numpy()
    kinds = {"lost": now < was, "doubled": (now > was) & (was > 0), "invented": was == 0}
    first = wrong.sort_by([(part, "ascending") for part in identity]).slice(0, 1).to_pylist()[0]
    example = {part: str(first[part]) for part in identity}
    counts = {kind: int(keys.sum()) for kind, keys in kinds.items()}
    raise other_keys(name, counts, example, in_rows=first["given_sum"], made=first["made_sum"])


def _tally(table: pa.Table, identity: Sequence[str], in_rows: int) -> pa.Table:
    columns = {part: table.column(part) for part in identity}
    counts = {"given": in_rows, "made": 1 - in_rows}
    return pa.table(columns | {name: pa.repeat(pa.scalar(n, pa.int64()), len(table)) for name, n in counts.items()})
