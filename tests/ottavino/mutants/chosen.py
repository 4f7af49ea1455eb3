"""Mistakes chosen by hand: each would break a promise, and no operator makes it."""

from collections.abc import Iterator

from ottavino.settings import ROOT
from tests.ottavino.mutants.mutant import Mutant, mutant
from tests.ottavino.mutants.source import Source

WHERE = "(chosen)"

CHOSEN: tuple[tuple[str, str, str], ...] = (
    # A function that does not ask who may call it, or takes a key for a user.
    (
        "ottavino/http/invocation.py",
        "return function.admission.admit(shown)",
        "return shown or Identity.anonymous()",
    ),
    (
        "ottavino/http/auth/admission.py",
        "WITHOUT_A_USER = {Role.ANON, Role.SERVICE_ROLE}",
        "WITHOUT_A_USER = {Role.ANON}",
    ),
    # The beginning of a key is a key.
    (
        "ottavino/http/auth/verifier.py",
        'hmac.compare_digest(key, shown.encode("latin-1"))',
        'key.startswith(shown.encode("latin-1"))',
    ),
    # A public key verifies whatever algorithm a token names.
    (
        "ottavino/http/auth/jwks.py",
        "return self._keys.get((algorithm, name))",
        "return next((key for (_, each), key in self._keys.items() if each == name), None)",
    ),
    # A token that was verified before is taken without its signature, its expiry or its key.
    (
        "ottavino/http/auth/token_cache.py",
        "sha256(token.encode())",
        'sha256(token.rpartition(".")[0].encode())',
    ),
    (
        "ottavino/http/auth/token_cache.py",
        "known[0] is not key or known[1] <= time.time()",
        "known[0] is not key",
    ),
    (
        "ottavino/http/auth/token_cache.py",
        "known[0] is not key or known[1] <= time.time()",
        "known[1] <= time.time()",
    ),
    # Every function gets the login that can become `service_role`.
    (
        "ottavino/postgres/address.py",
        "return service_address() if is_service else caller_address()",
        "return service_address()",
    ),
    # The role comes from no list; it comes before what clears the connection; it outlives the
    # transaction.
    (
        "ottavino/postgres/transaction.py",
        "if role not in settings().roles:",
        'if role == "postgres":',
    ),
    (
        "ottavino/postgres/transaction.py",
        "CLEARED + settings_of_caller, _become(identity.role))",
        """CLEARED + _become_messages(_become(identity.role)), IDENTITY)""",
    ),
    ("ottavino/postgres/transaction.py", "set local role", "set role"),
    # A name without a schema is a temporary object before it is a table.
    (
        "ottavino/postgres/transaction.py",
        '"public, extensions, pg_temp"',
        '"public, extensions"',
    ),
    # Settings that an earlier caller has left decide how a transaction begins.
    (
        "ottavino/postgres/transaction.py",
        "begin isolation level read committed {mode}",
        "begin {mode}",
    ),
    ("ottavino/postgres/transaction.py", "pg_catalog.setseed($7::text::float8)", "0"),
    # A condition is evaluated before the policy.
    (
        "ottavino/postgres/transaction.py",
        "'cpu_operator_cost', '0'",
        "'cpu_operator_cost', '0.0025'",
    ),
    # A signature of another time or role is good; unsigned claims are believed.
    (
        "ottavino/postgres/claims.py",
        '{now}\\n{role}\\n{claims}"',
        '{role}\\n{claims}"',
    ),
    ("ottavino/migrate/ottavino.sql", "and interval '1 hour'", "and interval '9 hours'"),
    ("ottavino/migrate/ottavino.sql", "interval '-1 hour' and", "interval '-9 hours' and"),
    ("ottavino/migrate/ottavino.sql", "current_setting('role'),\n", "'authenticated',\n"),
    (
        "ottavino/migrate/ottavino.sql",
        "outer_key) is true), true)\n    from ottavino.logins\n    where name = session_user",
        "outer_key) is true), true)\n    from ottavino.logins\n    where name = current_user",
    ),
    # A session without any signature is taken for one of a login without a key.
    ("ottavino/migrate/ottavino.sql", "outer_key) is true), true)", "outer_key)), true)"),
    (
        "ottavino/migrate/ottavino.sql",
        "case bool_or(ottavino.signed(inner_key, outer_key) is true)",
        "case bool_or(ottavino.signed(inner_key, outer_key))",
    ),
    (
        "ottavino/migrate/ottavino.sql",
        "case bool_or(ottavino.signed(inner_key, outer_key) is true)",
        "case bool_or(true)",
    ),
    ("ottavino/migrate/ottavino.sql", "when ottavino.verified() then", "when true then"),
    ("ottavino/migrate/ottavino.sql", "current_setting('request.jwt.claim.sub', true),", ""),
    # What is declared does not hold claims to their signature, or finds the rows of all.
    ("ottavino/declare/ownership.py", '"(select ottavino.uid())"', '"(select auth.uid())"'),
    (
        "ottavino/declare/policy.py",
        'return f"(select ottavino.verified()) and (\\n        {rows}\\n    )"',
        "return rows",
    ),
    ("ottavino/declare/own_search_body.py", "where {{owner}} = caller\n", "where true\n"),
    # Only the first line of a statement is looked at; a value is written into its text.
    (
        "ottavino/postgres/statement.py",
        "_REFUSED.search(sql)",
        '_REFUSED.search(sql.partition("\\n")[0])',
    ),
    (
        "ottavino/query/printer.py",
        'return f"${len(self.arguments)}"',
        "return repr(self.arguments.pop())",
    ),
    # What is cancelled commits: a session, a savepoint.
    (
        "ottavino/postgres/session.py",
        "        elif exception is not None:\n",
        "        elif isinstance(exception, Exception):\n",
    ),
    (
        "ottavino/postgres/savepoint.py",
        "keep=exception is None",
        "keep=not isinstance(exception, Exception)",
    ),
    # The answer does not wait for the commit, or for its turn.
    (
        "ottavino/postgres/session.py",
        "await self._commit()\n",
        "asyncio.create_task(self._commit())\n",
    ),
    (
        "ottavino/postgres/session.py",
        "async with self._scope.lock:",
        "if True:",
    ),
    # What is cancelled while a commit is under way is taken for a rollback.
    (
        "ottavino/postgres/commit.py",
        "    except BaseException as error:\n        # The deadline",
        "    except Exception as error:\n        # The deadline",
    ),
    # A connection is not released after a commit that fails, or a beginning that is cancelled;
    # a lock is kept by a savepoint that was cancelled.
    (
        "ottavino/postgres/session.py",
        "            try:\n                await self._commit()\n            finally:\n",
        "            await self._commit()\n            if True:\n",
    ),
    (
        "ottavino/postgres/caller_connection.py",
        "            finally:\n                if not pipeline.has_begun:\n",
        "            except Exception:\n                if True:\n",
    ),
    (
        "ottavino/postgres/caller_connection.py",
        "        finally:\n            # After an error before the caller",
        "        except ZeroDivisionError:\n            # After an error before the caller",
    ),
    (
        "ottavino/postgres/savepoint.py",
        "except BaseException:\n            self._outer.lock.release()",
        "except Exception:\n            self._outer.lock.release()",
    ),
    # What fails is stored all the same.
    (
        "ottavino/http/invocation.py",
        (
            "        async with invocation.session():\n"
            "            return await interruptible(respond(), request.receive, last)\n"
        ),
        (
            "        async with invocation.session():\n"
            "            try:\n"
            "                return await interruptible(respond(), request.receive, last)\n"
            "            except Exception as error:\n"
            "                failed = error\n"
            "        raise failed\n"
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
