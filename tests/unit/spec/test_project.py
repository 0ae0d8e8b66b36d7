from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from assay.errors import InputError
from assay.spec.project import Pipeline, load_pipeline, open_project
from assay.spec.schema.environment import load_environment

from ...expect_errors import missing_data, raises_code, rendered_places

Change = Callable[..., None]
LOCAL = "conf/environments/local.yaml"


def test_a_project_is_found_from_any_folder_inside_it(root: Path) -> None:
    inner = root / "src" / "deep"
    inner.mkdir(parents=True)
    project = open_project(inner)
    assert (project.root, project.home) == (root, root / ".assay")
    assert project.pipelines() == ["trips"]
    assert not (root / ".assay").exists()


def test_the_working_directory_is_where_the_search_begins(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root / "conf")
    assert open_project().root == root


def test_no_project_is_said_with_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ASSAY_PROJECT", raising=False)
    with pytest.raises(InputError) as refused:
        open_project(tmp_path)
    assert rendered_places(refused.value.render()) == [("no-project", "", "")]
    assert missing_data(refused.value.render(), tmp_path, "conf/pipelines", "ASSAY_PROJECT") == []


def test_assay_project_names_the_folder_and_a_wrong_one_is_refused(
    root: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    monkeypatch.setenv("ASSAY_PROJECT", str(root))
    assert open_project(elsewhere).root == root
    monkeypatch.setenv("ASSAY_PROJECT", str(elsewhere))
    with raises_code(InputError, "no-project", "ASSAY_PROJECT", elsewhere, "conf/pipelines"):
        open_project(root)


def test_assay_home_moves_everything_that_runs_leave(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASSAY_HOME", str(tmp_path / "my home"))
    environment = open_project(root).environment
    assert environment.lake == str(tmp_path / "my home" / "lake")
    assert environment.landing == str(tmp_path / "my home")
    assert environment.mlflow_tracking == f"sqlite:///{tmp_path}/my home/mlflow.db"


def test_the_environment_that_the_project_ships_is_read(root: Path) -> None:
    shipped = Path(__file__).parents[3]
    environment = load_environment(shipped, root / "home", "local")
    assert environment.master == "local[*]"
    assert (environment.lake, environment.landing) == (str(root / "home" / "lake"), str(root / "home"))
    assert environment.mlflow_tracking == f"sqlite:///{root}/home/mlflow.db"
    assert environment.mlflow_artifacts == f"{root}/home/mlartifacts"


@pytest.mark.parametrize("name", ["locale", "../environments/local", ""])
def test_an_unknown_environment_is_refused(root: Path, name: str) -> None:
    with raises_code(InputError, "unknown-environment", f"'{name}'", "local") as refused:
        open_project(root, env=name)
    assert "'local'" in refused.value.hint


@pytest.mark.parametrize("name", ["trip", "Trips", "tripps", "trips.yaml"])
def test_an_unknown_pipeline_is_refused_with_the_one_that_was_meant(root: Path, name: str) -> None:
    with pytest.raises(InputError) as refused:
        load_pipeline(open_project(root), name)
    assert rendered_places(refused.value.render()) == [("unknown-pipeline", "", "")]
    assert missing_data(refused.value.render(), f"'{name}'", "'trips'") == []


def test_a_pipeline_outside_of_its_folder_is_unknown(root: Path) -> None:
    with raises_code(InputError, "unknown-pipeline", "../pipelines/trips"):
        load_pipeline(open_project(root), "../pipelines/trips")


def test_spark_settings_are_text_whatever_they_look_like(root: Path, change: Change) -> None:
    change('"local[2]"}', '"local[2]", conf: {spark.ui.enabled: false, spark.x: 2, spark.y: 4g}}', in_=LOCAL)
    assert open_project(root).environment.spark == {"spark.ui.enabled": "false", "spark.x": "2", "spark.y": "4g"}


def test_where_trials_are_fitted_is_the_environments_business(root: Path, change: Change) -> None:
    assert open_project(root).environment.trials is None
    change('"local[2]"}', '"local[2]", trials: executors}', in_=LOCAL)
    assert open_project(root).environment.trials == "executors"
    change("trials: executors", "trials: executor", in_=LOCAL)
    with raises_code(InputError, "unknown-value", f"{LOCAL}:3:37", "spark.trials", "executor", "executors"):
        open_project(root)


@pytest.mark.parametrize(
    "setting",
    [
        "spark.ssl.keyPassword: hunter2", "spark.authenticate.secret: hunter2",
        "spark.hadoop.fs.s3a.access.key: hunter2",
        "spark.hadoop.fs.azure.token: hunter2", "spark.driver.extraJavaOptions: -Dstore.password=hunter2",
    ],
)  # fmt: skip
def test_a_secret_is_refused_and_not_shown(root: Path, change: Change, setting: str) -> None:
    change('"local[2]"}', f'"local[2]", conf: {{{setting}}}}}', in_=LOCAL)
    with raises_code(InputError, "secret", setting.partition(":")[0], "conf/environments/local.yaml:3:36") as refused:
        open_project(root)
    assert "--> conf/environments/local.yaml:3:" in refused.value.render()
    assert "hunter2" not in refused.value.render()


def test_a_password_in_a_uri_is_refused_and_not_shown(root: Path, change: Change) -> None:
    change("sqlite:///${ASSAY_HOME}/mlflow.db", "https://me:hunter2@mlflow.example.org", in_=LOCAL)
    with raises_code(InputError, "secret", "tracking", "conf/environments/local.yaml:4:10") as refused:
        open_project(root)
    assert "hunter2" not in refused.value.render()


def test_a_setting_that_only_names_where_a_secret_is_passes(root: Path, change: Change) -> None:
    setting = (
        "spark.authenticate.secret.file: /run/secret, spark.hadoop.hadoop.security.credential.provider.path: jceks://x"
    )
    change('"local[2]"}', f'"local[2]", conf: {{{setting}}}}}', in_=LOCAL)
    assert len(open_project(root).environment.spark) == 2


def test_a_variable_that_stands_for_nothing_and_a_remote_lake_are_refused(root: Path, change: Change) -> None:
    change("lake: ${ASSAY_HOME}/lake", "lake: ${HOMEE}/lake", in_=LOCAL)
    change("landing: ${ASSAY_HOME}", "landing: s3://name/landing", in_=LOCAL)
    with pytest.raises(InputError) as refused:
        open_project(root)
    shown = refused.value.render()
    assert rendered_places(shown)[0][:2] == ("unknown-variable", "conf/environments/local.yaml:1:9")
    assert missing_data(shown, "${HOMEE}") == []
    assert [code for code, _, _ in rendered_places(shown)] == ["unknown-variable", "remote-place"]
    assert missing_data(shown, "landing") == []


def test_a_comment_another_layout_and_a_default_written_out_change_no_digest(
    change: Change, load: Callable[[], Pipeline]
) -> None:
    sections = ("tables.plan", "features", "gate", "as_of")
    before = load().section_digest(*sections)
    change("# a pipeline that is right", "# another comment\n\n")
    change(
        "gate:\n  fold: 28 days\n  margin: 0.01\n",
        "gate:\n  confidence: 0.95\n  margin: 1e-2\n  fold: '28 days'\n",
    )
    change("    suite: plan\n", "    suite: plan\n    examples: 0\n")  # how many rows are shown changes none of them
    assert load().section_digest(*sections) == before


@pytest.mark.parametrize(
    ("old", "new", "file", "section"),
    [
        ("margin: 0.01", "margin: 0.02", "conf/pipelines/trips.yaml", "gate"),
        ("results: 7 days", "results: 8 days", "conf/pipelines/trips.yaml", "features"),
        ("origin = target", "origin != target", "conf/pipelines/trips.yaml", "tables.plan"),
        ("{name: target, type: string}", "{name: target, type: int}", "conf/schemas/plan.yaml", "tables.plan"),
        ('"plan"', '"plans"', "conf/expectations/plan.json", "tables.plan"),
    ],
)
def test_a_change_of_meaning_changes_the_digest_of_its_section_alone(
    change: Change, load: Callable[[], Pipeline], old: str, new: str, file: str, section: str
) -> None:
    sections = ["tables.plan", "tables.results", "features", "label", "train", "gate", "partition"]
    before = {name: load().section_digest(name) for name in sections}
    change(old, new, in_=file)
    after = {name: load().section_digest(name) for name in sections}
    assert {name for name in sections if before[name] != after[name]} == {section}


def test_a_section_that_there_is_not_is_a_bug_and_raises(load: Callable[[], Pipeline]) -> None:
    with pytest.raises(KeyError):
        load().section_digest("gates")


def test_opening_a_project_reaches_no_heavy_package() -> None:
    heavy = "pyspark mlflow pandas numpy scipy sklearn xgboost great_expectations deltalake matplotlib"
    modules = "assay.spec.project, assay.spec.user_code.functions"
    code = f"import sys, {modules}; print([m for m in {heavy.split()} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_lake_on_hdfs_is_read_with_all_that_reaches_it(root: Path, change: Change) -> None:
    change("lake: ${ASSAY_HOME}/lake", "lake: hdfs://name:8020/lake/\nhdfs: {web: [http://name:9870]}", in_=LOCAL)
    change('"local[2]"}', "yarn, deploy_mode: cluster}\nyarn: {web: [http://rm:8088]}", in_=LOCAL)
    environment = open_project(root).environment
    assert environment.lake == "hdfs://name:8020/lake"
    assert environment.webhdfs == ("http://name:9870",)
    assert environment.resource_manager == ("http://rm:8088",)
    assert (environment.deploy_mode, environment.on_yarn) == ("cluster", True)
    assert environment.staging == "hdfs://name:8020/lake/_assay/staging"


def test_a_lake_on_hdfs_that_nothing_reaches_without_a_jvm_is_refused(root: Path, change: Change) -> None:
    change("lake: ${ASSAY_HOME}/lake", "lake: hdfs://name:8020/lake", in_=LOCAL)
    with raises_code(InputError, "no-web-address", "lake", "conf/environments/local.yaml:1:7") as refused:
        open_project(root)
    assert "conf/environments/local.yaml:" in refused.value.render()


def test_a_keytab_is_named_by_its_path(root: Path, change: Change) -> None:
    change("lake:", 'kerberos: {principal: assay@EXAMPLE.ORG, keytab: "${ASSAY_HOME}/assay.keytab"}\nlake:', in_=LOCAL)
    environment = open_project(root).environment
    assert environment.principal == "assay@EXAMPLE.ORG"
    assert environment.keytab.endswith("/assay.keytab")


def test_a_catalog_is_named_by_its_database_and_its_settings_reach_spark(root: Path, change: Change) -> None:
    assert open_project(root).environment.database == ""
    change("lake:", "catalog: {database: assay, metastore: 'thrift://host:9083'}\nlake:", in_=LOCAL)
    environment = open_project(root).environment
    assert environment.database == "assay"
    assert environment.spark["spark.sql.catalogImplementation"] == "hive"
    assert environment.spark["spark.hadoop.hive.metastore.uris"] == "thrift://host:9083"


def test_a_database_is_named_as_everything_else_is(root: Path, change: Change) -> None:
    change("lake:", "catalog: {database: my base}\nlake:", in_=LOCAL)
    with raises_code(InputError, "bad-name", "catalog.database", "my base"):
        open_project(root)


def test_a_principal_without_a_keytab_is_one_with_a_ticket(root: Path, change: Change) -> None:
    change("lake:", "kerberos: {principal: assay@EXAMPLE.ORG}\nlake:", in_=LOCAL)
    environment = open_project(root).environment
    assert environment.secured
    assert environment.keytab == ""
