"""The commands of `assay`: their groups in the help, where each is defined, and an example of each."""

from __future__ import annotations

GROUPS = {
    "Write a pipeline": {
        "init": "start.init:init_command",
        "profile": "project:profile",
        "check": "project:check",
        "schema": "project:schema",
    },
    "Run the loop": {
        "run": "plan:run_command",
        "plan": "plan:plan_command",
        "land": "stages:land_command",
        "clean": "stages:clean_command",
        "validate": "stages:validate_command",
        "train": "stages:train_command",
        "gate": "stages:gate_command",
        "score": "stages:score_command",
        "monitor": "stages:monitor_command",
    },
    "Look at what happened": {
        "status": "overview.status:status",
        "explain": "explain.explain:explain",
        "report": "status:report",
        "summary": "overview.summary:summary_command",
        "budget": "status:budget_command",
        "models": "overview.models:models",
        "score-card": "overview.score_card:score_card_command",
        "runs": "overview.runs:runs_command",
        "lineage": "overview.lineage:lineage_command",
        "landing-status": "landing:landing_status_command",
        "help": "terminal.help:help_command",
    },
    "Decide": {
        "promote": "promotions:promote_command",
        "decline": "promotions:decline_command",
        "rollback": "promotions:rollback_command",
        "pause": "promotions:pause_command",
        "resume": "promotions:resume_command",
        "release": "promotions:release_command",
        "quarantine": "repairs.replay:quarantine_command",
        "replay": "repairs.replay:replay_command",
        "own": "promotions:own_command",
    },
    "Operate": {
        "submit": "submit:submit_command",
        "submission": "submission:submission_group",
        "upload": "landing:upload_command",
        "maintain": "maintenance:maintain_command",
        "notify": "maintenance:notify_command",
        "doctor": "doctor:doctor_command",
        "preflight": "doctor:preflight_command",
        "completion": "terminal.completion:completion_command",
    },
}
"""Each group's title, and its commands with module and attribute below `assay.cli.commands`."""

COMMANDS = {name: place for commands in GROUPS.values() for name, place in commands.items()}

_DAYS = "--from 2024-02-01 --to 2024-02-08"
EXAMPLES: dict[str, tuple[str, ...]] = {
    "init": (
        "assay init bakery --example",
        "assay init shops --from sales.csv --label sold --yes",
        'assay init shops --from landing/sales --label "empty=left = 0" --key shop --timezone Europe/Berlin',
    ),
    "profile": ("assay profile parcels.csv --table parcels --write",),
    "check": ("assay check parcels",),
    "schema": ("assay schema",),
    "run": (
        f"assay run parcels {_DAYS}",
        f"assay run parcels {_DAYS} --select land..validate",
        f"assay run --all {_DAYS}",
    ),
    "plan": (f"assay plan parcels {_DAYS}", f"assay plan --all {_DAYS}"),
    "land": (f"assay land parcels {_DAYS}",),
    "clean": (f"assay clean parcels {_DAYS} --table deliveries",),
    "validate": (f"assay validate parcels {_DAYS} --rescan",),
    "train": ("assay train parcels --date 2024-02-08",),
    "gate": (
        "assay gate parcels --date 2024-02-08",
        "assay gate parcels --date 2024-02-08 --propose",
        "assay gate parcels --replay gate-20240208T031500-1a2b3c",
    ),
    "score": (f"assay score parcels {_DAYS}", "assay score parcels --replace 4"),
    "monitor": (f"assay monitor parcels {_DAYS}", f"assay monitor parcels {_DAYS} --backtest"),
    "status": ("assay status", "assay status parcels", "assay status parcels --json"),
    "explain": (
        "assay explain train-20240208T031500-1a2b3c",
        "assay explain parcels 2024-02-08",
        "assay explain parcels deliveries",
        "assay explain parcels --version 4",
        "assay explain parcels --key parcel=17 --date 2024-02-08",
        "assay explain parcels --key parcel=17 --date 2024-02-08 --html",
    ),
    "report": ("assay report parcels",),
    "summary": ("assay summary parcels", "assay summary parcels --date 2024-02-08 --format csv"),
    "budget": ("assay budget parcels", "assay budget parcels --date 2024-02-08"),
    "models": (
        "assay models",
        "assay models parcels",
        "assay models parcels --at 2024-02-05",
        "assay models parcels --age",
    ),
    "score-card": ("assay score-card parcels",),
    "runs": ("assay runs", "assay runs parcels --limit 50", "assay runs parcels --stage clean --json"),
    "lineage": (f"assay lineage parcels {_DAYS}", "assay lineage parcels --send"),
    "landing-status": ("assay landing-status parcels --date 2024-02-08",),
    "help": ("assay help not-landed", "assay help score"),
    "promote": (
        'assay promote parcels 7 --reason "better on the new depot"',
        "assay promote parcels --date 2024-02-08",
        'assay promote parcels --date 2024-02-08 --override boosted --expires 2024-03-31 --reason "the depot moved"',
    ),
    "decline": ('assay decline parcels --date 2024-02-08 --reason "a week with a strike"',),
    "rollback": (
        'assay rollback parcels --reason "odd scores since noon"',
        'assay rollback parcels --to 3 --reason "the last one before the new feature"',
        'assay rollback parcels --rescore --reason "its scores of this week are wrong"',
    ),
    "pause": ('assay pause parcels --reason "the source sends half of its rows"',),
    "resume": ('assay resume parcels --reason "the source is repaired"',),
    "release": ('assay release parcels deliveries --date 2024-02-08 --reason "a holiday"',),
    "quarantine": (
        "assay quarantine parcels --table deliveries --date 2024-02-08 --to refused.jsonl",
        "assay quarantine parcels --table deliveries --date 2024-02-08 --reason malformed --to refused.jsonl",
    ),
    "replay": (
        'assay replay parcels refused.jsonl --table deliveries --date 2024-02-08 --reason "a stray quote"',
        'assay replay parcels --undo --table deliveries --date 2024-02-08 --reason "the source has sent it again"',
    ),
    "own": ('assay own deliveries --pipeline parcels --reason "the team moved"',),
    "submit": (
        "assay submit score --pipeline parcels --env cluster --date 2024-02-08",
        "assay submit run --pipeline parcels --env cluster --date 2024-02-08 -- --queue nightly",
    ),
    "submission status": ("assay submission status assay-parcels-score-0123456789ab --pipeline parcels",),
    "submission cancel": ("assay submission cancel assay-parcels-score-0123456789ab",),
    "upload": ("assay upload parcels parcels.csv --date 2024-02-08",),
    "maintain": ("assay maintain parcels",),
    "notify": ("assay notify", "assay notify --test --env cluster"),
    "doctor": ("assay doctor --env cluster",),
    "preflight": ("assay preflight parcels --env cluster",),
    "completion": ("assay completion bash",),
}
"""Command lines by the full name of their command; its help shows them. A test parses each."""


def examples_text(name: str) -> str:
    """Return the examples of a command as the end of its help, empty for a command without any."""
    lines = "\n".join(f"  {line}" for line in EXAMPLES.get(name, ()))
    return f"\b\nExamples:\n{lines}" if lines else ""
