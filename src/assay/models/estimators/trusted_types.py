"""The types that a stored model may hold beyond those that skops trusts: exact names, fixed here, never from a file.

Each is there for the same reason. It holds arrays, numbers, texts and other types of the list, and neither its
construction nor its use calls anything that the file names. Types that hold a function of any name are not in the list
(a scorer, a user's `FunctionTransformer`). Nor are types that belong to no estimator which Assay can fit. Of functions
there are only scikit-learn's scores of features, which take arrays and give numbers.
"""

from __future__ import annotations

_KERNELS = "CompoundKernel ConstantKernel DotProduct Exponentiation ExpSineSquared Matern PairwiseKernel Product RBF"
_KERNELS += " RationalQuadratic Sum WhiteKernel"
_DISTANCES = "BrayCurtis Canberra Chebyshev Euclidean Hamming Manhattan Minkowski SEuclidean"
_SPLITS = "GroupKFold KFold RepeatedKFold RepeatedStratifiedKFold ShuffleSplit StratifiedKFold StratifiedShuffleSplit"
_SPLITS += " TimeSeriesSplit"
_SCORES = "_mutual_info.mutual_info_classif _mutual_info.mutual_info_regression _univariate_selection.chi2"
_SCORES += " _univariate_selection.f_classif _univariate_selection.f_regression"

TRUSTED = (
    "numpy.dtype",
    "sklearn._loss.loss.HalfTweedieLoss",
    "sklearn._loss.loss.HalfTweedieLossIdentity",
    "sklearn.calibration._CalibratedClassifier",
    "sklearn.calibration._SigmoidCalibration",
    "sklearn.calibration._TemperatureScaling",
    "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
    "sklearn.gaussian_process._gpc._BinaryGaussianProcessClassifierLaplace",
    "sklearn.impute._iterative.IterativeImputer",
    "sklearn.impute._iterative._ImputerTriplet",
    "sklearn.metrics._scorer._PassthroughScorer",
    "sklearn.multiclass._ConstantPredictor",
    "sklearn.neighbors._ball_tree.BallTree",
    "sklearn.neighbors._kd_tree.KDTree",
    "sklearn.neural_network._stochastic_optimizers.AdamOptimizer",
    "sklearn.neural_network._stochastic_optimizers.SGDOptimizer",
    "sklearn.tree._tree.Tree",
    "sklearn.utils._bunch.Bunch",
    *(f"sklearn.gaussian_process.kernels.{name}" for name in _KERNELS.split()),
    *(f"sklearn.metrics._dist_metrics.{name}Distance64" for name in _DISTANCES.split()),
    *(f"sklearn.model_selection._split.{name}" for name in _SPLITS.split()),
    *(f"sklearn.feature_selection.{name}" for name in _SCORES.split()),
)
"""Types of scikit-learn and one of numpy: forests, boosted trees, networks, neighbours, imputers, calibration."""
