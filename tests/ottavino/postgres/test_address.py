"""Addresses of databases: the parts that are read, and addresses that are refused."""

import traceback
from pathlib import Path

import pytest

from ottavino.errors import SettingsError
from ottavino.postgres.address import address, replica_address
from ottavino.settings import read_settings
from ottavino.testing import SettingsFrom

# Forms of an address
from tests.ottavino.postgres.site import SECRET, Site


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("postgresql://u:p@db.example.com:6543/app", ("db.example.com", 6543, "u", "p", "app")),
        ("postgres://u:p@db.example.com/app", ("db.example.com", 5432, "u", "p", "app")),
        ("postgresql://u@db.example.com", ("db.example.com", 5432, "u", None, "u")),
        ("postgresql://u@db.example.com/", ("db.example.com", 5432, "u", None, "u")),
        ("postgresql://u@/app", ("localhost", 5432, "u", None, "app")),
        ("postgresql://a.b%40c:p%40%2F%3A%23@h/d%20b", ("h", 5432, "a.b@c", "p@/:#", "d b")),
        ("postgresql://u:p@ss@h/app", ("h", 5432, "u", "p@ss", "app")),
        ("postgresql://u:@h/app", ("h", 5432, "u", None, "app")),
        ("postgresql://u@[::1]:6543/app", ("::1", 6543, "u", None, "app")),
        ("postgresql://u@/app?host=/run/pg&port=6543", ("/run/pg", 6543, "u", None, "app")),
        ("postgresql://u@%2FRun%2Fpg:6543/app", ("/Run/pg", 6543, "u", None, "app")),
        ("postgresql:///app?host=h&user=u", ("h", 5432, "u", None, "app")),
        ("postgresql://u@there/app?host=here", ("here", 5432, "u", None, "app")),
        (
            "postgresql://u@h/app?pgbouncer=true&connection_limit=1&pool_timeout=1&schema=a",
            ("h", 5432, "u", None, "app"),
        ),
    ],
)
def test_an_address_is_read(url: str, expected: tuple[object, ...]) -> None:
    read = address(url)
    assert (read.host, read.port, read.user, read.password, read.database) == expected


@pytest.mark.parametrize(
    ("url", "sentence"),
    [
        ("postgresql://u:swordfish@h:port/app", "cannot be read"),
        ("postgresql://u:swordfish@h:0/app", "cannot be read"),
        ("postgresql://u:swordfish@h:65536/app", "cannot be read"),
        ("postgresql://u:swordfish@h/app?port=many", "cannot be read"),
        ("postgresql://u:swordfish@h/app?port=65536", "cannot be read"),
        ("postgresql://u:swordfish@one:1,two:2/app", "cannot be read"),
        ("postgresql://u:swordfish@one,two/app", "names several hosts"),
        ("postgresql://u:sword/swordfish@h/app", "cannot be read"),
        ("postgresql://u:sword#swordfish@h/app", "cannot be read"),
        ("postgresql://u:sword?swordfish@h/app", "cannot be read"),
        ("postgresql://u:1#swordfish@h/app", "cannot be read"),
        ("postgresql://u:swordfish@[h/app", "cannot be read"),
        ("postgresql://u:swordfish℀@h/app", "cannot be read"),
        ("postgresql://:swordfish@h/app", "names no user"),
        ("postgresql://u:swordfish@h/app?sslmode=maybe", "sslmode=maybe is unknown"),
        ("postgresql://u:swordfish@h/app?options=-c%20x", "is unknown: options"),
        ("postgresql://u@h/app?password=swordfish", "is unknown: password"),
        (
            "postgresql://u:swordfish@h/app?sslrootcert=/none",
            "sslrootcert=/none cannot be read",
        ),
        ("postgresql://u:swordfish@h/app?sslmode=verify-ca", "needs sslrootcert=FILE"),
        (
            "postgresql://u:swordfish@h/app?sslmode=require&sslrootcert=system",
            "needs sslrootcert=FILE",
        ),
        *(
            (
                f"postgresql://u:swordfish@h/app?sslmode={mode}&sslrootcert=system",
                "checks no certificate",
            )
            for mode in ("disable", "allow", "prefer")
        ),
    ],
)
def test_what_cannot_be_read_is_refused_without_repeating_the_password(
    url: str, sentence: str
) -> None:
    with pytest.raises(SettingsError, match=sentence) as error:
        address(url)
    assert SECRET not in "".join(traceback.format_exception(error.value))


@pytest.mark.parametrize("host", ["[h", "h\u2100"])
def test_the_settings_refuse_what_is_no_address_without_repeating_it(host: str) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL cannot be read") as error:
        read_settings({"DATABASE_URL": f"postgresql://u:{SECRET}@{host}/app"})
    assert SECRET not in "".join(traceback.format_exception(error.value))


def test_a_certificate_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("no certificate")
    with pytest.raises(SettingsError, match=r"ca\.pem cannot be read"):
        address(f"postgresql://u@h/app?sslrootcert={tmp_path}/ca.pem")


def test_an_address_shows_no_password() -> None:
    read = address(f"postgresql://alice:{SECRET}@h/app")
    assert "alice" in repr(read)
    assert SECRET not in repr(read)


def test_a_unix_socket_needs_no_tls() -> None:
    assert address("postgresql://u@/app?host=/run/pg&sslmode=require").tls == (None,)


@pytest.mark.parametrize("mode", ["require", "verify-ca&sslrootcert=CA", "verify-full"])
@pytest.mark.whole("needs one more server")
def test_direct_tls_is_for_addresses_that_demand_tls(mode: str, site: Site) -> None:
    url = site.url(5432, f"sslmode={mode}&sslnegotiation=direct")
    assert address(url).is_direct
    assert not address(url.replace("direct", "postgres")).is_direct


@pytest.mark.parametrize(
    "parameters", ["", "sslmode=disable", "sslmode=allow", "sslmode=prefer"]
)
def test_direct_tls_is_refused_where_tls_is_not_demanded(parameters: str) -> None:
    with pytest.raises(SettingsError, match="sslnegotiation=direct needs TLS"):
        address(f"postgresql://u@h/app?{parameters}&sslnegotiation=direct")


def test_a_negotiation_that_is_not_known_is_refused() -> None:
    with pytest.raises(SettingsError, match="sslnegotiation=now is unknown"):
        address("postgresql://u@h/app?sslmode=require&sslnegotiation=now")


ELSEWHERE = ("db.example.com", "10.0.0.7", "db", "[2001:db8::1]", "127.0.0.1.example.com")


@pytest.mark.whole_but_first("connects for each case")
@pytest.mark.parametrize("host", ELSEWHERE)
@pytest.mark.parametrize(
    ("parameters", "is_verified"),
    [
        ("", False),
        ("sslmode=disable", False),
        ("sslmode=allow", False),
        ("sslmode=prefer", False),
        ("sslmode=require", False),
        ("sslmode=require&sslrootcert=CA", True),
        ("sslmode=verify-ca&sslrootcert=CA", True),
        ("sslmode=verify-full", True),
        ("sslrootcert=CA", True),
    ],
)
def test_a_server_elsewhere_is_verified_or_known_not_to_be(
    host: str, parameters: str, is_verified: bool, site: Site
) -> None:
    assert address(site.url(5432, parameters, host)).is_verified is is_verified


@pytest.mark.whole_but_first("connects for each case")
@pytest.mark.parametrize("mode", ["disable", "allow", "prefer", "require"])
@pytest.mark.parametrize(
    "where",
    ["localhost", "LOCALHOST", "127.0.0.1", "127.8.8.8", "[::1]", "%2Frun%2Fpg", ""],
)
def test_a_loopback_address_counts_as_verified(where: str, mode: str) -> None:
    assert address(f"postgresql://u@{where}/app?sslmode={mode}").is_verified


def test_a_replica_is_read_by_the_same_login_whose_name_may_have_a_poolers_suffix(
    settings_from: SettingsFrom,
) -> None:
    settings_from(DATABASE_URL="postgresql://ottavino.one@localhost/it")
    for login in ("ottavino", "ottavino.two"):
        settings_from(READ_DATABASE_URL=f"postgresql://{login}@localhost/it")
        assert replica_address().user == login
    settings_from(READ_DATABASE_URL="postgresql://authenticator.one@localhost/it")
    with pytest.raises(SettingsError, match="logs in as another role than DATABASE_URL"):
        replica_address()
