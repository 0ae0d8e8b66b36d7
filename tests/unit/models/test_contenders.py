from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from sklearn.metrics import roc_auc_score

from assay.core.profiles.table_profile import TableProfile
from assay.errors import InfrastructureError, InputError, NothingToLearn
from assay.models.estimators.serialization import to_bytes
from assay.models.training.contenders import FittedContender
from assay.models.training.date_split import split_by_date

from ...expect_errors import missing_data, raises_code

Fit = Callable[..., list[FittedContender]]


def test_the_contenders_come_simplest_first(contenders: dict[str, FittedContender]) -> None:
    order = [(c.name, c.kind, c.complexity) for c in contenders.values()]
    assert order == [
        ("constant", "constant", 0), ("linear", "linear", 2), ("boosted", "candidate", 3), ("forest", "candidate", 4),
    ]  # fmt: skip


def test_the_constant_predicts_the_base_rate_of_the_labelled_rows(
    contenders: dict[str, FittedContender], flights: pa.Table
) -> None:
    rate = pc.mean(pc.cast(flights["late"].drop_null(), pa.float64())).as_py()
    scores = contenders["constant"].score(flights)
    assert scores.shape == (flights.num_rows,)
    assert scores == pytest.approx(rate)
    assert contenders["constant"].validation == 0.5


def test_every_contender_with_features_beats_the_constant_on_what_depends_on_them(
    contenders: dict[str, FittedContender], flights: pa.Table
) -> None:
    known = flights.filter(pc.is_valid(flights["late"]))
    truth = known["late"].to_numpy()
    for name in ("linear", "boosted", "forest"):
        assert contenders[name].validation > 0.6
        assert roc_auc_score(truth, contenders[name].score(known)) > 0.7


def test_a_rerun_gives_the_same_model_byte_for_byte_whatever_the_order_of_the_rows(
    fit: Fit, flights: pa.Table, contenders: dict[str, FittedContender]
) -> None:
    shuffled = flights.take(np.random.default_rng(1).permutation(flights.num_rows))
    for frame in (flights, shuffled, pa.Table.from_batches(shuffled.to_batches(max_chunksize=100))):
        again = {fitted.name: fitted for fitted in fit(frame)}
        assert to_bytes(again["boosted"].estimator, "")[1] == to_bytes(contenders["boosted"].estimator, "")[1]
        assert [t.parameters for t in again["boosted"].trials] == [t.parameters for t in contenders["boosted"].trials]
        np.testing.assert_array_equal(again["linear"].score(flights), contenders["linear"].score(flights))


def test_without_an_order_the_rows_are_sorted_by_all_they_hold(fit: Fit, flights: pa.Table) -> None:
    shuffled = flights.take(np.random.default_rng(1).permutation(flights.num_rows))
    models = [to_bytes(fit(frame, order=[], trials=1)[2].estimator, "")[1] for frame in (flights, shuffled)]
    assert models[0] == models[1]


def test_another_seed_gives_another_model(fit: Fit, flights: pa.Table, contenders: dict[str, FittedContender]) -> None:
    other = fit(flights, seed=8)[2]
    assert to_bytes(other.estimator, "")[1] != to_bytes(contenders["boosted"].estimator, "")[1]


def test_the_number_of_cores_has_no_part_in_the_model(
    fit: Fit, flights: pa.Table, contenders: dict[str, FittedContender], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 1)
    assert to_bytes(fit(flights)[2].estimator, "")[1] == to_bytes(contenders["boosted"].estimator, "")[1]


def test_the_best_trial_is_the_one_that_is_fitted(contenders: dict[str, FittedContender]) -> None:
    boosted = contenders["boosted"]
    assert [trial.number for trial in boosted.trials] == [0, 1, 2, 3]
    best = max(boosted.trials, key=lambda trial: trial.value)
    assert boosted.validation == best.value
    assert boosted.parameters == best.parameters
    assert boosted.estimator.get_params()["n_estimators"] == best.parameters["n_estimators"]


def test_a_metric_that_should_be_low_is_minimised(fit: Fit, flights: pa.Table) -> None:
    boosted = fit(flights, metric="log_loss")[2]
    assert boosted.validation == min(trial.value for trial in boosted.trials)


def test_what_is_tuned_never_sees_the_validation_block(
    fit: Fit, flights: pa.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sklearn.naive_bayes import GaussianNB

    seen: list[int] = []
    fit_itself = GaussianNB.fit

    def watched(self: Any, matrix: Any, labels: Any) -> Any:
        seen.append(len(matrix))
        return fit_itself(self, matrix, labels)

    monkeypatch.setattr(GaussianNB, "fit", watched)
    known = flights.filter(pc.is_valid(flights["late"]))
    before = pc.sum(pc.less(known["flight_date"], pa.scalar(date(2013, 1, 16)))).as_py()
    fit(flights, candidates={"watched": lambda _trial: GaussianNB()}, trials=1)
    assert seen == [before, len(known)]


def test_an_estimator_that_cannot_be_stored_is_refused_before_it_is_fitted(fit: Fit, flights: pa.Table) -> None:
    from sklearn.linear_model import LogisticRegression

    seen: list[int] = []

    class Own(LogisticRegression):
        def fit(self, matrix: Any, labels: Any) -> Any:
            seen.append(len(matrix))
            return super().fit(matrix, labels)

    with pytest.raises(InputError) as refusal:
        fit(flights, candidates={"own": lambda _trial: Own()}, trials=1)
    assert refusal.value.code == "unsafe-model"
    assert "Own" in refusal.value.message
    assert seen == []


def test_one_estimator_for_several_trials_is_refused(fit: Fit, flights: pa.Table) -> None:
    from sklearn.naive_bayes import GaussianNB

    shared = GaussianNB()
    with pytest.raises(InputError) as refusal:
        fit(flights, candidates={"shared": lambda _trial: shared}, trials=2, batch=2)
    assert refusal.value.code == "candidate-type"


def test_memory_that_runs_out_in_a_fit_is_no_mistake_of_the_candidate(
    fit: Fit, flights: pa.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    from sklearn.naive_bayes import GaussianNB

    def full(*_: Any) -> Any:
        raise MemoryError

    monkeypatch.setattr(GaussianNB, "fit", full)
    with pytest.raises(InfrastructureError) as refusal:
        fit(flights, candidates={"large": lambda _trial: GaussianNB()}, trials=1)
    assert refusal.value.exit_code == 4


def test_the_validation_block_is_the_last_dates_and_unlabelled_rows_are_left_out(flights: pa.Table) -> None:
    split = split_by_date(flights, ["distance"], "late", "flight_date", 5)
    assert split.first == date(2013, 1, 16)
    assert len(split.labels) == flights.num_rows - flights["late"].null_count == split.frame.num_rows
    dates = np.asarray(split.frame["flight_date"])
    assert (dates[split.validation] >= np.datetime64("2013-01-16")).all()
    assert (dates[~split.validation] < np.datetime64("2013-01-16")).all()


@pytest.mark.parametrize(("value", "never", "only"), [(False, "positive", "negative"), (True, "negative", "positive")])
def test_a_label_with_one_class_is_refused_saying_so(
    fit: Fit, flights: pa.Table, value: bool, never: str, only: str
) -> None:
    same = flights.drop_columns("late").append_column("late", pa.array([value] * flights.num_rows))
    with raises_code(NothingToLearn, "one-class", "late", 20, "1,200", never, only):
        fit(same)


def test_a_validation_block_with_one_class_is_refused(fit: Fit, flights: pa.Table) -> None:
    late = pc.and_(flights["late"], pc.less(flights["flight_date"], pa.scalar(date(2013, 1, 16))))
    with raises_code(NothingToLearn, "one-class", "late", "2013-01-16", "2013-01-20", 289):
        fit(flights.drop_columns("late").append_column("late", late))


def test_a_window_without_labels_is_refused(fit: Fit, flights: pa.Table) -> None:
    none = flights.drop_columns("late").append_column("late", pa.nulls(flights.num_rows, pa.bool_()))
    with raises_code(NothingToLearn, "short-window", 0, 5):
        fit(none)


def test_a_window_too_short_to_split_is_refused(fit: Fit, flights: pa.Table) -> None:
    with raises_code(NothingToLearn, "short-window", 20):
        fit(flights, validation_days=20)


@pytest.mark.parametrize(
    ("label", "named"),
    [
        (pa.array([0, 2] * 600), [0, 1]),
        (pa.array(["yes", "no"] * 600), ["string"]),
        (pa.array([0.0, 1.0] * 600), ["double"]),
    ],
)
def test_a_label_that_is_not_true_or_false_is_refused(
    fit: Fit, flights: pa.Table, label: pa.Array, named: list[object]
) -> None:
    with raises_code(InputError, "label-type", "late", *named):
        fit(flights.drop_columns("late").append_column("late", label))


def test_features_that_all_say_nothing_are_refused(fit: Fit, flights: pa.Table) -> None:
    with raises_code(InputError, "no-features", "dead", 7):
        fit(flights, features=["dead"])


def test_a_constant_feature_is_noted(contenders: dict[str, FittedContender]) -> None:
    [note] = contenders["boosted"].notes
    assert missing_data(note, "dead", 7) == []


def raising(_trial: Any) -> Any:
    raise ZeroDivisionError("division by zero")


def unfit(trial: Any) -> Any:
    from xgboost import XGBClassifier

    return XGBClassifier(n_estimators=2, max_depth=2 if trial.number == 0 else -1)


def regressor(_trial: Any) -> Any:
    from sklearn.linear_model import LinearRegression

    return LinearRegression()


@pytest.mark.parametrize(
    ("candidate", "code", "named"),
    [
        (raising, "candidate-failed", [0, "ZeroDivisionError: division by zero"]),
        (unfit, "candidate-failed", [1, "XGBoostError", "max_depth"]),
        (regressor, "candidate-type", [0, "LinearRegression", "predict_proba"]),
        (lambda _trial: None, "candidate-type", [0, "NoneType"]),
    ],
)
def test_a_candidate_that_fails_is_named_with_its_trial(
    fit: Fit, flights: pa.Table, candidate: Any, code: str, named: list[object]
) -> None:
    with raises_code(InputError, code, "odd", *named):
        fit(flights, candidates={"odd": candidate})


def test_a_candidate_may_not_pose_as_a_baseline(fit: Fit, flights: pa.Table) -> None:
    with raises_code(InputError, "candidate-name", "linear"):
        fit(flights, candidates={"linear": raising})


def test_progress_counts_the_trials_of_each_contender(fit: Fit, flights: pa.Table) -> None:
    progress: list[tuple[str, int, int]] = []
    fit(flights, trials=3, on_progress=lambda *step: progress.append(step))
    assert progress == [("constant", 1, 1), ("linear", 1, 1), ("boosted", 1, 3), ("boosted", 2, 3), ("boosted", 3, 3)]


def test_infinite_and_huge_numbers_reach_no_model(
    fit: Fit, flights: pa.Table, profiled: Callable[[pa.Table], TableProfile], features: list[str]
) -> None:
    wind = flights["wind"].to_numpy().copy()
    wind[::7], wind[1::11], wind[2::13] = np.inf, 1e308, -1e308
    frame = flights.drop_columns("wind").append_column("wind", pa.array(wind))
    for fitted in fit(frame, profile=profiled(frame.select(features)), trials=1):
        assert np.isfinite(fitted.score(frame)).all()
        assert np.isfinite(fitted.validation)
