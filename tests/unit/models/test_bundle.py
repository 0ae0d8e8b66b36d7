from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from assay.errors import InputError
from assay.models.bundle.bundle import CANARIES, BundleInfo, verify_bundle
from assay.models.bundle.predictor import load_predictor, open_bundle
from assay.models.estimators.serialization import from_bytes, to_bytes
from assay.models.training.contenders import FittedContender

from ...expect_errors import raises_code

Bundled = Callable[..., BundleInfo]
KINDS = ["constant", "linear", "boosted", "forest"]


def rewrite(info: BundleInfo, name: str, data: bytes) -> str:
    """Forges a file together with the manifest, as one with write access could; the digest that it has then."""
    (info.path / name).write_bytes(data)
    manifest = json.loads((info.path / "bundle.json").read_bytes())
    manifest["files"][name] = hashlib.sha256(data).hexdigest()
    raw = json.dumps(manifest).encode()
    (info.path / "bundle.json").write_bytes(raw)
    return hashlib.sha256(raw).hexdigest()


@pytest.mark.parametrize("kind", KINDS)
def test_a_bundle_scores_as_the_model_that_was_judged(
    kind: str, bundled: Bundled, contenders: dict[str, FittedContender], flights: pa.Table
) -> None:
    info = bundled(kind)
    verify_bundle(info.path, info.digest)
    predict = load_predictor(str(info.path), info.digest)
    scores = predict(flights)
    assert scores.dtype == np.float64
    np.testing.assert_allclose(scores, contenders[kind].score(flights), atol=1e-6)
    assert predict(flights.slice(0, 0)).shape == (0,)


@pytest.mark.parametrize("kind", KINDS)
def test_unseen_and_broken_values_score_as_missing_ones_did_in_training(
    kind: str, bundled: Bundled, flights: pa.Table, features: list[str]
) -> None:
    odd = flights.select(features).slice(0, 3)
    odd = odd.set_column(0, "carrier", pa.array(["never seen", None, ""]))
    odd = odd.set_column(2, "wind", pa.array([np.inf, -1e308, np.nan]))
    scores = load_predictor(bundled(kind).path)(odd)
    assert np.isfinite(scores).all()
    assert ((scores >= 0) & (scores <= 1)).all()


def test_a_bundle_holds_what_is_needed_to_reproduce_it(
    bundled: Bundled, flights: pa.Table, features: list[str]
) -> None:
    info = bundled()
    names = {"model.ubj", "encoder.json", "profile.json.gz", "code.zip", "requirements.txt", "canary.arrow"}
    assert set(info.files) == names
    assert {path.name for path in info.path.iterdir()} == names | {"bundle.json"}
    manifest = open_bundle(info.path, info.digest).manifest
    assert manifest["features"][0] == {"name": "carrier", "type": "string", "nullable": True}
    assert manifest["read"] == {"flights": 3}
    assert (manifest["recipe"], manifest["code_digest"], manifest["spec_digest"]) == ("recipe-1", "code-1", "spec-1")
    assert manifest["lock_digest"] == hashlib.sha256(b"numpy==2.3.0\n").hexdigest()
    assert manifest["versions"]["numpy"] == np.__version__
    profile = json.loads(gzip.decompress((info.path / "profile.json.gz").read_bytes()))
    assert profile["rows"] == flights.num_rows
    assert list(profile["columns"]) == sorted(features)
    assert pa.ipc.open_file(info.path / "canary.arrow").read_all().num_rows == CANARIES


def test_the_same_model_makes_the_same_bundle(bundled: Bundled) -> None:
    assert bundled(folder="one").digest == bundled(folder="two").digest


@pytest.mark.parametrize(
    "name",
    ["model.ubj", "encoder.json", "profile.json.gz", "code.zip", "requirements.txt", "canary.arrow", "bundle.json"],
)
def test_one_byte_changed_in_any_file_is_refused_naming_the_file(name: str, bundled: Bundled) -> None:
    info = bundled()
    data = bytearray((info.path / name).read_bytes())
    data[len(data) // 2] ^= 1
    (info.path / name).write_bytes(data)
    with raises_code(InputError, "bundle-refused", "boosted", name):
        verify_bundle(info.path, info.digest)
    if name != "bundle.json":
        with raises_code(InputError, "bundle-refused", "boosted", name):
            load_predictor(info.path)


def test_a_forged_file_with_a_forged_manifest_does_not_match_the_ledger(bundled: Bundled) -> None:
    info = bundled("constant")
    rewrite(info, "model.json", b'{"rate": 0.99}')
    with raises_code(InputError, "bundle-refused", "bundle.json", info.digest[:12]):
        verify_bundle(info.path, info.digest)


def test_a_missing_file_and_a_stranger_are_refused_by_name(bundled: Bundled) -> None:
    info = bundled()
    (info.path / "sitecustomize.py").write_text("raise SystemExit\n")
    with raises_code(InputError, "bundle-refused", "sitecustomize.py"):
        verify_bundle(info.path, info.digest)
    (info.path / "sitecustomize.py").unlink()
    (info.path / "encoder.json").unlink()
    with raises_code(InputError, "bundle-refused", "encoder.json"):
        verify_bundle(info.path, info.digest)
    with raises_code(InputError, "bundle-refused", "nowhere"):
        verify_bundle(info.path / "nowhere", info.digest)


class Poison:
    def __init__(self, canary: Path) -> None:
        self.canary = canary

    def __reduce__(self) -> Any:
        return (os.mkdir, (str(self.canary),))


@pytest.mark.parametrize("file", ["model.skops", "model.ubj", "model.json", "model.pkl"])
def test_a_poison_pickle_is_refused_and_its_canary_untouched(file: str, bundled: Bundled, tmp_path: Path) -> None:
    canary = tmp_path / "touched"
    poison = pickle.dumps(Poison(canary))
    info = bundled("constant")
    manifest = json.loads((info.path / "bundle.json").read_bytes())
    del manifest["files"]["model.json"]
    (info.path / "model.json").unlink()
    (info.path / "bundle.json").write_text(json.dumps(manifest))
    digest = rewrite(info, file, poison)
    with raises_code(InputError, "model-format", file):
        verify_bundle(info.path, digest)  # even where the ledger itself was deceived
    assert not canary.exists()
    pickle.loads(poison)
    assert canary.exists()  # the poison would have worked


def test_a_skops_file_with_a_type_from_outside_is_refused_before_it_is_built(tmp_path: Path) -> None:
    import skops.io
    from sklearn.preprocessing import FunctionTransformer

    canary = tmp_path / "touched"
    data = skops.io.dumps(FunctionTransformer(os.mkdir, kw_args={"path": str(canary)}))
    with raises_code(InputError, "model-format", "model.skops", "UntrustedTypesFoundException", "posix.mkdir"):
        from_bytes("model.skops", data)
    with raises_code(InputError, "unsafe-model", "x", "posix.mkdir"):
        to_bytes(FunctionTransformer(os.mkdir), "x")
    assert not canary.exists()


def test_a_bundle_that_lists_a_type_as_trusted_itself_is_refused_all_the_same(bundled: Bundled, tmp_path: Path) -> None:
    import skops.io
    from sklearn.preprocessing import FunctionTransformer

    canary = tmp_path / "touched"
    info = bundled("constant")
    manifest = json.loads((info.path / "bundle.json").read_bytes())
    del manifest["files"]["model.json"]
    (info.path / "model.json").unlink()
    manifest["trusted"] = ["posix.mkdir"]
    (info.path / "bundle.json").write_text(json.dumps(manifest))
    source = skops.io.dumps(FunctionTransformer(os.mkdir, kw_args={"path": str(canary)}))
    data, claims = io.BytesIO(), {"trusted": ["posix.mkdir"], "TRUSTED": ["posix.mkdir"]}
    with zipfile.ZipFile(io.BytesIO(source)) as old, zipfile.ZipFile(data, "w") as new:
        for entry in old.namelist():
            entry_text = old.read(entry)
            new.writestr(entry, json.dumps(json.loads(entry_text) | claims) if entry == "schema.json" else entry_text)
    digest = rewrite(info, "model.skops", data.getvalue())
    with raises_code(InputError, "model-format", "model.skops", "UntrustedTypesFoundException", "posix.mkdir"):
        verify_bundle(info.path, digest)
    assert not canary.exists()


@pytest.mark.parametrize("name", ["../outside", "/etc/passwd", "a/../../b", "C:evil", "..", "a\\b", "", "bundle.json"])
def test_a_manifest_that_leads_out_of_the_bundle_is_refused(name: str, bundled: Bundled) -> None:
    info = bundled("constant")
    (info.path.parent / "outside").write_bytes(b"secret")
    manifest = json.loads((info.path / "bundle.json").read_bytes())
    manifest["files"][name] = hashlib.sha256(b"secret").hexdigest()
    (info.path / "bundle.json").write_text(json.dumps(manifest))
    with raises_code(InputError, "bundle-refused", f"'{name}'"):
        open_bundle(info.path)


def test_a_link_in_the_place_of_a_file_is_refused(bundled: Bundled) -> None:
    info = bundled("constant")
    moved = info.path.parent / "moved.json"
    (info.path / "encoder.json").rename(moved)
    (info.path / "encoder.json").symlink_to(moved)
    with raises_code(InputError, "bundle-refused", "encoder.json"):
        verify_bundle(info.path, info.digest)


@pytest.mark.parametrize("name", ["../evil.py", "/evil.py", "pkg/../../evil.py", "C:\\evil.py", "pkg\\..\\..\\evil.py"])
def test_code_that_leads_out_of_its_zip_is_refused_when_written_and_when_read(
    name: str, bundled: Bundled, zipped: Callable[[dict[str, bytes]], bytes]
) -> None:
    code = zipped({name: b"evil = True\n"})
    with raises_code(InputError, "bundle-refused", "never", "code.zip", name):
        bundled("constant", "never", code_zip=code)
    info = bundled("constant")
    digest = rewrite(info, "code.zip", code)
    with raises_code(InputError, "bundle-refused", "constant", "code.zip", name):
        verify_bundle(info.path, digest)
    assert not (info.path.parent / "never").exists()


def test_a_link_in_the_code_is_refused(bundled: Bundled, tmp_path: Path) -> None:
    link = zipfile.ZipInfo("pkg/link")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "code.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with raises_code(InputError, "bundle-refused", "code.zip", "pkg/link"):
        bundled("constant", code_zip=(tmp_path / "code.zip").read_bytes())


def test_code_that_is_no_zip_is_refused(bundled: Bundled) -> None:
    with raises_code(InputError, "bundle-refused", "code.zip"):
        bundled("constant", code_zip=b"import os")


def test_canary_rows_that_do_not_reproduce_refuse_the_bundle_naming_what_moved(bundled: Bundled) -> None:
    info = bundled()
    table = pa.ipc.open_file(info.path / "canary.arrow").read_all()
    scores = table["_assay_score"].to_numpy().copy()
    scores[3] += 2e-6
    table = table.drop_columns("_assay_score").append_column("_assay_score", pa.array(scores))
    sink = pa.BufferOutputStream()
    with pa.ipc.new_file(sink, table.schema) as writer:
        writer.write_table(table)
    manifest = json.loads((info.path / "bundle.json").read_bytes())
    manifest["versions"]["numpy"] = "1.0"
    (info.path / "bundle.json").write_text(json.dumps(manifest))
    digest = rewrite(info, "canary.arrow", sink.getvalue().to_pybytes())
    with raises_code(InputError, "bundle-refused", "2e-06", "numpy", "1.0", np.__version__):
        verify_bundle(info.path, digest)


def test_a_bundle_without_canary_rows_is_not_written(bundled: Bundled, flights: pa.Table, tmp_path: Path) -> None:
    with raises_code(InputError, "no-canary"):
        bundled(canary=flights.slice(0, 0))
    assert list(tmp_path.glob("*boosted*")) == []


def test_a_folder_that_exists_is_not_touched(bundled: Bundled) -> None:
    info = bundled()
    with raises_code(InputError, "bundle-exists", "boosted"):
        bundled("constant", "boosted")
    verify_bundle(info.path, info.digest)


@pytest.mark.parametrize("raw", [b"", b"[]", b"{}", b'{"format": 2, "files": {}}', b"[" * 100_000, b"\xff"])
def test_a_manifest_that_is_none_is_refused(raw: bytes, bundled: Bundled) -> None:
    info = bundled("constant")
    (info.path / "bundle.json").write_bytes(raw)
    with raises_code(InputError, "bundle-refused", "bundle.json"):
        open_bundle(info.path)
