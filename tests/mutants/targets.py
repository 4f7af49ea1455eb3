"""The modules that carry the promises, and the tests that are to notice mistakes in them."""

from db.settings import ROOT

SCHEMA = "tests/db/schema"
FUNCTIONS = "tests/functions"
STEPS = (
    f"{SCHEMA}/test_changes.py",
    "tests/db/objects",
    f"{SCHEMA}/test_concurrent.py",
    f"{SCHEMA}/test_round_trip.py",
)
ERRORS = (
    f"{FUNCTIONS}/test_errors.py",
    f"{FUNCTIONS}/test_function.py",
    f"{FUNCTIONS}/test_invocation.py",
)
ATTACKS = (
    "tests/attacks/test_leftovers.py",
    "tests/attacks/test_injection.py",
    "tests/attacks/test_statements.py",
)
SESSION = (
    "tests/db/test_session.py",
    "tests/db/test_session_turns.py",
    f"{FUNCTIONS}/test_dead_lines.py",
    "tests/attacks/test_abandoned_streams.py",
    "tests/db/test_watch.py",
)

IDEMPOTENCY = (f"{FUNCTIONS}/test_idempotency.py", "tests/attacks/test_idempotency_keys.py")

TESTS: dict[str, tuple[str, ...]] = {
    "db/session.py": (*SESSION, *IDEMPOTENCY),
    "db/idempotency.py": IDEMPOTENCY,
    "functions/_shared/idempotency.py": IDEMPOTENCY,
    "db/driver.py": ("tests/db/test_driver.py", *SESSION),
    "db/budget.py": SESSION,
    "db/transaction.py": (
        "tests/db/test_session.py",
        *ATTACKS,
        "tests/attacks/test_conditions.py",
        f"{FUNCTIONS}/test_dead_lines.py",
        "tests/db/test_own_search.py",
    ),
    "db/wire.py": ("tests/db/test_session.py", *ATTACKS, *IDEMPOTENCY),
    "db/claims.py": ("tests/db/test_claims.py", *ATTACKS),
    "db/statement.py": ("tests/attacks/test_statements.py",),
    "db/login.py": (f"{FUNCTIONS}/test_start.py", "tests/db/test_login_sql.py"),
    "db/engine.py": ("tests/db/test_engine.py", "tests/db/test_session.py"),
    "db/identity.py": (
        "tests/db/test_identity.py",
        "tests/db/test_session.py",
        f"{FUNCTIONS}/test_caller.py",
    ),
    "db/connection.py": ("tests/db/test_connection.py", "tests/db/test_session.py"),
    "db/objects/*.py": ("tests/db/objects", "tests/db/test_rules.py", "tests/db/query"),
    "db/objects/own_search.py": (
        "tests/db/objects/test_own_search.py",
        "tests/db/test_own_search.py",
    ),
    "db/query/*.py": ("tests/db/query",),
    "db/schema/ottavino.sql": (
        "tests/attacks/test_injection.py",
        "tests/attacks/test_own_types.py",
    ),
    "db/schema/changes.py": STEPS,
    "db/schema/dependents.py": STEPS,
    "db/schema/apply.py": (f"{SCHEMA}/test_apply.py", f"{SCHEMA}/test_concurrent.py"),
    "db/schema/hazards.py": (f"{SCHEMA}/test_hazards.py",),
    "db/schema/drift.py": (f"{SCHEMA}/test_drift.py",),
    "db/schema/difference.py": (f"{SCHEMA}/test_difference.py", f"{SCHEMA}/test_drift.py"),
    "db/schema/fix.py": (f"{SCHEMA}/test_difference.py", f"{SCHEMA}/test_drift.py"),
    "db/schema/renames.py": (f"{SCHEMA}/test_drift.py",),
    "db/schema/statements.py": (f"{SCHEMA}/test_statements.py",),
    "db/schema/occupied.py": (f"{SCHEMA}/test_occupied.py", f"{SCHEMA}/test_concurrent.py"),
    "db/schema/execution.py": (
        f"{SCHEMA}/test_occupied.py",
        f"{SCHEMA}/test_commands.py",
        f"{SCHEMA}/test_concurrent.py",
    ),
    "db/schema/bookkeeping.py": (f"{SCHEMA}/test_commands.py", f"{SCHEMA}/test_apply.py"),
    "functions/_shared/caller.py": (
        f"{FUNCTIONS}/test_caller.py",
        "tests/attacks/test_tokens.py",
        f"{FUNCTIONS}/test_credentials.py",
        f"{FUNCTIONS}/test_keys.py",
        f"{FUNCTIONS}/test_start.py",
    ),
    "functions/_shared/admission.py": (
        f"{FUNCTIONS}/test_credentials.py",
        f"{FUNCTIONS}/test_openapi.py",
    ),
    "functions/_shared/claims.py": (
        f"{FUNCTIONS}/test_caller.py",
        "tests/attacks/test_tokens.py",
    ),
    "functions/_shared/keys.py": (f"{FUNCTIONS}/test_keys.py",),
    "functions/_shared/verified.py": (f"{FUNCTIONS}/test_keys.py",),
    "functions/_shared/request.py": (
        f"{FUNCTIONS}/test_request.py",
        f"{FUNCTIONS}/test_invocation.py",
        "tests/attacks/test_heavy_requests.py",
    ),
    "functions/_shared/load.py": (f"{FUNCTIONS}/test_load.py",),
    "functions/_shared/protocol.py": (
        f"{FUNCTIONS}/test_protocol.py",
        f"{FUNCTIONS}/test_server.py",
    ),
    "functions/_shared/invocation.py": (
        f"{FUNCTIONS}/test_invocation.py",
        f"{FUNCTIONS}/test_streams.py",
        f"{FUNCTIONS}/test_log.py",
        f"{FUNCTIONS}/test_credentials.py",
        f"{FUNCTIONS}/test_app.py",
        f"{FUNCTIONS}/test_function.py",
        f"{FUNCTIONS}/test_request.py",
        f"{FUNCTIONS}/test_cors.py",
        f"{FUNCTIONS}/test_start.py",
        "tests/attacks/test_abandoned_streams.py",
    ),
    "functions/_shared/session.py": (
        f"{FUNCTIONS}/test_invocation.py",
        f"{FUNCTIONS}/test_streams.py",
    ),
    "functions/_shared/errors.py": ERRORS,
    "functions/_shared/raised.py": ERRORS,
}
"""For each module the tests that run, in this order. A later line is stronger."""


def targets() -> dict[str, tuple[str, ...]]:
    """The same, module by module."""
    return {
        str(path.relative_to(ROOT)): tests
        for pattern, tests in TESTS.items()
        for path in sorted(ROOT.glob(pattern))
    }
