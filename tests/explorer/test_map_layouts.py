import numpy as np
from synthetic_survey import atlas

from armillary.atlas import MapLayout, with_layouts
from armillary.explorer.layouts import layouts_of
from armillary.explorer.map_payload import map_of

FACTS = {
    "name": "PaCMAP", "method": "PaCMAP on exact neighbours", "method_name": "pacmap", "seed": 0,
    "trustworthiness": 0.91, "trustworthiness_interval": [0.9, 0.92], "continuity": 0.8,
    "continuity_interval": [0.79, 0.81], "kept_neighbours": 0.31,
    "kept_neighbours_interval": [0.3, 0.32], "kept_by_chance": 0.02, "trust_k": 16,
    "trust_rows": 1000, "stability": 0.5, "stability_interval": [0.48, 0.52],
    "stability_by_chance": 0.02, "stability_seeds": [0, 1],
    "structure": {
        "observed": 2.5, "p": 1 / 6, "least_p": 1 / 6, "nulls": 5, "effect": 14.2, "clumps": 37,
        "null": "noise", "null_trustworthiness": 0.7, "null_kept_neighbours": 0.05,
    },
}  # fmt: skip


def facts_of(layout) -> dict[str, str]:
    return {fact.name: fact.value for fact in layout.facts}


def test_the_surveys_own_map_is_a_layout():
    made = atlas()
    (layout,) = layouts_of(made, np.arange(40))
    assert [layout.name, layout.x.size, layout.y.dtype] == ["UMAP", 40, np.uint16]
    assert facts_of(layout)["neighbours"] == "16"


def test_every_further_map_says_what_was_measured_beside_noise():
    made = atlas()
    n = made.features.num_rows
    xy = np.random.default_rng(0).standard_normal((n, 2))
    made = with_layouts(made, [MapLayout("map_pacmap", xy, FACTS, np.full(n, 0.5))])
    own, layout = layouts_of(made, np.arange(n))
    assert [own.name, layout.name, layout.trust] == ["UMAP", "PaCMAP", 0.31]
    assert [own.steady.size, set(layout.steady.tolist())] == [0, {128}]  # half of 255
    said = facts_of(layout)
    assert said["trustworthiness"] == "0.91 [0.9, 0.92] (0.7 on noise)"
    assert said["true neighbours kept"] == "0.31 [0.3, 0.32] (0.02 by chance, 0.05 on noise)"
    assert said["neighbours that seeds agree on"] == "0.5 [0.48, 0.52] (0.02 by chance)"
    assert (
        "p = 0.167, 5 nulls (the least that so few can give)"
        in (said["more than the method makes of noise?"])
    )
    assert said["clumps that stand out more than any of noise"] == "37"
    assert said["seed"] == "0"
    assert "array" not in said


def test_layouts_have_a_place_for_every_feature_shown():
    made = atlas()
    xy = np.zeros((made.features.num_rows, 2))
    made = with_layouts(made, [MapLayout("map_pca", xy, {"name": "Plane"})])
    body = map_of(made, line_of={i: i for i in range(made.findings.num_rows)}, max_map=300)
    assert [layout.x.size for layout in body.layouts] == [body.shown] * 2
