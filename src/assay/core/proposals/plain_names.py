"""Plain names for the columns of a source: letters, digits and `_`, as a schema and Spark's SQL take them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

MAX_LENGTH = 60
_SPELLED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "%": " percent"})
_RESERVED = frozenset(
    {"score", "model_version", "run_id", "scored_at", "observed_date", "available_at", "rows", "row", "assay"}
)


def plain_name(text: str) -> str:
    """Return the nearest plain name: lower-case letters, digits and `_`, a letter first.

    >>> plain_name("Dep. Delay"), plain_name("Größe (m²)"), plain_name("2nd"), plain_name("score")
    ('dep_delay', 'groesse_m2', 'c_2nd', 'score_1')
    """
    ascii_text = unicodedata.normalize("NFKD", text.translate(_SPELLED)).encode("ascii", "ignore").decode()
    words = re.findall(r"[A-Za-z0-9]+", re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", ascii_text))
    name = "_".join(words).lower()[:MAX_LENGTH].strip("_") or "column"
    name = name if name[0].isalpha() else f"c_{name}"
    return f"{name}_1" if name in _RESERVED else name


def plain_names(header: Sequence[str]) -> tuple[str, ...]:
    """Return a plain name for each column of a header, no two alike.

    >>> plain_names(["a b", "A.B", ""])
    ('a_b', 'a_b_2', 'column')
    """
    names: list[str] = []
    for text in header:
        name, number = plain_name(text), 1
        base = name
        while name in names:
            number += 1
            name = f"{base}_{number}"
        names.append(name)
    return tuple(names)
