"""Assay's errors for what Java's and MIT's Kerberos report of a ticket or a keytab."""

from __future__ import annotations

import re

from assay.core.operations.hadoop_errors import hadoop_fault
from assay.errors import AssayError, InfrastructureError, InputError

NO_TICKET = "run 'kinit', or name 'kerberos: {principal, keytab}' in the environment"

_OF_THE_KEYTAB = (
    (
        r"Unable to obtain password from user|contains no suitable keys|Unsupported key table format",
        "the keytab {keytab} holds no key of {principal}",
        "no-key",
    ),
    (
        r"Pre-?[Aa]uthentication|Checksum failed|not found in Kerberos database|[Ii]ntegrity check",
        "Kerberos takes the keytab {keytab} no longer or not for {principal} ({match})",
        "refused-keytab",
    ),
)
_UNREACHABLE = (
    r"Cannot contact any KDC[^\n]*|Cannot (?:locate|find) KDC[^\n]*|LoginException[^\n]*(?:Receive timed out|"
    r"Connection refused|ICMP Port Unreachable|default realm)"
)


def auth_error(refusal_text: str, principal: str, keytab: str) -> AssayError:
    """The error for a login or a token that was refused with this text.

    It is an InputError for a mistake in the environment, and an InfrastructureError for a fault of the cluster.

    >>> text = "LoginException: Unable to obtain password from user"
    >>> auth_error(text, "assay@EXAMPLE.ORG", "/etc/assay.keytab").message
    'the keytab /etc/assay.keytab holds no key of assay@EXAMPLE.ORG'
    >>> auth_error(text, "assay@EXAMPLE.ORG", "").exit_code
    4
    """
    for pattern, message, code in _OF_THE_KEYTAB if keytab else ():
        if match := re.search(pattern, refusal_text):
            text = message.format(keytab=keytab, principal=principal, match=match[0])
            return InputError(text, code=code, hint="ask the Kerberos administrator for a new keytab of that principal")
    if match := re.search(_UNREACHABLE, refusal_text):
        return InfrastructureError(
            f"the centre that gives out Kerberos tickets does not answer ({match[0]})",
            code="no-kdc",
            hint="is it running, and does krb5.conf name it? Run again",
        )
    if fault := hadoop_fault(refusal_text):
        return fault
    first = (refusal_text.splitlines() or ["no reason given"])[0]
    return InfrastructureError(f"the cluster gives this process no access: {first}", code="no-ticket", hint=NO_TICKET)
