"""The settings: nothing secret has a default or shows itself, and production is never a sandbox."""

from datetime import timedelta
from typing import get_args

import pytest
import typer
from pydantic import SecretStr, ValidationError

from infra.command_line import plain_errors
from infra.settings import Environment, Settings
from tests.sample_settings import ENVIRONMENT, OPTIONAL, SECRETS, fields_of, read_settings

OURS = {"DATABASE", "PREFECT"}
REQUIRED = sorted(set(ENVIRONMENT) - {"RENEWAL_ENVIRONMENT", "RENEWAL_STORE__ACCESS_KEY", "RENEWAL_STORE__SECRET_KEY"})
ADDRESSES = sorted(each for each in REQUIRED if each.endswith("_URL") and each.split("_")[1] not in OURS)


def test_no_secret_has_a_default() -> None:
    secrets = {
        name: field
        for name, field in fields_of(Settings)
        if SecretStr in {field.annotation, *get_args(field.annotation)}
    }
    assert len(secrets) == len(SECRETS)
    for name, field in secrets.items():
        assert field.is_required() or field.default is None, name


def test_what_sounds_secret_is_typed_so_that_it_hides() -> None:
    for name, field in fields_of(Settings):
        if any(word in name for word in ("password", "token", "key", "secret", "database_url")):
            assert SecretStr in {field.annotation, *get_args(field.annotation)}, name


def test_secrets_do_not_show_in_any_text_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_settings(monkeypatch)
    for text in (repr(settings), str(settings), settings.model_dump_json(), repr(settings.model_dump())):
        assert "hush" not in text.lower()
    assert settings.knet.resource_key.get_secret_value() == "HUSHRESOURCEKEY1"


def test_secrets_do_not_show_in_the_error_when_another_setting_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    for wrong in ({"RENEWAL_WORKER__SLOTS": "none"}, {"RENEWAL_PUBLIC_URL": "http://renewal.example"}):
        with pytest.raises(ValidationError) as refused:
            read_settings(monkeypatch, **wrong)
        assert "hush" not in str(refused.value).lower()


@pytest.mark.parametrize("variable", REQUIRED)
@pytest.mark.parametrize("given", [None, ""], ids=["absent", "empty"])
def test_a_setting_that_is_needed_must_be_given(
    variable: str, given: str | None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as left, plain_errors():
        read_settings(monkeypatch, **{variable: given})
    assert left.value.exit_code == 2
    assert f"{variable}; see .env.example" in capsys.readouterr().err


@pytest.mark.parametrize("variable", ADDRESSES)
def test_production_refuses_an_address_without_encryption(variable: str, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = ENVIRONMENT[variable].replace("https://", "http://")
    with pytest.raises(ValidationError, match="must be https"):
        read_settings(monkeypatch, **{variable: plain})
    assert read_settings(monkeypatch, RENEWAL_ENVIRONMENT="local", **{variable: plain})


@pytest.mark.parametrize("variable", ADDRESSES)
@pytest.mark.parametrize("host", ["127.0.0.1:8090", "localhost"])
def test_production_refuses_the_sandbox(variable: str, host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError, match="no bank and no registry"):
        read_settings(monkeypatch, **{variable: f"https://{host}/kpg"})


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.2", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1", "0.0.0.0", "0",  # noqa: S104
        "[::1]", "[0:0:0:0:0:0:0:1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:2]", "[::ffff:0.0.0.0]",
        "LOCALHOST.", "sandbox.localhost", "127.0.0.1.", "user@127.1", "",
    ],
)  # fmt: skip
def test_production_knows_this_machine_however_it_is_written(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError, match="no bank and no registry"):
        read_settings(monkeypatch, RENEWAL_KNET__PAGE_URL=f"https://{host}:8090/kpg")


@pytest.mark.parametrize(
    "host", ["kpay.com.kw", "10.1.2.3", "128.0.0.1", "2147483649", "[2001:db8::1]", "[::ffff:10.1.2.3]", "127.example",
             "localhost.example", "بنك.example"],
)  # fmt: skip
def test_production_takes_another_machine(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings(monkeypatch, RENEWAL_KNET__PAGE_URL=f"https://{host}/kpg")


def test_the_command_line_says_what_production_wants(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit), plain_errors():
        read_settings(monkeypatch, RENEWAL_PUBLIC_URL="http://renewal.example")
    assert "production: the gateways' and registries' addresses and RENEWAL_PUBLIC_URL must be https" in (
        capsys.readouterr().err
    )


def test_tap_is_chosen_only_with_its_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    without = {name: None for name in ENVIRONMENT if name.startswith(OPTIONAL)}
    assert read_settings(monkeypatch, **without).tap is None
    with pytest.raises(ValidationError, match="RENEWAL_TAP__API_URL and its neighbours must be set"):
        read_settings(monkeypatch, RENEWAL_GATEWAY="tap", **without)
    assert read_settings(monkeypatch, RENEWAL_GATEWAY="tap").tap is not None


def test_taps_page_is_closed_before_an_attempt_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    assert read_settings(monkeypatch, RENEWAL_GATEWAY="tap", RENEWAL_TAP__EXPIRY_MINUTES="45")
    with pytest.raises(ValidationError, match="must not be longer than PAGE_TTL and GRACE"):
        read_settings(monkeypatch, RENEWAL_GATEWAY="tap", RENEWAL_TAP__EXPIRY_MINUTES="46")


def test_a_misspelt_setting_of_a_group_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ValidationError, match="Extra inputs"):
        read_settings(monkeypatch, RENEWAL_PAYMENTS__PAGE_TIL="PT1M")


def test_times_are_read_as_iso_durations_and_settings_do_not_change(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_settings(monkeypatch, RENEWAL_PAYMENTS__PAGE_TTL="PT12S")
    assert settings.payments.page_ttl == timedelta(seconds=12)
    assert settings.environment is Environment.PRODUCTION
    with pytest.raises(ValidationError, match="frozen"):
        settings.payments.page_ttl = timedelta(0)  # type: ignore[misc]
