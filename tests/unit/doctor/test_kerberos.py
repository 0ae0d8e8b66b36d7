"""The keytab or the ticket: whose, until when, and what is missing; all from bytes, without Kerberos' library."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assay.doctor.kerberos import check_kerberos
from assay.errors import AssayError
from assay.store.hadoop.kerberos_files import cached_tickets, keytab_principals

from .environments import environment_in
from .kerberos_bytes import WRITTEN_BY_JAVA, cache, keytab

NOW = datetime(2026, 11, 30, 3, 0, tzinfo=UTC)
WHO = "assay@EXAMPLE.ORG"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of this user's tickets; it does not exist."""
    file = tmp_path / "tickets"
    monkeypatch.setenv("KRB5CCNAME", f"FILE:{file}")
    return file


def fault(tmp_path: Path, principal: str = WHO, keytab_file: Path | None = None) -> AssayError:
    environment = environment_in(tmp_path, principal=principal, keytab=str(keytab_file or ""))
    with pytest.raises(AssayError) as raised:
        check_kerberos(environment, lambda: NOW)
    return raised.value


def passed(tmp_path: Path, principal: str = WHO, keytab_file: Path | None = None) -> str:
    environment = environment_in(tmp_path, principal=principal, keytab=str(keytab_file or ""))
    return check_kerberos(environment, lambda: NOW).sentence


def test_a_ticket_is_shown_with_its_owner_and_its_end(place: Path, tmp_path: Path) -> None:
    place.write_bytes(cache(WHO, NOW + timedelta(hours=9), renewable=NOW + timedelta(days=7)))
    sentence = passed(tmp_path)
    assert WHO in sentence
    assert "2026-11-30 12:00" in sentence
    assert "2026-12-07 03:00" in sentence


def test_without_a_ticket_the_line_to_type_is_named(place: Path, tmp_path: Path) -> None:
    error = fault(tmp_path)
    assert (error.code, error.exit_code, error.hint) == ("no-ticket", 4, f"kinit {WHO}")
    assert str(place) in error.message


def test_a_ticket_that_has_ended_is_a_fault(place: Path, tmp_path: Path) -> None:
    place.write_bytes(cache(WHO, NOW))
    assert fault(tmp_path).code == "no-ticket"


def test_tickets_for_services_alone_are_no_ticket(place: Path, tmp_path: Path) -> None:
    place.write_bytes(cache(WHO, NOW + timedelta(hours=9), granting=False))
    assert fault(tmp_path).code == "no-ticket"


def test_the_ticket_of_another_user_is_a_mistake(place: Path, tmp_path: Path) -> None:
    place.write_bytes(cache("eva@EXAMPLE.ORG", NOW + timedelta(hours=9)))
    error = fault(tmp_path)
    assert (error.code, error.exit_code) == ("other-principal", 2)


def test_a_cache_that_only_kerberos_reads_is_left_to_its_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KRB5CCNAME", "KCM:1000")
    assert "klist" in passed(tmp_path)


def test_a_keytab_of_the_principal_passes_in_each_of_its_forms(tmp_path: Path) -> None:
    file = tmp_path / "assay.keytab"
    file.write_bytes(keytab("HTTP/host@EXAMPLE.ORG", WHO))
    assert WHO in passed(tmp_path, keytab_file=file)
    assert "assay" in passed(tmp_path, principal="assay", keytab_file=file)


def test_a_keytab_of_another_principal_names_both(tmp_path: Path) -> None:
    file = tmp_path / "assay.keytab"
    file.write_bytes(keytab("eva@EXAMPLE.ORG", deleted=WHO))
    error = fault(tmp_path, keytab_file=file)
    assert (error.code, error.exit_code) == ("no-key", 2)
    assert "eva@EXAMPLE.ORG" in error.message


def test_a_keytab_that_is_missing_or_torn_is_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "assay.keytab"
    assert fault(tmp_path, keytab_file=file).code == "no-keytab"
    file.write_bytes(keytab(WHO)[:-3])
    assert fault(tmp_path, keytab_file=file).code == "no-key"


def test_a_cache_that_java_wrote_is_read() -> None:
    owner, [ticket] = cached_tickets(WRITTEN_BY_JAVA)
    assert (owner, ticket.principal, ticket.is_granting) == (WHO, WHO, True)
    assert ticket.ends == datetime(2025, 11, 30, 13, 0, tzinfo=UTC)
    assert ticket.renewable_until == datetime(2025, 12, 7, 3, 0, tzinfo=UTC)


def test_every_torn_file_is_refused_and_none_is_read_in_part() -> None:
    whole = cache(WHO, NOW)
    for length in range(len(whole)):
        tickets = []
        try:
            tickets = cached_tickets(whole[:length])[1]
        except ValueError:
            continue
        assert tickets == [], "only a cache that ends between two tickets is read"
    with pytest.raises(ValueError, match="keytab"):
        keytab_principals(whole)


def test_without_a_principal_there_is_nothing_to_look_at(tmp_path: Path) -> None:
    assert passed(tmp_path, principal="").startswith("none")
