"""A tree of features: a child fires only with its parent, and only one child at a time."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, Float, Int

from armillary.core.errors import BadInput
from armillary.core.space import FeatureSpace
from armillary.worlds.background import unit_rows
from armillary.worlds.drawn import Sample
from armillary.worlds.embedding import embedding
from armillary.worlds.entry import Entry, Recovered, SaePlan
from armillary.worlds.hierarchy import Hierarchy, even_hierarchy, read_parents
from armillary.worlds.sparse_decoding import matching_pursuit
from armillary.worlds.threshold_sae import threshold_sae
from armillary.worlds.truth import Factor, Gauge, Symmetry, Truth
from armillary.worlds.world import World

_ROWS = 20_000

Fire = Callable[[int, np.random.Generator], Bool[np.ndarray, "token node"]]


def build(
    *,
    seed: int,
    size: str,
    d_model: int,
    magnitude: float,
    parents: Sequence[int] | None = None,
    chances: Sequence[float] | None = None,
    branching: int = 4,
    depth: int = 4,
    root: float = 0.9,
    child: float = 0.22,
    exclusive: bool = True,
) -> World:
    """Give every node of a tree a direction, and every row the sum of the nodes that fire.

    ``x = magnitude * sum of the directions of the nodes that fire``. Directions are orthonormal
    where d_model allows it, else random unit vectors. A root fires by itself with its chance, a
    child with its chance where its parent fires; with ``exclusive`` at most one child of a parent
    fires. ``parents`` and ``chances`` list a tree node by node (-1 is a root); without them it is
    one root with ``branching`` children a node to ``depth``, with the chances ``root`` and
    ``child``.
    """
    rng = np.random.default_rng([seed, 18])
    if parents is None or chances is None:
        tree = even_hierarchy(
            branching=branching, depth=depth, root=root, child=child, exclusive=exclusive
        )
    else:
        tree = Hierarchy(np.array(parents), np.array(chances, dtype=np.float64), exclusive)
    n_nodes = tree.n_nodes
    if n_nodes <= d_model:
        unit = embedding(d_model, n_nodes, rng=rng)
    else:
        unit = unit_rows(rng.standard_normal((n_nodes, d_model)))
    return _world(tree, unit, tree.fire, seed=seed, size=size, magnitude=magnitude)


def _world(
    tree: Hierarchy, unit: Float[np.ndarray, "node d_model"], fire: Fire, *,
    seed: int, size: str, magnitude: float,
) -> World:  # fmt: skip
    n_nodes, d_model = unit.shape
    depth = tree.depths
    names = [f"node {v}" for v in range(n_nodes)]
    rows = (magnitude * unit).astype(np.float32)

    def draw(n: int, rng: np.random.Generator) -> Sample:
        on = fire(n, rng)
        codes = on.astype(np.float32)
        level = magnitude * on
        return Sample(
            codes @ rows,
            {a: level[:, [v]] for v, a in enumerate(names)},
            {a: on[:, v] for v, a in enumerate(names)},
            codes=codes,
        )

    truth = Truth(
        kind="hierarchy",
        params={
            "parents": tree.parents.tolist(), "chances": tree.chances.tolist(),
            "marginals": tree.marginals.tolist(), "exclusive": tree.exclusive,
            "magnitude": magnitude, "d_model": d_model,
        },
        factors=tuple(_factor(a, unit[[v]], int(depth[v])) for v, a in enumerate(names)),
        gauge=Gauge(
            words="a child may carry its parent's direction too (absorption rebuilds as well): "
            "directions are the nodes' own only by the declared convention; nodes have no order"
        ),
        symmetry=_symmetry(tree, rows),
        exact_sae=threshold_sae(unit, top=magnitude, below=0.0, writes=rows)
        if n_nodes <= d_model
        else None,
        nulls=("independent", "leaky", "other parents"),
    )  # fmt: skip
    space = FeatureSpace(rows, np.arange(len(rows)), {"label": np.array(names)})
    return World("tree", size, seed, d_model, draw, truth, space)


def _factor(name: str, axis: Float[np.ndarray, "1 d_model"], depth: int) -> Factor:
    def embed(level: Float[np.ndarray, "token 1"]) -> Float[np.ndarray, "token d_model"]:
        return (level * axis).astype(np.float32)

    return Factor(name, "node", axis, embed, ("magnitude",), {"depth": depth})


def _symmetry(tree: Hierarchy, rows: Float[np.ndarray, "node d_model"]) -> Symmetry | None:
    """Exchange siblings (or roots) of equal chances, each with all that hangs below it."""

    def moved(order: Int[np.ndarray, " node"]) -> Callable[[Sample], np.ndarray]:
        def act(sample: Sample) -> np.ndarray:
            if sample.codes is None:
                raise BadInput("a tree's symmetries act on the codes of a sample: it has none")
            return sample.codes[:, order] @ rows

        return act

    elements = {words: moved(order) for words, order in tree.exchanges().items()}
    if not elements:
        return None
    return Symmetry("automorphisms of the tree", None, elements)


def recover(world: World, rng: np.random.Generator) -> Recovered:
    """Decode which nodes fire, and read every node's parent and the exclusive siblings off that.

    Used are 20,000 activations, the declared directions (``world.space``) and magnitude. Rows are
    decoded by orthogonal matching pursuit, which knows nothing of the tree; rows that it does not
    rebuild count as wrong. A node's parent is the rarest of the other nodes that fire whenever it
    does; none is a root (ties count as wrong). ``value`` is the smaller of the share of nodes whose
    parent is read as declared and the share of declared sibling pairs that never fire together,
    times the share of rows rebuilt. The bound is 1: of a tree both hold on every row.

    With firings independent at the same marginals, node c would never fire without p by chance
    with probability ``marginal_p ** count_c``; the largest such chance over the declared pairs is
    in ``found``.
    """
    params, space = world.truth.params, world.space
    if space is None:
        raise BadInput("a tree is read off with its declared directions: the world has none")
    rows = world.activations(_ROWS, rng)
    declared, count = np.array(params["parents"]), np.zeros(0)
    longest = float(params["magnitude"])
    codes, rebuilt = matching_pursuit(rows, space.directions, level=1.0, within=1e-3 * longest)
    on = codes > 0.5
    count = on.sum(axis=0)
    right = read_parents(on) == declared
    pairs = _sibling_pairs(declared) if params["exclusive"] else np.zeros((0, 2), dtype=np.int64)
    together = (on[:, pairs[:, 0]] & on[:, pairs[:, 1]]).any(axis=0)
    apart = 1.0 - float(together.mean()) if len(pairs) else 1.0
    below = np.flatnonzero(declared >= 0)
    chance = (on.mean(axis=0)[declared[below]] ** count[below]).max() if below.size else 1.0
    return Recovered(
        "share of parents read off firings, and of siblings never together",
        min(float(right.mean()), apart) * float(rebuilt.mean()),
        1.0,
        {
            "parents read": float(right.mean()), "siblings apart": apart,
            "rows rebuilt": float(rebuilt.mean()), "fewest firings of a node": int(count.min()),
            "chance of the least certain edge": float(chance),
        },
    )  # fmt: skip


def _sibling_pairs(parents: Int[np.ndarray, " node"]) -> Int[np.ndarray, "pair 2"]:
    i, j = np.triu_indices(len(parents), 1)
    same = (parents[i] == parents[j]) & (parents[i] >= 0)
    return np.column_stack([i[same], j[same]])


def _other(fire: Callable[[Hierarchy], Fire]) -> Callable[..., World]:
    """Return a builder whose nodes fire by another rule; the claimed tree stays."""

    def control(*, seed: int, size: str, **parameters: object) -> World:
        world = build(seed=seed, size=size, **parameters)  # pyright: ignore[reportArgumentType]
        params, space = world.truth.params, world.space
        assert space is not None
        tree = Hierarchy(
            np.array(params["parents"]), np.array(params["chances"]), params["exclusive"]
        )
        unit = space.directions / np.linalg.norm(space.directions, axis=1, keepdims=True)
        changed = _world(
            tree, unit, fire(tree), seed=seed, size=size, magnitude=params["magnitude"]
        )
        return replace(changed, truth=world.truth)

    return control


def other_parents(*, seed: int, size: str, **parameters: object) -> World:
    """Build the same tree and claim that children hang below the next node of the same depth."""
    world = build(seed=seed, size=size, **parameters)  # pyright: ignore[reportArgumentType]
    params = world.truth.params
    tree = Hierarchy(np.array(params["parents"]), np.array(params["chances"]), exclusive=False)
    claimed = {**params, "parents": tree.elsewhere().tolist()}
    return replace(world, truth=replace(world.truth, params=claimed))


def not_exclusive(*, seed: int, size: str, **parameters: object) -> World:
    """Build a tree whose siblings fire independently; it claims that they exclude each other."""
    changed = _other(lambda tree: replace(tree, exclusive=False).fire)
    return changed(seed=seed, size=size, **parameters)


ENTRY = Entry(
    name="tree",
    family="hierarchy",
    title="sum of the directions of nodes; a child needs its parent, siblings exclude each other",
    motive="general and special features of one thing; splitting and absorption of latents",
    sizes={
        "tiny": {
            "d_model": 50, "magnitude": 1.0, "parents": (-1, 0, -1, -1),
            "chances": (0.25, 0.2, 0.05, 0.05),
        },
        "full": {"d_model": 128, "magnitude": 0.5, "branching": 4, "depth": 4},
    },
    build=build,
    recover=recover,
    controls={
        "independent": _other(lambda tree: tree.independent),
        "leaky": _other(lambda tree: tree.leaky),
        "other parents": other_parents,
    },
    rates=(1.0, 0.0),
    sae={
        "tiny": SaePlan("relu", 4, l1=0.02, steps=2500),
        "full": SaePlan("matryoshka", 384, k=4, steps=3000),
    },
    expected="a parent's latent is silent where its child fires (absorption): measured",
)  # fmt: skip
