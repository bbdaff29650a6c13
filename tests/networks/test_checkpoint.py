from pathlib import Path

import numpy as np

from armillary.networks import cached_weights
from armillary.networks.checkpoint import recipe_hash


def test_a_recipe_is_trained_once_and_read_back_equal(tmp_path: Path):
    runs: list[int] = []

    def train() -> dict[str, np.ndarray]:
        runs.append(1)
        return {"w": np.arange(6, dtype=np.float32).reshape(2, 3)}

    recipe = {"network": "test", "seed": 0}
    first = cached_weights(recipe, train, cache=tmp_path)
    second = cached_weights(recipe, train, cache=tmp_path)
    assert len(runs) == 1
    np.testing.assert_array_equal(first["w"], second["w"])
    cached_weights({**recipe, "seed": 1}, train, cache=tmp_path)
    assert len(runs) == 2


def test_a_torn_file_is_trained_again(tmp_path: Path):
    recipe = {"network": "test", "seed": 0}
    cached_weights(recipe, lambda: {"w": np.ones(3)}, cache=tmp_path)
    (path,) = tmp_path.iterdir()
    path.write_bytes(path.read_bytes()[:20])
    again = cached_weights(recipe, lambda: {"w": np.ones(3)}, cache=tmp_path)
    assert again["w"].sum() == 3
    assert [p.suffix for p in tmp_path.iterdir()] == [".safetensors"]


def test_the_order_of_a_recipes_keys_does_not_matter():
    assert recipe_hash({"a": 1, "b": 2}) == recipe_hash({"b": 2, "a": 1})
    assert recipe_hash({"a": 1}) != recipe_hash({"a": 2})
