"""Words with their owner before them, so that an index keeps each owner's apart.

If one entry of an index stood for a word of all users, reading it would take longer the more
rows have the word, and the time would tell. Here an entry stands for a word of one owner, and
no search reads the entries of another.
"""

from ottavino.declare.database_function import DatabaseFunction
from ottavino.identity import Role

WRITERS = (Role.AUTHENTICATED, Role.SERVICE_ROLE)
"""Who may write rows that have such an index."""

OWN_WORDS = DatabaseFunction(
    name="own_words",
    arguments=("owner uuid", "vector tsvector"),
    returns="bytea[]",
    language="sql",
    volatility="immutable",
    # An index over the words computes them with the rights of the role that writes a row.
    execute=WRITERS,
    body="""
        select array(
            select uuid_send(owner) || convert_to(word, 'UTF8')
            from unnest(tsvector_to_array(vector)) as word
        )
    """,
)
"""The words of a search vector, each after the sixteen bytes of its owner's id.

An index is not built again when the function changes: another body needs another name.
"""
