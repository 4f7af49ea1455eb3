"""Which conditions believe claims that the server has not signed."""

import pytest

from ottavino.inspect.exposure import believes


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
