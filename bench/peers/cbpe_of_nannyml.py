"""NannyML's estimate of the ROC AUC without labels (CBPE); it runs in the environment of the peers alone.

`python cbpe_of_nannyml.py ROWS.npz ANSWER.json` reads `known_scores` and `known_labels` of the reference, `scores` and
the number of rows of a `chunk`. It writes one estimate for each chunk. Scores that are `calibrated` are not calibrated
once more.
"""

from __future__ import annotations

import json
import logging
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd


def main(arguments: list[str]) -> int:
    """Write the estimates and return 0."""
    import nannyml as nml

    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    with np.load(arguments[0]) as arrays:
        known = pd.DataFrame({"score": arrays["known_scores"], "label": arrays["known_labels"]})
        served, chunk = pd.DataFrame({"score": arrays["scores"]}), int(arrays["chunk"])
        calibrated = bool(arrays["calibrated"])
    for frame in (known, served):
        frame["predicted"] = (frame["score"] >= 0.5).astype(int)
    estimator = nml.CBPE(
        y_pred_proba="score",
        y_pred="predicted",
        y_true="label",
        problem_type="classification_binary",
        metrics=["roc_auc"],
        chunk_size=chunk,
    )
    estimator.fit(known)
    if calibrated:
        estimator.needs_calibration = False
    answer = estimator.estimate(served).filter(period="analysis").to_df()
    Path(arguments[1]).write_text(json.dumps({"estimates": answer["roc_auc", "value"].to_list()}))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
