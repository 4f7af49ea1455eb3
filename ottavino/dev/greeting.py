"""The text that the development server prints when it is ready."""

import itertools
from collections.abc import Iterator, Mapping

from ottavino.http.discovery import Functions, importable
from ottavino.http.function import Function
from ottavino.identity import Role

LISTENS = """
Ottavino listens at {address}; Ctrl-C stops it.
Open that address in a browser to try the functions. Changes of your code are served at once."""

EXPORTS = """Paste this to compare the rows of two users:

{exports}
"""

EXAMPLES = 2
"""The most functions for which it shows a command."""


def first(address: str, tokens: Mapping[str, str], functions: Functions) -> str:
    """The server's address, and commands that call functions with each token."""
    lines = [LISTENS.format(address=address)]
    if tokens:
        exports = "\n".join(f"export {name}={token}" for name, token in tokens.items())
        lines += [EXPORTS.format(exports=exports), *_examples(functions, address, tokens)]
    return "\n".join(lines)


def again(changed: str, _: Functions) -> str:
    """The file whose change restarted the server."""
    return f"Started again: {changed}."


def _examples(functions: Functions, address: str, tokens: Mapping[str, str]) -> Iterator[str]:
    known = {name: each for name, each in importable(functions).items() if _is_simple(each)}
    for name, function in itertools.islice(known.items(), EXAMPLES):
        command = f"curl -w '\\n' {address}/functions/v1/{name.replace('_', '-')}"
        yield f"# The function {name}, as each of them"
        for token in tokens:
            yield f'{command} -H "Authorization: Bearer ${token}"'
        if function.admission.auth == "optional":
            yield command
        yield ""


def _is_simple(function: Function) -> bool:
    """Whether a signed-in user can call it by its address alone."""
    roles = function.admission.roles
    is_for_users = roles is None or Role.AUTHENTICATED in roles
    answers = {(each.method, each.path) for each in function.routes}
    return is_for_users and ("GET", "/") in answers
