"""The memory of the gate in the lake: a dense sequence of states, each with the training that it judged."""

from __future__ import annotations

from dataclasses import dataclass

from assay.core.decisions.looks.gate_state import GateState
from assay.core.model_versions import ModelVersion
from assay.errors import LostRace
from assay.store.filesystem.atomic import safe_name
from assay.store.filesystem.document_format import DocumentFormat
from assay.store.filesystem.storage_path import StoragePath
from assay.store.ledger.sequence import Sequence
from assay.store.users import now_utc


@dataclass(frozen=True, slots=True)
class JudgedState:
    """The states before and after the judgement of a training by a run of the gate.

    A training that is judged again against the same champion, after a kill or by force, starts from the same `before`.
    So no look and no error is spent twice. Against another `champion` it starts from `after`, since what was spent
    decided something.
    """

    number: int
    training: str
    champion: ModelVersion | None
    run_id: str
    at: str
    before: GateState | None
    after: GateState


GATE_STATE_FORMAT = DocumentFormat("gate-state", 1, JudgedState)


class GateStates:
    """The states of one pipeline's gate, in `_assay/<pipeline>/looks`."""

    def __init__(self, lake: StoragePath, pipeline: str) -> None:
        self._sequence = Sequence(lake / "_assay" / safe_name(pipeline, "a pipeline") / "looks")

    def history(self) -> list[JudgedState]:
        """Return every judgement, oldest first."""
        return self._sequence.read_as(GATE_STATE_FORMAT)

    def current(self) -> GateState | None:
        """Return the state as it is now, None before the first judgement."""
        history = self.history()
        return history[-1].after if history else None

    def before(self, training: str, champion: ModelVersion | None) -> GateState | None:
        """Return the state from which a training is judged against a champion.

        It is that before the last judgement if this was the same one, and otherwise that after it.
        """
        history = self.history()
        if not history:
            return None
        last = history[-1]
        return last.before if (last.training, last.champion) == (training, champion) else last.after

    def write(self, training: str, champion: ModelVersion | None, run_id: str, after: GateState) -> int:
        """Write the state after the judgement of a training, and return its number; the caller holds the gate's lock.

        Where the last document is the same, of the same training, as after a kill, nothing is written.

        Raises:
            LostRace: Another process judged meanwhile.
        """
        self._sequence.sweep()
        history = self.history()
        before, number = self.before(training, champion), len(history) + 1
        if history and (history[-1].training, history[-1].champion, history[-1].after) == (training, champion, after):
            return number - 1
        state = JudgedState(number, training, champion, run_id, now_utc(), before, after)
        if not self._sequence.create(number, GATE_STATE_FORMAT.document(state)):
            raise LostRace(
                f"another gate judged meanwhile, as number {number} of {self._sequence.folder}",
                code="lost-race",
                hint="run the gate again",
            )
        return number
