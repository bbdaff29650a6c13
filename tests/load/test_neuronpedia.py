import gzip
import json

import numpy as np
import pytest

from armillary.core import BadInput
from armillary.load import load_labels

IDS = np.arange(6)


def batch(folder, number, rows):
    with gzip.open(folder / f"batch-{number}.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(row) + "\n" for row in rows)


def row(index, text, layer="7-res-jb"):
    return {"modelId": "gpt2-small", "layer": layer, "index": str(index), "description": text}


def test_a_folder_of_batches_labels_the_features_it_explains(tmp_path):
    batch(tmp_path, 10, [row(4, "months")])
    batch(tmp_path, 2, [row(0, "weekdays"), row(0, "days"), row(1, None), row(1, " rain ")])
    label, note = load_labels(tmp_path, feature_id=IDS)
    assert label.tolist() == ["weekdays", "rain", "2", "3", "months", "5"]
    assert "explanations of gpt2-small/7-res-jb; 1 have several, the first is kept" in note
    assert load_labels(tmp_path / "batch-10.jsonl.gz", feature_id=IDS)[0][4] == "months"


def test_exports_that_cannot_be_these_features_are_refused(tmp_path):
    with pytest.raises(BadInput, match="holds no batch-N"):
        load_labels(tmp_path, feature_id=IDS)
    batch(tmp_path, 0, [row(6, "x")])
    with pytest.raises(BadInput, match="are these labels of another dictionary"):
        load_labels(tmp_path, feature_id=IDS)
    batch(tmp_path, 0, [row(0, "x"), row(1, "y", layer="8-res-jb")])
    with pytest.raises(BadInput, match="7-res-jb and of gpt2-small/8-res-jb are mixed"):
        load_labels(tmp_path, feature_id=IDS)


@pytest.mark.parametrize("wrong", [{"index": None}, {"index": "-1"}, {"description": 3}])
def test_a_malformed_row_is_named(tmp_path, wrong):
    batch(tmp_path, 0, [row(0, "x"), {**row(1, "y"), **wrong}])
    with pytest.raises(BadInput, match=r"batch-0\.jsonl\.gz, row 2"):
        load_labels(tmp_path, feature_id=IDS)


def test_a_batch_cut_short_is_refused(tmp_path):
    batch(tmp_path, 0, [row(i, "word" * 50) for i in range(6)])
    path = tmp_path / "batch-0.jsonl.gz"
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(BadInput, match="cut short or damaged"):
        load_labels(path, feature_id=IDS)
    path.write_bytes(b"not gzip")
    with pytest.raises(BadInput, match="cut short or damaged"):
        load_labels(path, feature_id=IDS)
