"""Mistakes chosen by hand: each would break a promise, and no operator makes it."""

from collections.abc import Iterator

from db.settings import ROOT
from tests.mutants.mutant import Mutant, mutant
from tests.mutants.source import Source

WHERE = "(chosen)"

CHOSEN: tuple[tuple[str, str, str], ...] = (
    # A function that does not ask who may call it, or takes a key for a user.
    (
        "functions/_shared/invocation.py",
        "return function.admission.admit(shown)",
        "return shown or Identity.anonymous()",
    ),
    (
        "functions/_shared/admission.py",
        "WITHOUT_A_USER = {Role.ANON, Role.SERVICE_ROLE}",
        "WITHOUT_A_USER = {Role.ANON}",
    ),
    # The beginning of a key is a key.
    (
        "functions/_shared/caller.py",
        'hmac.compare_digest(key, shown.encode("latin-1"))',
        'key.startswith(shown.encode("latin-1"))',
    ),
    # A public key verifies whatever algorithm a token names.
    (
        "functions/_shared/keys.py",
        "return self._keys.get((algorithm, name))",
        "return next((key for (_, each), key in self._keys.items() if each == name), None)",
    ),
    # A token that was verified before is taken without its signature, its expiry or its key.
    (
        "functions/_shared/verified.py",
        "sha256(token.encode())",
        'sha256(token.rpartition(".")[0].encode())',
    ),
    (
        "functions/_shared/verified.py",
        "known_key is not key or expiry <= time.time()",
        "known_key is not key",
    ),
    (
        "functions/_shared/verified.py",
        "known_key is not key or expiry <= time.time()",
        "expiry <= time.time()",
    ),
    # Everybody has the login of those who ask for `service_role`.
    (
        "db/connection.py",
        "return service_address() if is_service else caller_address()",
        "return service_address()",
    ),
    # The role comes from no list; it comes before what clears the connection; it outlives the
    # transaction.
    ("db/transaction.py", "if role not in settings().roles:", 'if role == "postgres":'),
    (
        "db/transaction.py",
        """_identity(connection, identity, name),
        _become(identity.role),""",
        """wire.statement(_become(identity.role)) + _identity(connection, identity, name),
        "select 1 offset 1",""",
    ),
    ("db/transaction.py", "set local role", "set role"),
    # A name without a schema is a temporary object before it is a table.
    ("db/transaction.py", '"public, extensions, pg_temp"', '"public, extensions"'),
    # What is left of an earlier caller decides how a transaction begins.
    ("db/transaction.py", "begin isolation level read committed {mode}", "begin {mode}"),
    ("db/transaction.py", "pg_catalog.setseed($7::float8)", "$7::float8"),
    # A condition is evaluated before the policy.
    ("db/transaction.py", "'cpu_operator_cost', '0'", "'cpu_operator_cost', '0.0025'"),
    # A signature of another time or role is good; claims are asked that nobody signed.
    ("db/claims.py", '{now}\\n{identity.role}\\n{claims}"', '{identity.role}\\n{claims}"'),
    ("db/schema/ottavino.sql", ") < 3600", ") < 3600000"),
    ("db/schema/ottavino.sql", "current_setting('role'),\n", "'authenticated',\n"),
    (
        "db/schema/ottavino.sql",
        "where name = session_user\n);",
        "where name = current_user\n);",
    ),
    ("db/schema/ottavino.sql", "when ottavino.verified()", "when true"),
    ("db/schema/ottavino.sql", "current_setting('request.jwt.claim.sub', true),", ""),
    # What is declared does not hold claims to their signature, or finds the rows of all.
    ("db/objects/ownership.py", '"(select ottavino.uid())"', '"(select auth.uid())"'),
    (
        "db/objects/policy.py",
        'return f"(select ottavino.verified()) and (\\n        {rows}\\n    )"',
        "return rows",
    ),
    ("db/objects/own_search.py", "where {owner} = caller\n", "where true\n"),
    # Only the first line of a statement is looked at; one is sent that was built for another.
    ("db/statement.py", "_REFUSED.search(sql)", '_REFUSED.search(sql.partition("\\n")[0])'),
    ("db/query/question.py", "return _column(value)", "return ()"),
    # What is cancelled commits: a session, a savepoint.
    (
        "db/session.py",
        "        if exception is not None:\n            # Whoever",
        "        if isinstance(exception, Exception):\n            # Whoever",
    ),
    ("db/session.py", "keep=exception is None", "keep=not isinstance(exception, Exception)"),
    # The answer does not wait for the commit, or for its turn.
    ("db/session.py", "await self._commit()\n", "_released(self._commit())\n"),
    (
        "db/session.py",
        "asyncio.timeout(self._left()), self._outermost.lock:",
        "asyncio.timeout(self._left()):",
    ),
    # What is cancelled while a commit is under way is taken for a rollback.
    (
        "db/session.py",
        "    except BaseException as error:\n        # Its time",
        "    except Exception as error:\n        # Its time",
    ),
    # A connection is not released after a commit that fails, or a beginning that is cancelled;
    # a lock is kept by a savepoint that was cancelled.
    (
        "db/session.py",
        "        try:\n            await self._commit()\n        finally:\n",
        "        await self._commit()\n        if True:\n",
    ),
    (
        "db/session.py",
        "            except BaseException:\n                # Whoever asked next",
        "            except Exception:\n                # Whoever asked next",
    ),
    (
        "db/session.py",
        "except BaseException:\n            self._outer.lock.release()",
        "except Exception:\n            self._outer.lock.release()",
    ),
    # What cannot be sent is stored.
    (
        "functions/_shared/invocation.py",
        "            response = await (run() if key is None else repeats.once(key, run, last))",
        (
            "            result = await _called(route, route.arguments(call), request)\n"
            "        response = route.answer(result)"
        ),
    ),
)
"""A module, a text that it contains once, and what is to stand there instead."""


def chosen() -> Iterator[Mutant]:
    """The mutants; an error where a text is not in its module any more."""
    for module, before, after in CHOSEN:
        source = Source(ROOT / module)
        if source.text.count(before.encode()) != 1:
            raise ValueError(f"{module} does not contain this once: {before}")
        begin = source.text.index(before.encode())
        span = (begin, begin + len(before.encode()))
        yield mutant(module, WHERE, source, (span, after))
