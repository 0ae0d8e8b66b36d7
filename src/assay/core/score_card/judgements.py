"""Short forms for the judgements and their evidence."""

from __future__ import annotations

from assay.core.score_card.card import CardEvidence, CardJudgement, CardState, EvidenceKind


def passed(sentence: str, *evidence: CardEvidence) -> CardJudgement:
    """Return the judgement of a test that passed."""
    return CardJudgement(CardState.PASSED, sentence, evidence)


def failed(sentence: str, *evidence: CardEvidence, todo: str = "") -> CardJudgement:
    """Return the judgement of a test that failed."""
    return CardJudgement(CardState.FAILED, sentence, evidence, todo)


def not_yet(sentence: str, *evidence: CardEvidence, todo: str = "") -> CardJudgement:
    """Return the judgement of a test that what is stored does not decide yet."""
    return CardJudgement(CardState.NOT_YET, sentence, evidence, todo)


def run(run_id: str) -> CardEvidence:
    """Return a run of the ledger as evidence."""
    return CardEvidence(EvidenceKind.RUN, run_id)


def verdict(run_id: str) -> CardEvidence:
    """Return the verdict of a run as evidence."""
    return CardEvidence(EvidenceKind.VERDICT, run_id)


def version(number: int) -> CardEvidence:
    """Return a registered version as evidence."""
    return CardEvidence(EvidenceKind.VERSION, str(number))


def file(path: str) -> CardEvidence:
    """Return a file of the project as evidence, by its path from the project's folder."""
    return CardEvidence(EvidenceKind.FILE, path)


def document(name: str) -> CardEvidence:
    """Return a document of the lake as evidence."""
    return CardEvidence(EvidenceKind.DOCUMENT, name)


def command(line: str) -> CardEvidence:
    """Return a command that prints the evidence."""
    return CardEvidence(EvidenceKind.COMMAND, line)


def table(place: str) -> CardEvidence:
    """Return a table of the lake as evidence, such as 'clean/flights'."""
    return CardEvidence(EvidenceKind.TABLE, place)


def promotion(number: int) -> CardEvidence:
    """Return a promotion as evidence."""
    return CardEvidence(EvidenceKind.PROMOTION, str(number))
