"""The modules that carry the promises, and the tests that are to notice mistakes in them."""

from ottavino.settings import ROOT

EDITS = (
    "tests/ottavino/migrate/test_steps_of_edits.py",
    "tests/ottavino/migrate/test_diff.py",
    "tests/ottavino/migrate/test_lossless.py",
    "tests/ottavino/migrate/test_moves.py",
    "tests/ottavino/migrate/test_called_functions.py",
    "tests/ottavino/migrate/test_grants_of_others.py",
)
STEPS = (
    "tests/ottavino/migrate/test_uses.py",
    *EDITS,
    "tests/ottavino/declare",
    "tests/ottavino/migrate/test_concurrent.py",
    "tests/ottavino/migrate/test_new_together.py",
    "tests/ottavino/migrate/test_odd_keys.py",
    "tests/ottavino/migrate/test_taken_names.py",
    "tests/ottavino/migrate/test_round_trip.py",
)
RUNS = (
    "tests/ottavino/migrate/test_commands.py",
    "tests/ottavino/migrate/test_squash.py",
    "tests/ottavino/migrate/test_branches.py",
    "tests/ottavino/migrate/test_transaction.py",
    "tests/ottavino/migrate/test_concurrent.py",
)
RECURSION = ("tests/ottavino/migrate/test_recursion.py",)
DRIFT = (
    "tests/ottavino/inspect/test_strangers.py",
    "tests/ottavino/inspect/test_difference.py",
    "tests/ottavino/inspect/test_fix.py",
    "tests/ottavino/inspect/test_renames.py",
    "tests/ottavino/inspect/test_doubts.py",
    "tests/ottavino/inspect/test_exchanged.py",
    "tests/ottavino/inspect/test_openings.py",
    "tests/ottavino/inspect/test_partitions.py",
    "tests/ottavino/inspect/test_dependents.py",
    "tests/ottavino/inspect/test_beside.py",
    "tests/ottavino/inspect/test_drift.py",
    "tests/ottavino/inspect/test_fixes.py",
    "tests/ottavino/inspect/test_damage.py",
    "tests/ottavino/inspect/test_moved.py",
    "tests/ottavino/inspect/test_fixes_of_kinds.py",
)
SURROUNDINGS = (
    "tests/ottavino/inspect/test_surroundings.py",
    "tests/ottavino/inspect/test_built_in.py",
    "tests/ottavino/inspect/test_unguarded.py",
    "tests/ottavino/inspect/test_exposure.py",
)
PRIVILEGES = (
    "tests/ottavino/migrate/test_access.py",
    "tests/ottavino/migrate/test_grants_of_others.py",
    "tests/ottavino/migrate/test_closing.py",
)
LOG = (
    "tests/ottavino/http/test_request_id.py",
    "tests/ottavino/http/test_log.py",
    "tests/ottavino/http/test_app.py",
    "tests/ottavino/http/test_line_handler.py",
    "tests/ottavino/attacks/test_logs.py",
)
FUNCTION = (
    "tests/ottavino/http/test_function.py",
    "tests/ottavino/http/test_request.py",
    "tests/ottavino/http/test_discovery.py",
    "tests/ottavino/http/test_app.py",
    "tests/ottavino/http/test_streams.py",
)
ERRORS = (
    "tests/ottavino/http/test_errors.py",
    "tests/ottavino/http/test_function.py",
    "tests/ottavino/http/test_invocation.py",
)
ATTACKS = (
    "tests/ottavino/attacks/test_leftovers.py",
    "tests/ottavino/attacks/test_injection.py",
    "tests/ottavino/attacks/test_statements.py",
)
SESSION = (
    "tests/ottavino/postgres/test_session.py",
    "tests/ottavino/postgres/test_session_turns.py",
    "tests/ottavino/http/test_dead_lines.py",
    "tests/ottavino/attacks/test_abandoned_streams.py",
    "tests/ottavino/postgres/test_watch.py",
    "tests/ottavino/postgres/test_interruption.py",
)

IDEMPOTENCY = (
    "tests/ottavino/http/test_idempotency.py",
    "tests/ottavino/attacks/test_idempotency_keys.py",
)


def of(folder: str, names: str) -> list[str]:
    """The modules of a folder that have these names."""
    return [f"{folder}/{name}.py" for name in names.split()]


TESTS: dict[str, tuple[str, ...]] = {
    "ottavino/postgres/session.py": (*SESSION, *IDEMPOTENCY),
    "ottavino/postgres/caller_connection.py": (
        *SESSION,
        "tests/ottavino/attacks/test_kept_statements.py",
        *IDEMPOTENCY,
    ),
    "ottavino/postgres/scope.py": SESSION,
    "ottavino/postgres/savepoint.py": SESSION,
    "ottavino/postgres/commit.py": (
        "tests/ottavino/postgres/test_commit_answers.py",
        "tests/ottavino/postgres/test_owner_transaction.py",
        "tests/ottavino/postgres/test_destination.py",
        *SESSION,
        *IDEMPOTENCY,
    ),
    "ottavino/postgres/destination.py": (
        "tests/ottavino/postgres/test_destination.py",
        "tests/ottavino/postgres/test_session.py",
    ),
    "ottavino/postgres/own_writes.py": ("tests/ottavino/postgres/test_destination.py",),
    "ottavino/postgres/positions.py": (
        "tests/ottavino/postgres/test_positions.py",
        "tests/ottavino/postgres/test_destination.py",
    ),
    "ottavino/postgres/release.py": SESSION,
    "ottavino/postgres/owner_transaction.py": (
        "tests/ottavino/postgres/test_owner_transaction.py",
        "tests/ottavino/migrate/test_transaction.py",
    ),
    "ottavino/postgres/idempotency_keys.py": IDEMPOTENCY,
    "ottavino/http/idempotency.py": IDEMPOTENCY,
    "ottavino/postgres/driver_errors.py": (
        "tests/ottavino/postgres/test_driver_errors.py",
        *SESSION,
    ),
    "ottavino/postgres/budget.py": SESSION,
    "ottavino/postgres/owned_sessions.py": SESSION,
    "ottavino/postgres/transaction.py": (
        "tests/ottavino/postgres/test_session.py",
        *ATTACKS,
        "tests/ottavino/attacks/test_conditions.py",
        "tests/ottavino/http/test_dead_lines.py",
        "tests/ottavino/house/test_own_search.py",
    ),
    "ottavino/postgres/wire.py": (
        "tests/ottavino/postgres/test_kept_statements.py",
        "tests/ottavino/postgres/test_session.py",
        *ATTACKS,
        *IDEMPOTENCY,
    ),
    "ottavino/postgres/pipeline.py": (
        "tests/ottavino/postgres/test_pipeline.py",
        "tests/ottavino/postgres/test_kept_statements.py",
        "tests/ottavino/attacks/test_kept_statements.py",
        *SESSION,
        *ATTACKS,
    ),
    "ottavino/postgres/answers.py": (
        "tests/ottavino/postgres/test_answers.py",
        "tests/ottavino/postgres/test_session.py",
    ),
    "ottavino/postgres/kept_statements.py": (
        "tests/ottavino/postgres/test_kept_statements.py",
        "tests/ottavino/attacks/test_kept_statements.py",
        *SESSION,
    ),
    "ottavino/postgres/driver.py": (
        "tests/ottavino/postgres/test_driver.py",
        "tests/ottavino/postgres/test_connect.py",
        "tests/ottavino/postgres/test_kept_statements.py",
        "tests/ottavino/attacks/test_kept_statements.py",
        *SESSION,
        *IDEMPOTENCY,
    ),
    "ottavino/postgres/claims.py": ("tests/ottavino/postgres/test_claims.py", *ATTACKS),
    "ottavino/postgres/statement.py": ("tests/ottavino/attacks/test_statements.py",),
    "ottavino/postgres/login.py": (
        "tests/ottavino/http/test_lifespan.py",
        "tests/ottavino/postgres/test_login_sql.py",
    ),
    "ottavino/postgres/engine.py": (
        "tests/ottavino/postgres/test_engine.py",
        "tests/ottavino/postgres/test_session.py",
    ),
    "ottavino/setting*.py": (
        "tests/ottavino/test_settings.py",
        "tests/ottavino/postgres/test_address.py",
        "tests/ottavino/http/test_lifespan.py",
    ),
    "ottavino/identity.py": (
        "tests/ottavino/postgres/test_identity.py",
        "tests/ottavino/postgres/test_session.py",
        "tests/ottavino/http/auth/test_caller.py",
    ),
    "ottavino/postgres/address.py": (
        "tests/ottavino/postgres/test_address.py",
        "tests/ottavino/postgres/test_connect.py",
        "tests/ottavino/postgres/test_connection.py",
        "tests/ottavino/postgres/test_session.py",
    ),
    "ottavino/postgres/tls.py": (
        "tests/ottavino/postgres/test_address.py",
        "tests/ottavino/postgres/test_connect.py",
    ),
    "ottavino/postgres/connection.py": (
        "tests/ottavino/postgres/test_connection.py",
        "tests/ottavino/postgres/test_address.py",
        "tests/ottavino/postgres/test_connect.py",
        "tests/ottavino/postgres/test_session.py",
    ),
    "ottavino/declare/*.py": (
        "tests/ottavino/declare",
        "tests/ottavino/house/test_rules.py",
        "tests/ottavino/query",
    ),
    **dict.fromkeys(
        of(
            "ottavino/declare",
            "as_found default_privileges definition grant moving partition "
            "procedure sequence trigger view_definition",
        ),
        ("tests/ottavino/declare", *EDITS, "tests/ottavino/migrate/test_numbering.py"),
    ),
    "ottavino/declare/database_function.py": (
        "tests/ottavino/declare/test_kinds.py",
        "tests/ottavino/declare/test_database_function.py",
        "tests/ottavino/declare/test_trigger.py",
        "tests/ottavino/migrate/test_occupied.py",
        *EDITS,
    ),
    "ottavino/declare/privilege.py": (
        "tests/ottavino/declare/test_privilege.py",
        "tests/ottavino/migrate/test_grants_of_others.py",
    ),
    "ottavino/declare/taken_back.py": (
        "tests/ottavino/declare/test_taken_back.py",
        "tests/ottavino/migrate/test_function_bodies.py",
    ),
    "ottavino/declare/with_triggers.py": (
        "tests/ottavino/declare/test_taken_back.py",
        "tests/ottavino/declare/test_trigger.py",
        "tests/ottavino/migrate/test_occupied.py",
    ),
    "ottavino/declare/type_definition.py": (
        "tests/ottavino/declare/test_enum_type.py",
        "tests/ottavino/declare/test_comment.py",
        *EDITS,
    ),
    "ottavino/declare/unstated.py": (
        "tests/ottavino/declare/test_unstated.py",
        "tests/ottavino/declare/test_kinds.py",
        "tests/ottavino/migrate/test_files.py",
    ),
    "ottavino/declare/own_*.py": (
        "tests/ottavino/declare/test_own_search.py",
        "tests/ottavino/house/test_own_search.py",
    ),
    "ottavino/query/*.py": ("tests/ottavino/query",),
    "ottavino/query/page*.py": (
        "tests/ottavino/query",
        "tests/ottavino/house/test_own_search.py",
    ),
    "ottavino/sql/*.py": (
        "tests/ottavino/test_sql.py",
        "tests/ottavino/migrate/test_diff.py",
        "tests/ottavino/inspect/test_drift.py",
    ),
    "ottavino/testing/access*.py": (
        "tests/ottavino/testing/test_access_grid.py",
        "tests/ottavino/testing/test_access.py",
        "tests/test_access.py",
    ),
    "ottavino/migrate/ottavino.sql": (
        "tests/ottavino/attacks/test_injection.py",
        "tests/ottavino/attacks/test_own_types.py",
        "tests/ottavino/attacks/test_idempotency_keys.py",
        "tests/ottavino/attacks/test_drop_owned.py",
    ),
    **dict.fromkeys(
        of(
            "ottavino/migrate",
            "circles dependents diff drops followers moves narrowing order renames taken uses",
        ),
        (*STEPS, "tests/ottavino/migrate/test_numbering.py"),
    ),
    "ottavino/migrate/column_steps.py": (
        "tests/ottavino/migrate/test_casts.py",
        "tests/ottavino/migrate/test_numbering.py",
        "tests/ottavino/migrate/test_commands.py",
        *EDITS,
    ),
    "ottavino/migrate/serial.py": (
        "tests/ottavino/migrate/test_numbering.py",
        "tests/ottavino/migrate/test_files.py",
        *EDITS,
    ),
    "ottavino/migrate/enum_steps.py": ("tests/ottavino/declare/test_enum_type.py", *EDITS),
    "ottavino/migrate/*_check.py": ("tests/ottavino/migrate/test_function_bodies.py",),
    "ottavino/migrate/bodies.py": ("tests/ottavino/migrate/test_function_bodies.py", *EDITS),
    "ottavino/migrate/casts.py": ("tests/ottavino/migrate/test_casts.py",),
    "ottavino/migrate/stale_sql.py": (
        "tests/ottavino/migrate/test_stale_sql.py",
        "tests/ottavino/migrate/test_diff.py",
    ),
    **dict.fromkeys(
        of("ottavino/migrate", "files migration render run_order steps table_steps"),
        (
            "tests/ottavino/migrate/test_hazards.py",
            "tests/ottavino/migrate/test_run_order.py",
            "tests/ottavino/migrate/test_files.py",
            "tests/ottavino/migrate/test_batches.py",
            "tests/ottavino/migrate/test_squash.py",
            *EDITS,
            "tests/ottavino/migrate/test_concurrent.py",
        ),
    ),
    "ottavino/migrate/batches.py": (
        "tests/ottavino/migrate/test_batches.py",
        "tests/ottavino/declare/test_enum_type.py",
        *RUNS,
    ),
    "ottavino/migrate/state.py": (
        "tests/ottavino/migrate/test_state.py",
        "tests/ottavino/declare",
        *EDITS,
    ),
    **dict.fromkeys(of("ottavino/migrate", "branches concurrent history losses squash"), RUNS),
    "ottavino/migrate/*recursion.py": RECURSION,
    "ottavino/migrate/reading.py": RECURSION,
    "ottavino/migrate/transaction.py": (
        "tests/ottavino/migrate/test_transaction.py",
        "tests/ottavino/migrate/test_concurrent.py",
    ),
    "ottavino/migrate/hazards.py": (
        "tests/ottavino/migrate/test_hazards.py",
        "tests/ottavino/declare/test_virtual.py",
    ),
    **dict.fromkeys(
        of(
            "ottavino/inspect",
            "comparing dependents difference doubts fix inheritance kept displaced finding "
            "grouping labels numbers openings places properties rename renames report "
            "restored rows shadow shadow_statements strangers view_columns",
        ),
        DRIFT,
    ),
    "ottavino/inspect/catalog/*.py": DRIFT,
    **dict.fromkeys(
        of(
            "ottavino/inspect",
            "auth beyond built_in exposure logins powers surroundings unguarded",
        ),
        (*SURROUNDINGS, "tests/ottavino/inspect/test_drift.py"),
    ),
    "ottavino/inspect/catalog/queried.py": ("tests/ottavino/migrate/test_platform.py", *DRIFT),
    "ottavino/inspect/own_schema.py": ("tests/ottavino/migrate/test_platform.py", *DRIFT),
    "ottavino/inspect/fit.py": (
        "tests/ottavino/http/test_lifespan.py",
        "tests/ottavino/migrate/test_quoted_schemas.py",
    ),
    "ottavino/inspect/samples.py": ("tests/ottavino/declare/test_statistics.py",),
    "ottavino/inspect/drift.py": (*DRIFT, "tests/ottavino/declare/test_role.py"),
    "ottavino/inspect/lint*.py": (
        "tests/ottavino/inspect/test_lint.py",
        "tests/ottavino/declare/test_claims.py",
    ),
    "ottavino/inspect/matrix.py": ("tests/ottavino/inspect/test_matrix.py",),
    "ottavino/migrate/statements.py": ("tests/ottavino/migrate/test_statements.py",),
    "ottavino/migrate/occupied.py": (
        "tests/ottavino/migrate/test_occupied.py",
        "tests/ottavino/migrate/test_concurrent.py",
    ),
    "ottavino/migrate/execution.py": (
        "tests/ottavino/migrate/test_occupied.py",
        "tests/ottavino/migrate/test_commands.py",
        "tests/ottavino/migrate/test_concurrent.py",
        "tests/ottavino/migrate/test_transaction.py",
    ),
    "ottavino/migrate/runner.py": (*RUNS, *RECURSION),
    "ottavino/inspect/given_by_default.py": (
        "tests/ottavino/inspect/test_given_by_default.py",
    ),
    **dict.fromkeys(
        of("ottavino/migrate", "access keeping passed_on regranted said"), PRIVILEGES
    ),
    "ottavino/migrate/blockers.py": ("tests/ottavino/migrate/test_transaction.py",),
    "ottavino/migrate/earlier.py": ("tests/ottavino/test_generated_sql.py",),
    "ottavino/migrate/platform.py": ("tests/ottavino/migrate/test_platform.py",),
    "ottavino/migrate/closing.py": ("tests/ottavino/migrate/test_closing.py",),
    "ottavino/migrate/bookkeeping.py": (
        "tests/ottavino/migrate/test_commands.py",
        "tests/ottavino/migrate/test_transaction.py",
    ),
    "ottavino/http/auth/verifier.py": (
        "tests/ottavino/http/auth/test_caller.py",
        "tests/ottavino/attacks/test_tokens.py",
        "tests/ottavino/http/auth/test_credentials.py",
        "tests/ottavino/http/auth/test_jwks.py",
        "tests/ottavino/http/test_lifespan.py",
    ),
    "ottavino/http/auth/admission.py": (
        "tests/ottavino/http/auth/test_credentials.py",
        "tests/ottavino/http/test_openapi.py",
    ),
    "ottavino/http/auth/token_claims.py": (
        "tests/ottavino/http/auth/test_caller.py",
        "tests/ottavino/attacks/test_tokens.py",
    ),
    "ottavino/http/auth/jwks.py": ("tests/ottavino/http/auth/test_jwks.py",),
    "ottavino/http/auth/token_cache.py": ("tests/ottavino/http/auth/test_jwks.py",),
    "ottavino/http/request.py": (
        "tests/ottavino/http/test_request.py",
        "tests/ottavino/http/test_invocation.py",
        "tests/ottavino/attacks/test_heavy_requests.py",
    ),
    "ottavino/deadline.py": (
        "tests/ottavino/test_deadline.py",
        "tests/ottavino/http/test_interruption.py",
    ),
    "ottavino/http/load.py": ("tests/ottavino/http/test_load.py",),
    "ottavino/http/whole.py": (
        "tests/ottavino/http/test_whole.py",
        "tests/ottavino/http/test_writes.py",
        "tests/ottavino/http/test_protocol.py",
    ),
    "ottavino/http/protocol.py": (
        "tests/ottavino/http/test_protocol.py",
        "tests/ottavino/http/test_server.py",
    ),
    "ottavino/http/invocation.py": (
        "tests/ottavino/http/test_invocation.py",
        "tests/ottavino/http/test_streams.py",
        "tests/ottavino/http/test_log.py",
        "tests/ottavino/http/auth/test_credentials.py",
        "tests/ottavino/http/test_app.py",
        "tests/ottavino/http/test_function.py",
        "tests/ottavino/http/test_request.py",
        "tests/ottavino/http/test_cors.py",
        "tests/ottavino/http/test_lifespan.py",
        "tests/ottavino/attacks/test_abandoned_streams.py",
        "tests/ottavino/http/test_idempotency.py",
        "tests/ottavino/http/test_position.py",
    ),
    "ottavino/http/routing.py": (
        "tests/ottavino/http/test_discovery.py",
        "tests/ottavino/http/test_app.py",
        "tests/ottavino/http/test_function.py",
        "tests/ottavino/http/auth/test_credentials.py",
    ),
    "ottavino/http/interruption.py": (
        "tests/ottavino/http/test_interruption.py",
        "tests/ottavino/http/test_invocation.py",
        "tests/ottavino/http/test_streams.py",
        "tests/ottavino/http/test_dead_lines.py",
    ),
    "ottavino/http/caller_session.py": (
        "tests/ottavino/http/test_invocation.py",
        "tests/ottavino/http/test_streams.py",
    ),
    "ottavino/http/position.py": ("tests/ottavino/http/test_position.py",),
    "ottavino/http/errors.py": ERRORS,
    **dict.fromkeys(
        of("ottavino/http", "binding discovery events function result route"), FUNCTION
    ),
    "ottavino/http/app.py": (
        "tests/ottavino/http/test_app.py",
        "tests/ottavino/http/test_openapi.py",
        "tests/ottavino/http/test_docs.py",
        "tests/ottavino/http/test_lifespan.py",
    ),
    "ottavino/http/cors.py": ("tests/ottavino/http/test_cors.py",),
    "ottavino/http/json_writer.py": ("tests/ottavino/http/test_json_writer.py",),
    "ottavino/http/validation.py": (
        "tests/ottavino/http/test_validation.py",
        "tests/ottavino/http/test_function.py",
    ),
    **dict.fromkeys(
        of("ottavino/http", "line_handler log request_id request_log request_record"), LOG
    ),
    **dict.fromkeys(
        of("ottavino/http", "lifespan readiness"),
        ("tests/ottavino/http/test_lifespan.py", "tests/ottavino/http/test_shutdown.py"),
    ),
    **dict.fromkeys(
        of("ottavino/http", "listener serve"),
        (
            "tests/ottavino/http/test_listener.py",
            "tests/ottavino/http/test_server.py",
            "tests/ottavino/http/test_shutdown.py",
        ),
    ),
    "ottavino/postgres/quoting.py": (
        "tests/ottavino/postgres/test_quoting.py",
        "tests/ottavino/declare",
    ),
    "ottavino/postgres/replica.py": (
        "tests/ottavino/postgres/test_replica.py",
        "tests/ottavino/postgres/test_destination.py",
    ),
    "ottavino/postgres/watch.py": ("tests/ottavino/postgres/test_watch.py",),
    "ottavino/postgres/login_sql.py": ("tests/ottavino/postgres/test_login_sql.py",),
    "ottavino/postgres/local.py": ("tests/ottavino/postgres/test_local.py",),
    "ottavino/http/exception_handlers.py": ERRORS,
}
"""For each module the tests that run, in this order. A later line is stronger."""


def targets() -> dict[str, tuple[str, ...]]:
    """The same, module by module."""
    return {module: tests for pattern, tests in TESTS.items() for module in modules(pattern)}


def modules(pattern: str) -> list[str]:
    """The modules that a line of the table is about."""
    return [str(path.relative_to(ROOT)) for path in sorted(ROOT.glob(pattern))]
