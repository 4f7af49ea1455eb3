"""A function: a module under `functions/` declares one, and it answers at its address."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeVar, get_args

from ottavino.http.auth.admission import Admission, Auth, DeclarationError, Roles
from ottavino.http.binding import Handler, HandlerError
from ottavino.http.route import Route

PLAIN_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
READING_METHODS = ("GET", "HEAD")

H = TypeVar("H", bound=Handler)


Transactions = Literal["platform", "manual"]
"""Whether the platform opens one transaction for each request, or the function its own."""


class Function:
    """Handlers by method and path below the function's address, and the options of all of them.

    `auth` says who may call it: a signed-in user ("user"), a caller with a key or a token of
    the project ("key"), or anybody ("optional"). `roles` names the roles that may call. Under
    `auth="user"`, a role without a user, such as `service_role`, may call only if it is named.
    `timeout` is in seconds. `timeout` and `max_body_bytes` come from the settings if they are
    not given. GET and HEAD can only read, and every other method can write, unless `read_only`
    says otherwise. With `transactions="manual"`, the function opens its transactions itself,
    with `async with caller_session()`. So none is open while it waits for something slow. A
    contradictory declaration raises `DeclarationError`.
    """

    def __init__(  # noqa: PLR0913  # all are keywords, and most are left out
        self,
        *,
        auth: Auth = "user",
        roles: Roles | None = None,
        timeout: float | None = None,
        max_body_bytes: int | None = None,
        read_only: bool | None = None,
        transactions: Transactions = "platform",
    ) -> None:
        _check_above_zero(timeout=timeout, max_body_bytes=max_body_bytes)
        if transactions not in get_args(Transactions):
            raise DeclarationError(
                f'transactions={transactions!r} is not understood: use "platform" or "manual".'
            )
        self.admission = Admission.declared(auth, roles)
        self.timeout = timeout
        self.max_body_bytes = max_body_bytes
        self.read_only = read_only
        self.transactions = transactions
        self._routes: list[Route] = []

    def get(self, path: str = "/", *, status: int | None = None) -> Callable[[H], H]:
        """Answer GET, and HEAD with it."""
        return self.route("GET", path, status=status)

    def post(self, path: str = "/", *, status: int | None = None) -> Callable[[H], H]:
        """Answer POST."""
        return self.route("POST", path, status=status)

    def put(self, path: str = "/", *, status: int | None = None) -> Callable[[H], H]:
        """Answer PUT."""
        return self.route("PUT", path, status=status)

    def patch(self, path: str = "/", *, status: int | None = None) -> Callable[[H], H]:
        """Answer PATCH."""
        return self.route("PATCH", path, status=status)

    def delete(self, path: str = "/", *, status: int | None = None) -> Callable[[H], H]:
        """Answer DELETE."""
        return self.route("DELETE", path, status=status)

    def route(self, method: str, path: str, *, status: int | None = None) -> Callable[[H], H]:
        """Answer any method. The decorated handler itself is unchanged."""

        def register(handler: H) -> H:
            self._add(Route.declared(method, path, handler, status))
            return handler

        return register

    def _add(self, route: Route) -> None:
        for other in self._routes:
            if (other.method, other.shape) == (route.method, route.shape):
                reason = f"{route.method} {route.path} is answered by {other.handler} already."
                raise HandlerError(route.handler, reason)
        self._routes.append(route)
        # "/search" is tried before "/{id}", in whatever order they were written.
        self._routes.sort(key=lambda each: each.order)

    def only_reads(self, method: str) -> bool:
        """Whether a request of this method runs in a read-only transaction."""
        return method in READING_METHODS if self.read_only is None else self.read_only

    def keeps_keys(self, method: str) -> bool:
        """Whether an `Idempotency-Key` can be stored: only if the platform makes the one
        commit.
        """
        return self.transactions == "platform" and not self.only_reads(method)

    @property
    def routes(self) -> Sequence[Route]:
        """All routes, in the order in which they are tried."""
        return tuple(self._routes)


def _check_above_zero(**options: float | None) -> None:
    for name, value in options.items():
        if value is not None and not 0 < value < float("inf"):
            raise DeclarationError(f"{name} must be a number above 0, not {value!r}.")


def plain(handler: Handler) -> Function:
    """A Starlette handler as a function. It gets every method and path, as a `Request`."""
    function = Function()
    for method in PLAIN_METHODS:
        function.route(method, "/{path:path}")(handler)
    return function
