"""Kerberos: the keytab or the ticket of this user, for whom it is, and until when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from assay.doctor.check_line import PassedCheck
from assay.errors import InfrastructureError, InputError
from assay.spec.schema.environment import Environment
from assay.store.hadoop.kerberos_files import cache_place, cached_tickets, keytab_principals


def check_kerberos(environment: Environment, now: Callable[[], datetime] | None = None) -> PassedCheck:
    """Return the identity with which this process acts on the cluster, without a request to any service.

    Raises:
        InputError: The keytab is missing, cannot be read, or has no key of the principal.
        InfrastructureError: There is no ticket, or it has expired.
    """
    if not environment.secured:
        return PassedCheck("none: the environment names no principal")
    if environment.keytab:
        return _keytab(environment)
    return _ticket(environment.principal, (now or _now)())


def _keytab(environment: Environment) -> PassedCheck:
    from assay.spark.cluster.jvm_tokens import check_keytab

    check_keytab(environment.keytab)
    try:
        principals = keytab_principals(Path(environment.keytab).read_bytes())
    except ValueError as error:
        raise InputError(
            f"the keytab {environment.keytab} cannot be read: {error}",
            code="no-key",
            hint=f"'klist -k {environment.keytab}' shows its keys; the Kerberos administrator makes a new one",
        ) from None
    realms = {name.partition("@")[0]: name for name in principals}
    if environment.principal not in principals and environment.principal not in realms:
        raise InputError(
            f"the keytab {environment.keytab} holds no key of {environment.principal}, only of {', '.join(principals)}",
            code="no-key",
            hint="correct 'kerberos: {principal}' of the environment, or take the keytab of that principal",
        )
    return PassedCheck(f"{environment.principal} by the keytab {environment.keytab}, which does not expire")


def _ticket(principal: str, now: datetime) -> PassedCheck:
    kind, place = cache_place()
    kinit = f"kinit {principal}"
    if kind != "FILE":
        hint = "'klist' shows it"
        return PassedCheck(
            f"the tickets are in a cache of the kind {kind}, which only Kerberos' programs read ({hint})"
        )
    try:
        owner, tickets = cached_tickets(Path(place).read_bytes())
    except FileNotFoundError:
        raise InfrastructureError(
            f"there is no Kerberos ticket: {place} is missing", code="no-ticket", hint=kinit
        ) from None
    except ValueError as error:
        raise InfrastructureError(
            f"the tickets in {place} cannot be read: {error}", code="no-ticket", hint=kinit
        ) from None
    granting = max((one for one in tickets if one.is_granting), key=lambda one: one.ends, default=None)
    if granting is None or granting.ends <= now:
        ended = f"ended at {_shown(granting.ends)}" if granting else "is missing"
        raise InfrastructureError(f"the Kerberos ticket of {owner} {ended}", code="no-ticket", hint=kinit)
    if owner.partition("@")[0] != principal.partition("@")[0]:
        hint = f"{kinit}, or correct 'kerberos: {{principal}}' of the environment"
        message = f"the ticket is for {owner}, and the environment names {principal}"
        raise InputError(message, code="other-principal", hint=hint)
    renewal = f", renewable until {_shown(granting.renewable_until)}" if granting.renewable_until else ""
    return PassedCheck(f"{owner} by a ticket until {_shown(granting.ends)}{renewal}")


def _shown(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%d %H:%M UTC")


def _now() -> datetime:
    return datetime.now(UTC)
