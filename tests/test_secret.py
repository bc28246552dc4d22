"""Where secrets are looked up, and that they do not show."""

from collections.abc import Callable
from pathlib import Path

import pytest

from monitor.secret import Secret, SecretMissingError, Secrets, process_secrets, secrets_from, variable

NAME = "slack-syria"
VALUE = "https://hooks.slack.com/services/T0/B0/s3cr3tw3bh00k"


@pytest.fixture(name="credentials")
def _credentials(tmp_path: Path) -> Path:
    folder = tmp_path / "credentials"
    folder.mkdir()
    return folder


@pytest.fixture(name="folder")
def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "secrets"
    folder.mkdir()
    return folder


def in_all_places(credentials: Path, folder: Path) -> Secrets:
    (credentials / NAME).write_text("from credentials")
    (folder / NAME).write_text("from the folder")
    environment = {"CREDENTIALS_DIRECTORY": str(credentials), "SLACK_SYRIA": "from the environment"}
    return secrets_from(environment, folder)


def test_credentials_come_first_then_the_folder_then_the_environment(credentials: Path, folder: Path) -> None:
    secrets = in_all_places(credentials, folder)
    assert secrets.get(NAME).reveal() == "from credentials"
    (credentials / NAME).unlink()
    assert secrets.get(NAME).reveal() == "from the folder"
    (folder / NAME).unlink()
    assert secrets.get(NAME).reveal() == "from the environment"


def test_an_empty_file_counts_as_none(credentials: Path, folder: Path) -> None:
    secrets = in_all_places(credentials, folder)
    (credentials / NAME).write_text(" \n")
    assert secrets.get(NAME).reveal() == "from the folder"


def test_a_secret_is_looked_up_each_time_so_that_it_can_be_rotated(folder: Path) -> None:
    secrets = secrets_from({}, folder)
    (folder / NAME).write_text("old")
    assert secrets.get(NAME).reveal() == "old"
    (folder / NAME).write_text("new")
    assert secrets.get(NAME).reveal() == "new"


@pytest.mark.parametrize("written", [f"{VALUE}\n", f"  {VALUE}\r\n\r\n", f"\ufeff{VALUE}\n"])
def test_what_editors_add_around_a_secret_is_no_part_of_it(folder: Path, written: str) -> None:
    (folder / NAME).write_bytes(written.encode())
    assert secrets_from({}, folder).get(NAME).reveal() == VALUE


def test_a_file_that_cannot_be_read_counts_as_none(credentials: Path, folder: Path) -> None:
    (credentials / NAME).mkdir()
    (folder / NAME).write_bytes(b"\xff\xfe s3cr3t")
    environment = {"CREDENTIALS_DIRECTORY": str(credentials), "SLACK_SYRIA": VALUE}
    assert secrets_from(environment, folder).get(NAME).reveal() == VALUE


def test_a_missing_secret_names_every_way_to_provide_it(folder: Path) -> None:
    with pytest.raises(SecretMissingError) as caught:
        secrets_from({}, folder).get(NAME)
    assert str(caught.value) == (
        f"secret 'slack-syria' is missing; set SLACK_SYRIA, write it to {folder / NAME}, "
        "or give the unit LoadCredential=slack-syria:PATH"
    )


def test_without_a_folder_a_missing_secret_says_how_to_name_one() -> None:
    with pytest.raises(SecretMissingError, match="name a folder for it with 'secrets:'"):
        secrets_from({}, None).get(NAME)


def test_a_missing_secret_tells_nothing_of_the_others(credentials: Path, folder: Path) -> None:
    for place in (credentials, folder):
        (place / "slack-iraq").write_text(VALUE)
        (place / NAME).write_bytes(b"s3cr3t\xff")
    environment = {"CREDENTIALS_DIRECTORY": str(credentials), "SLACK_IRAQ": VALUE, "SLACK_SYRIA": " "}
    with pytest.raises(SecretMissingError) as caught:
        secrets_from(environment, folder).get(NAME)
    assert "s3cr3t" not in f"{caught.value} {caught.value!r}"


@pytest.mark.parametrize("show", [repr, str, "{}".format, "{0!r:>9}".format, ascii])
def test_a_secret_does_not_show_itself(show: Callable[[object], str]) -> None:
    assert "s3cr3t" not in show(Secret(VALUE))
    assert "s3cr3t" not in show([Secret(VALUE)])


def test_the_places_do_not_show_what_is_in_the_environment() -> None:
    secrets = secrets_from({"SLACK_SYRIA": VALUE}, None)
    assert secrets.get(NAME).reveal() == VALUE
    assert "s3cr3t" not in f"{secrets} {secrets!r}"


def test_a_secret_is_the_same_after_it_was_looked_up_again() -> None:
    secrets = secrets_from({"SLACK_SYRIA": VALUE}, None)
    assert secrets.get(NAME) == secrets.get(NAME)
    assert secrets.get(NAME) != Secret("another")


def test_the_process_has_its_own_environment(monkeypatch: pytest.MonkeyPatch, credentials: Path) -> None:
    (credentials / NAME).write_text("from credentials")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))
    monkeypatch.setenv("MAIL_DESK", "from the environment")
    secrets = process_secrets(None)
    assert secrets.get(NAME).reveal() == "from credentials"
    assert secrets.get("mail-desk").reveal() == "from the environment"


def test_the_variable_of_a_secret_is_its_name_in_capitals() -> None:
    assert variable("slack-syria-2") == "SLACK_SYRIA_2"
