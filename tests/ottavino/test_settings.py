"""The settings, as the environment has them."""

import dataclasses
from pathlib import Path

import pytest

from ottavino.dev.settings_page import PAGE, page
from ottavino.errors import SettingsError
from ottavino.setting import LONGEST_SECONDS, SHORTEST_SECONDS, seconds
from ottavino.settings import Settings, read_settings


def test_the_page_of_the_settings_is_what_they_are() -> None:
    assert PAGE.read_text("utf-8") == page(), "run python -m ottavino.dev.settings_page"


def test_the_page_names_every_setting_once() -> None:
    written = page()
    for field in dataclasses.fields(Settings):
        assert written.count(f"| `{field.name.upper()}` |") == 1


def test_nothing_has_to_be_set_to_be_read() -> None:
    assert read_settings({}) == Settings()


def test_an_empty_variable_counts_as_absent() -> None:
    names = [field.name.upper() for field in dataclasses.fields(Settings)]
    assert read_settings(dict.fromkeys(names, "")) == Settings()


@pytest.mark.parametrize(
    ("name", "value", "read"),
    [
        ("FUNCTION_TIMEOUT", "0.5", 0.5),
        ("MAX_BODY_BYTES", "1024", 1024),
        ("RELAY_ERRORS", "on", True),
        ("RELAY_ERRORS", "off", False),
        ("CORS_ORIGINS", "https://a.de , https://b.de,", ("https://a.de", "https://b.de")),
        ("API_ROLES", "editor,auditor", ("editor", "auditor")),
        ("SUPABASE_URL", "https://abc.supabase.co/", "https://abc.supabase.co"),
        ("SUPABASE_URL", "http://127.0.0.1:54321", "http://127.0.0.1:54321"),
        ("SUPABASE_URL", "http://kong:8000", "http://kong:8000"),
        ("SUPABASE_SECRET_KEYS", f"sb_secret_{'x' * 31}", (f"sb_secret_{'x' * 31}",)),
        (
            "SUPABASE_SECRET_KEYS",
            f'{{"a": "sb_secret_{"x" * 31}", "b": "sb_secret_{"y" * 31}"}}',
            (f"sb_secret_{'x' * 31}", f"sb_secret_{'y' * 31}"),
        ),
        ("DATABASE_URL", "embedded", "embedded"),
    ],
)
def test_a_variable_is_read_as_what_it_means(name: str, value: str, read: object) -> None:
    assert getattr(read_settings({name: value}), name.lower()) == read


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("FUNCTION_TIMEOUT", "soon"),
        ("FUNCTION_TIMEOUT", "0"),
        ("FUNCTION_TIMEOUT", "-1"),
        ("FUNCTION_TIMEOUT", "inf"),
        ("FUNCTION_TIMEOUT", "nan"),
        ("STATEMENT_TIMEOUT", "0.0009"),
        ("STATEMENT_TIMEOUT", "1e-400"),
        ("LOCK_TIMEOUT", "0.0004"),
        ("STATEMENT_TIMEOUT", "2147484"),
        ("MAX_BODY_BYTES", "0"),
        ("MAX_BODY_BYTES", "1e6"),
        ("MAX_BODY_BYTES", "-5"),
        ("PORT", "\N{ARABIC-INDIC DIGIT ONE}"),
        ("PORT", "0"),
        ("PORT", "65536"),
        ("RELAY_ERRORS", "true"),
        ("API_ROLES", "anon;drop"),
        ("SUPABASE_URL", "http://abc.supabase.co"),
        ("SUPABASE_URL", "ftp://abc.supabase.co"),
        ("SUPABASE_URL", "abc.supabase.co"),
        ("SUPABASE_URL", "https://"),
        ("SUPABASE_URL", "http://[::"),
        ("SUPABASE_JWKS_URL", "file:///etc/passwd"),
        ("SUPABASE_PUBLISHABLE_KEYS", f"sb_secret_{'x' * 31}"),
        ("SUPABASE_SECRET_KEYS", f"sb_publishable_{'x' * 31}"),
        ("SUPABASE_SECRET_KEYS", "sb_secret_short"),
        ("SUPABASE_SECRET_KEYS", "{"),
        ("SUPABASE_SECRET_KEYS", '{"a": 1}'),
        ("DATABASE_URL", "mysql://x"),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=f"^{name} "):
        read_settings({name: value})


def test_every_value_that_is_wrong_is_named_at_once() -> None:
    variables = {"PORT": "web", "FUNCTION_TIMEOUT": "soon", "MAX_REQUESTS": "10"}
    with pytest.raises(SettingsError) as error:
        read_settings(variables)
    assert str(error.value).splitlines() == [
        "FUNCTION_TIMEOUT must be a number of seconds from 0.001 to 2147483, not 'soon'.",
        "PORT must be a whole number from 1 to 65535, not 'web'.",
    ]


TIMES = [each.name for each in dataclasses.fields(Settings) if each.metadata["read"] is seconds]


@pytest.mark.parametrize("name", TIMES)
def test_a_time_is_never_rounded_to_none_and_always_fits(name: str) -> None:
    for value in (SHORTEST_SECONDS, 0.0011, 0.0015, LONGEST_SECONDS):
        read = getattr(read_settings({name.upper(): str(value)}), name)
        assert 1 <= round(read * 1000) < 2**31
    for value in (0.0005, SHORTEST_SECONDS / 1.01, LONGEST_SECONDS + 1):
        with pytest.raises(SettingsError, match=r"from 0\.001 to 2147483, not"):
            read_settings({name.upper(): str(value)})


def test_there_are_times_to_be_read() -> None:
    assert {"statement_timeout", "lock_timeout", "connect_timeout"} <= set(TIMES)


def test_no_secret_is_shown() -> None:
    secret = "sb_secret_swordfish_swordfish"  # noqa: S105  # it guards nothing
    shown = read_settings(
        {
            "JWT_SECRET": secret,
            "SUPABASE_SECRET_KEYS": secret,
            "DATABASE_URL": f"postgresql://a:{secret}@b/c",
            "DIRECT_URL": f"postgresql://a:{secret}@b/c",
        }
    )
    assert "swordfish" not in repr(shown)


def test_what_is_refused_is_not_repeated_where_it_is_secret() -> None:
    for name in ("SUPABASE_SECRET_KEYS", "DATABASE_URL"):
        with pytest.raises(SettingsError) as error:
            read_settings({name: "swordfish://swordfish"})
        assert "swordfish" not in str(error.value)


def test_the_example_sets_only_what_there_is() -> None:
    lines = (Path(__file__).parents[2] / ".env.example").read_text("utf-8").splitlines()
    names = {line.partition("=")[0] for line in lines if line and not line.startswith("#")}
    assert names <= {field.name.upper() for field in dataclasses.fields(Settings)}
