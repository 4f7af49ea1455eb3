"""`piccolo db functions` lists what the tables declare, beside the commands of `functions`."""

import pytest

from ottavino.testing import Database
from tests.ottavino.databases import piccolo


@pytest.mark.whole
def test_each_has_its_signature_its_security_and_who_may_execute_it(database: Database) -> None:
    listed = piccolo(database, "db", "functions")
    assert (
        "public.search_documents(query text, most integer, moment timestamptz, key uuid) "
        "returns setof public.documents\n"
        "    security definer, stable, executed by authenticated, service_role\n"
    ) in listed
    # Only a trigger calls this function.
    assert (
        "public.create_user_profile() returns trigger\n"
        "    security definer, volatile, executed by no API role\n"
    ) in listed


@pytest.mark.whole
def test_the_commands_of_functions_are_found_beside_it(database: Database) -> None:
    # A project may have no function of its own.
    assert '"openapi"' in piccolo(database, "functions", "openapi")
