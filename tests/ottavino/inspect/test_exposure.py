"""Which conditions believe claims that the server has not signed."""

import pytest

from ottavino.inspect.exposure import believes, unbounded


@pytest.mark.parametrize(
    "name", ["'request.jwt.claims'", "E'request.jwt.claims'", "$$request.jwt.claims$$"]
)
def test_a_condition_that_reads_the_setting_of_the_claims_believes_them(name: str) -> None:
    read = f"user_id::text = current_setting({name}, true)::json ->> 'sub'"
    assert believes(read)
    assert not believes(f"{read} and (select ottavino.verified())")


@pytest.mark.parametrize("text", ["'not request.jwt.claims'", "$$'request.jwt.claims'$$"])
def test_a_condition_with_another_text_believes_none(text: str) -> None:
    assert not believes(f"title = {text} /* 'request.jwt.claims' */")


def test_a_privilege_without_effect_on_a_view_is_no_error() -> None:
    every = ["select", "truncate", "trigger", "references", "maintain"]
    (of_table,) = unbounded("public.a", ["anon", "authenticated"], every)
    assert of_table.startswith(
        "anon and authenticated have maintain, references, trigger, truncate on public.a, "
    )
    (of_view,) = unbounded("public.a", ["anon"], every, "view")
    assert of_view.startswith("anon has trigger on public.a, ")
    (of_rows,) = unbounded("public.a", ["anon"], every, "materialized view")
    assert of_rows.startswith("anon has maintain on public.a, ")
    assert not [*unbounded("public.a", ["anon"], ["truncate"], "view")]
