"""The order of pipelines: after what they are linked to, by name where nothing decides, and never in a circle."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assay.core.operations.pipeline_order import PipelineLink, run_order
from assay.errors import InputError

NAMES = ("a", "b", "c", "d", "e")
EDGES = st.sets(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)))


def linked(edges: set[tuple[str, str]]) -> dict[str, list[PipelineLink]]:
    links: dict[str, list[PipelineLink]] = {name: [] for name in NAMES}
    for name, after in sorted(edges):
        links[name].append(PipelineLink(after, f"reads {after}"))
    return links


@given(EDGES)
def test_links_without_a_circle_are_kept_by_the_order(edges: set[tuple[str, str]]) -> None:
    forward = {(name, after) for name, after in edges if after < name}
    order = run_order(linked(forward))
    assert sorted(order) == list(NAMES)
    assert all(order.index(after) < order.index(name) for name, after in forward)


@given(EDGES)
def test_an_order_is_either_right_or_refused(edges: set[tuple[str, str]]) -> None:
    try:
        order = run_order(linked(edges))
    except InputError as error:
        assert error.code == "pipeline-circle"
        return
    assert all(order.index(after) < order.index(name) for name, after in edges if name != after)


@given(st.permutations(NAMES), st.integers(2, 5), EDGES)
def test_a_circle_is_refused_whatever_else_is_linked(
    names: list[str], length: int, edges: set[tuple[str, str]]
) -> None:
    ring = names[:length]
    with pytest.raises(InputError) as raised:
        run_order(linked({*edges, *pairwise([*ring, ring[0]])}))
    assert raised.value.code == "pipeline-circle"


def test_the_names_of_a_circle_and_its_reasons_are_named_and_no_others() -> None:
    with pytest.raises(InputError) as raised:
        run_order(linked({("a", "b"), ("b", "c"), ("c", "b")}))
    assert raised.value.message.count("reads") == 2
    assert "b runs after c, since it reads c" in raised.value.message
    assert "a runs after" not in raised.value.message


def test_links_to_pipelines_of_other_projects_do_not_count() -> None:
    assert run_order({"b": [PipelineLink("elsewhere", ""), PipelineLink("b", "")], "a": []}) == ["a", "b"]
