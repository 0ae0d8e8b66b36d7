"""The page of the ML Test Score: the tests by section, with links to the pages of their evidence."""

from __future__ import annotations

from dataclasses import dataclass

from assay.core.score_card.card import CardEvidence, CardRow, EvidenceKind
from assay.core.score_card.catalog import Section
from assay.stages.reporting.links import decision_page, version_page
from assay.stages.reporting.pipeline_page import PipelineReport

SECTION_TITLES = {
    Section.DATA: "Features and data",
    Section.MODEL: "Model development",
    Section.INFRASTRUCTURE: "Infrastructure",
    Section.MONITORING: "Monitoring",
}


@dataclass(frozen=True, slots=True)
class LinkedEvidence:
    """A piece of evidence with the page that shows it (empty without one) and the command that prints it."""

    kind: EvidenceKind
    name: str
    link: str
    command: str


@dataclass(frozen=True, slots=True)
class SectionPart:
    """A section of the page: its title, its points, and its rows with their evidence."""

    title: str
    points: float
    rows: tuple[tuple[CardRow, tuple[LinkedEvidence, ...]], ...]


def score_card_page(report: PipelineReport) -> tuple[SectionPart, ...]:
    """Return the sections of the page of a pipeline."""
    pages = {(EvidenceKind.VERDICT, gate.run_id): decision_page(gate.run_id) for gate in report.gates}
    pages |= {(EvidenceKind.VERSION, str(one.version)): version_page(one.version) for one in report.versions}
    card = report.score_card
    return tuple(
        SectionPart(
            SECTION_TITLES[section],
            card.sections[section],
            tuple((row, tuple(_linked(one, pages) for one in row.rests_on)) for row in card.of(section)),
        )
        for section in Section
    )


def _linked(one: CardEvidence, pages: dict[tuple[EvidenceKind, str], str]) -> LinkedEvidence:
    explained = one.kind in (EvidenceKind.RUN, EvidenceKind.VERDICT)
    command = f"assay explain {one.name}" if explained else ""
    return LinkedEvidence(one.kind, one.name, pages.get((one.kind, one.name), ""), command)
