import json
import os
from pathlib import Path

import numpy as np
import pytest

from armillary.core import BadInput
from armillary.load import load_partition

REFDATA = Path(
    os.environ.get("ARMILLARY_REFDATA", Path(__file__).resolve().parents[3] / "shared" / "refdata")
)
ENGELS = REFDATA / "engels-2024"


def write(tmp_path, content):
    path = tmp_path / "clusters.json"
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize("content", [[[3, 1], [0]], {"0": [3, 1], "1": [0]}])
def test_lists_and_objects_of_lists_are_read(tmp_path, content):
    found = load_partition(write(tmp_path, content), n_features=6)
    assert [rows.tolist() for rows in found] == [[1, 3], [0]]
    assert (found.n_features, found.giant, found.covered) == (6, 2, 3)


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ([], "no clusters"),
        (3, "no clusters"),
        ([[1], []], "cluster 1 is not a non-empty list"),
        ([[1, -2]], "not a non-empty list of row numbers"),
        ([[True]], "not a non-empty list of row numbers"),
        ([[1, 1]], "names a row twice"),
        ([[9]], "names row 9, but the space has 6 rows"),
    ],
)
def test_what_is_no_partition_is_refused(tmp_path, content, match):
    with pytest.raises(BadInput, match=match):
        load_partition(write(tmp_path, content), n_features=6)


def test_a_file_that_is_no_json_is_refused(tmp_path):
    (tmp_path / "x.json").write_text("[[1,")
    with pytest.raises(BadInput, match="cannot be read as JSON"):
        load_partition(tmp_path / "x.json")


@pytest.mark.skipif(not ENGELS.is_dir(), reason=f"no engels-2024 in {REFDATA}")
def test_the_published_partitions_have_their_published_counts():
    gpt2 = load_partition(ENGELS / "gpt2_l7_spectral_n1000.json")
    size = gpt2.size
    assert (len(gpt2), gpt2.n_features, gpt2.covered) == (1000, 24_576, 24_576)
    assert (size.min(), np.median(size), size.max(), int(size.argmax())) == (2, 16, 267, 994)
    assert size.mean() == pytest.approx(24.576)
    assert np.percentile(size, 99) == pytest.approx(138, abs=1)
    assert (size < 6).sum() == 95
    assert gpt2.members[138].tolist() == [
        2592, 4445, 4663, 4733, 6531, 8179, 9566, 20927, 24185,
    ]  # fmt: skip
    mistral = load_partition(ENGELS / "mistral_l8_cutoff_0.5.json")
    size = mistral.size
    assert (len(mistral), mistral.covered, mistral.n_features) == (53_519, 65_536, 65_536)
    assert ((size == 1).sum(), (size == 2).sum(), (size > 1).sum()) == (50_730, 1_659, 2_789)
    assert (mistral.giant, size[13], np.sort(size)[-2]) == (5_231, 5_231, 78)
    assert mistral.members[362].tolist() == [398, 20629, 23936, 31484, 35234, 52464, 54166]
