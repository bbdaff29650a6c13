import numpy as np
import pytest

torch = pytest.importorskip("torch")

from armillary.core import BadInput  # noqa: E402
from armillary.load import load_space  # noqa: E402
from armillary.models import position_embedding, token_embedding  # noqa: E402


def test_every_token_is_a_feature_with_its_text(lm):
    space = token_embedding(lm)
    assert space.directions.shape == (40, 16)
    assert space.labels[:3].tolist() == [" ", "a", "b"]
    assert space.source["uri"] == f"{lm.name}#embed"
    table = lm.model.get_input_embeddings().weight.detach().numpy()
    assert np.array_equal(space.directions, table)
    assert not np.shares_memory(space.directions, table)


@pytest.mark.parametrize(("kind", "n", "first"), [("gpt2", 32, 0), ("opt", 32, 2)])
def test_every_position_is_a_feature_with_its_number(kind, n, first, make, tmp_path):
    lm = make(kind)
    space = position_embedding(lm)
    assert space.n_features == n
    assert space.columns["position"].tolist() == list(range(n))
    assert space.labels[5] == "5"
    assert space.feature_id[0] == first
    lm.model.save_pretrained(tmp_path / "model")
    from_file = load_space(f"{tmp_path / 'model'}#position")
    assert np.array_equal(from_file.directions, space.directions)
    assert np.array_equal(from_file.feature_id, space.feature_id)
    assert from_file.labels.tolist() == space.labels.tolist()


def test_a_model_that_turns_its_vectors_has_no_table_of_positions(llama):
    with pytest.raises(BadInput, match="llama has no table of position embeddings"):
        position_embedding(llama)
