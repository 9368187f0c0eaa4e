"""Writes metrics.json: metrics of random labels and scores, computed by scikit-learn.

Ties, absent classes, constant predictions and divisions by zero are among the cases. Run it with a Python that has
scikit-learn: python tests/metrics/cases/metrics.py
"""

import json
import pathlib
import warnings

import numpy as np
import sklearn
from sklearn import metrics as m
from sklearn.calibration import calibration_curve

warnings.simplefilter("ignore")
rng = np.random.default_rng(7)


def listed(value):
    value = np.asarray(value, dtype=np.float64)
    replaced = [None if not np.isfinite(x) else float(x) for x in value.ravel()]
    return replaced if value.ndim else replaced[0]


def classification(name, y, p, classes):
    labels = list(range(classes))
    per_class = m.precision_recall_fscore_support(y, p, labels=labels, average=None, zero_division=0)
    tables = m.multilabel_confusion_matrix(y, p, labels=labels)
    case = {
        "name": name,
        "classes": classes,
        "labels": [int(v) for v in y],
        "predictions": [int(v) for v in p],
        "confusion": m.confusion_matrix(y, p, labels=labels).tolist(),
        "accuracy": m.accuracy_score(y, p),
        "balancedAccuracy": m.balanced_accuracy_score(y, p),
        "kappa": listed(m.cohen_kappa_score(y, p, labels=labels)),
        "tables": [[int(t[0][0]), int(t[0][1]), int(t[1][0]), int(t[1][1])] for t in tables],
        "precision": listed(per_class[0]),
        "recall": listed(per_class[1]),
        "f1": listed(per_class[2]),
        "support": [int(v) for v in per_class[3]],
    }
    for average in ("macro", "micro", "weighted"):
        case[average] = listed(
            m.precision_recall_fscore_support(y, p, labels=labels, average=average, zero_division=0)[:3]
        )
    return case


def binary(name, y, s):
    fpr, tpr, cuts = m.roc_curve(y, s, drop_intermediate=False)
    precision, recall, thresholds = m.precision_recall_curve(y, s)
    case = {
        "name": name,
        "labels": [int(v) for v in y],
        "scores": listed(s),
        "fpr": listed(fpr),
        "tpr": listed(tpr),
        "thresholds": listed(cuts),
        "precisions": listed(precision),
        "recalls": listed(recall),
        "cuts": listed(thresholds),
        "averagePrecision": m.average_precision_score(y, s),
        "auc": listed(m.roc_auc_score(y, s)) if len(set(y)) == 2 else None,
        "brier": float(np.mean((np.asarray(s) - y) ** 2)),
    }
    if len(set(y)) == 2:
        assert abs(case["brier"] - m.brier_score_loss(y, s)) < 1e-12
        case["calibration"] = [listed(v) for v in calibration_curve(y, s, n_bins=10)]
    return case


def multi_class(name, y, s, present=True):
    classes = s.shape[1]
    labels = list(range(classes))
    truth = np.eye(classes)[y]
    case = {
        "name": name,
        "classes": classes,
        "labels": [int(v) for v in y],
        "scores": listed(s),
        "perClassAuc": [
            listed(m.roc_auc_score(truth[:, c], s[:, c])) if 0 < truth[:, c].sum() < len(y) else None for c in labels
        ],
        "perClassPrecision": [float(m.average_precision_score(truth[:, c], s[:, c])) for c in labels],
        "microPrecision": m.average_precision_score(truth, s, average="micro"),
        "topK": [m.top_k_accuracy_score(y, s, k=k, labels=labels) for k in range(1, classes)],
        "brier": m.brier_score_loss(y, s, labels=labels),
        # As of a model's output, which is float32: that type says how near to 0 and 1 a probability counts.
        "logLoss": m.log_loss(y, s.astype(np.float32), labels=labels) if np.allclose(s.sum(1), 1) else None,
    }
    if present:
        case["macroPrecision"] = m.average_precision_score(truth, s, average="macro")
        case["weightedPrecision"] = m.average_precision_score(truth, s, average="weighted")
        case["auc"] = {
            "macro": m.roc_auc_score(y, s, multi_class="ovr", average="macro"),
            "weighted": m.roc_auc_score(y, s, multi_class="ovr", average="weighted"),
            "micro": m.roc_auc_score(y, s, multi_class="ovr", average="micro"),
            "oneVersusOne": m.roc_auc_score(y, s, multi_class="ovo", average="macro"),
        }
    return case


def multi_label(name, y, s):
    return {
        "name": name,
        "classes": y.shape[1],
        "targets": [int(v) for v in y.ravel()],
        "scores": listed(s),
        **{
            average: float(m.average_precision_score(y, s, average=average))
            for average in ("macro", "micro", "weighted")
        },
    }


def regression(name, y, p):
    return {
        "name": name,
        "width": 1 if y.ndim == 1 else y.shape[1],
        "truths": listed(y),
        "predictions": listed(p),
        "meanAbsoluteError": m.mean_absolute_error(y, p),
        "meanSquaredError": m.mean_squared_error(y, p),
        "rootMeanSquaredError": m.root_mean_squared_error(y, p),
        "rSquared": listed(m.r2_score(y, p)),
    }


def probabilities(n, classes, decimals=None):
    s = rng.dirichlet(np.ones(classes), size=n)
    if decimals is not None:
        s = np.round(s, decimals)
        s[:, -1] = np.round(1 - s[:, :-1].sum(1), decimals)
    return s


n = 60
cases = {
    "generator": f"scikit-learn {sklearn.__version__}",
    "classification": [
        classification("random, 2 classes", rng.integers(0, 2, n), rng.integers(0, 2, n), 2),
        classification("random, 5 classes", rng.integers(0, 5, n), rng.integers(0, 5, n), 5),
        classification("mostly right, 10 classes", y := rng.integers(0, 10, n), np.where(rng.random(n) < 0.8, y, rng.integers(0, 10, n)), 10),
        classification("a class that never occurs", rng.integers(0, 3, n), rng.integers(0, 4, n), 4),
        classification("a class that is never called", rng.integers(0, 4, n), rng.integers(0, 3, n), 4),
        classification("a class in neither", rng.integers(0, 3, n), rng.integers(0, 3, n), 4),
        classification("all right", y := rng.integers(0, 3, n), y, 3),
        classification("all wrong", y := rng.integers(0, 3, n), (y + 1) % 3, 3),
        classification("one class alone", np.zeros(n, int), np.zeros(n, int), 2),
        classification("one example", np.array([1]), np.array([0]), 3),
    ],
    "binary": [
        binary("random", rng.integers(0, 2, n), rng.random(n)),
        binary("with ties", rng.integers(0, 2, n), np.round(rng.random(n), 1)),
        binary("all equal", rng.integers(0, 2, n), np.full(n, 0.5)),
        binary("perfect", y := rng.integers(0, 2, n), 0.5 * y + 0.4 * rng.random(n)),
        binary("upside down", y := rng.integers(0, 2, n), 0.9 - 0.5 * y),
        binary("zeros and ones", rng.integers(0, 2, n), rng.integers(0, 2, n).astype(float)),
        binary("one positive", (np.arange(n) == 17).astype(int), np.round(rng.random(n), 2)),
        binary("no positive", np.zeros(n, int), rng.random(n)),
        binary("all positive", np.ones(n, int), rng.random(n)),
    ],
    "multiClass": [
        multi_class("random, 3 classes", np.concatenate([np.arange(3), rng.integers(0, 3, n)]), probabilities(n + 3, 3)),
        multi_class("with ties, 4 classes", np.concatenate([np.arange(4), rng.integers(0, 4, n)]), np.tile(probabilities(8, 4, 1).clip(0), (8, 1))),
        multi_class("10 classes", np.concatenate([np.arange(10), rng.integers(0, 10, n)]), probabilities(n + 10, 10)),
        multi_class("an absent class", rng.integers(0, 3, n), probabilities(n, 4), present=False),
    ],
    "multiLabel": [
        multi_label("random", rng.integers(0, 2, (n, 5)), rng.random((n, 5))),
        multi_label("with ties", rng.integers(0, 2, (n, 5)), np.round(rng.random((n, 5)), 1)),
        multi_label("a label that never applies", rng.integers(0, 2, (n, 3)) * np.array([1, 1, 0]), rng.random((n, 3))),
    ],
    "regression": [
        regression("random", y := rng.normal(size=n), y + 0.3 * rng.normal(size=n)),
        regression("worse than the mean", rng.normal(size=n), 3 + rng.normal(size=n)),
        regression("three outputs", y := rng.normal(size=(n, 3)) * [1, 10, 0.1] + 5, y + rng.normal(size=(n, 3))),
        regression("far from zero", y := 1e6 + rng.normal(size=n), y + 0.1 * rng.normal(size=n)),
        regression("constant, met", np.full(n, 2.0), np.full(n, 2.0)),
        regression("constant, missed", np.full(n, 2.0), rng.normal(size=n)),
        regression("one example", np.array([1.0]), np.array([2.0])),
    ],
}
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(cases, separators=(",", ":")) + "\n")
