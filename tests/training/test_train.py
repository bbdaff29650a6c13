"""Runs: what is recovered, repeated, resumed and refused."""

import signal
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from planted_dictionary import best_cosines, planted

from armillary.core import BadInput
from armillary.training import (
    AuxK,
    BatchTopK,
    JumpReLU,
    Matryoshka,
    ReLU,
    Resample,
    TopK,
    TrainedSae,
    TrainingConfig,
    train,
)
from armillary.training.config import Architecture
from armillary.training.passes import Pass
from armillary.training.weights import Weights, fresh_weights

VECTORS, ROWS = planted()
SMALL = VECTORS[:2048]
ALL = [
    TopK(3),
    BatchTopK(3),
    Matryoshka(3, widths=(8,)),
    ReLU(1.0),
    JumpReLU(0.5),
]
each = pytest.mark.parametrize("architecture", ALL, ids=lambda a: a.name)


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)


def quick(architecture: Architecture, **changes: object) -> TrainingConfig:
    config = TrainingConfig(
        architecture, 32, epochs=3, batch=128, lr=3e-3, dead_after=1000, log_every=5
    )
    return replace(config, **changes)


def tensors(made: TrainedSae) -> dict[str, np.ndarray]:
    sae = made.autoencoder
    threshold = getattr(sae.firing, "threshold", np.zeros(0))
    return {
        "directions": sae.directions,
        "encoder": sae.encoder,
        "encoder_bias": sae.encoder_bias,
        "decoder_bias": sae.decoder_bias,
        "threshold": threshold,
        **{f"history {name}": values for name, values in made.history.items()},
    }


def assert_same(one: TrainedSae, other: TrainedSae) -> None:
    for (name, a), b in zip(tensors(one).items(), tensors(other).values(), strict=True):
        assert np.array_equal(a, b), name


@pytest.mark.parametrize(
    ("architecture", "least"),
    [
        (TopK(2), 0.97),
        (BatchTopK(2), 0.93),
        (Matryoshka(2, widths=(32,)), 0.88),
        (ReLU(2.0), 0.93),
        (JumpReLU(1.0), 0.8),
    ],
    ids=lambda v: getattr(v, "name", ""),
)
def test_a_planted_dictionary_is_recovered(architecture: Architecture, least: float):
    config = TrainingConfig(
        architecture, 48, epochs=25, batch=512, lr=4e-3, dead_after=20_000, log_every=50
    )
    made = train(VECTORS, config)
    cosine = best_cosines(ROWS, made.autoencoder.directions)
    assert cosine.mean() > least
    assert made.history["fvu"][-1] < 0.3
    assert made.autoencoder.unexplained(VECTORS[:4000])["fvu"] < 0.3


@each
def test_the_same_seed_gives_the_same_weights_and_another_seed_others(architecture: Architecture):
    one, again = train(SMALL, quick(architecture)), train(SMALL, quick(architecture))
    assert_same(one, again)
    other = train(SMALL, quick(architecture, seed=1))
    assert not np.array_equal(one.autoencoder.directions, other.autoencoder.directions)


class Interrupt(Exception):
    pass


@each
@pytest.mark.parametrize("error", [KeyboardInterrupt, Interrupt])
def test_a_resumed_run_gives_the_weights_of_an_uninterrupted_one(
    architecture: Architecture, error: type[BaseException], tmp_path: Path
):
    config = quick(architecture, dead_after=200)

    def stop(step: int, n_steps: int, metrics: Mapping[str, float]) -> None:
        if step >= 25:
            raise error

    with pytest.raises(error):
        train(SMALL, config, folder=tmp_path, progress=stop, checkpoint_every=0.0)
    seen: list[int] = []
    resumed = train(
        SMALL, config, folder=tmp_path, progress=lambda step, n, metrics: seen.append(step)
    )
    assert 20 <= seen[0] <= 30
    assert_same(resumed, train(SMALL, config))


def test_ctrl_c_within_a_step_waits_for_its_end(tmp_path: Path):
    class Interrupted(TopK):
        __slots__ = ()

        def step(self, weights: Weights, tokens: torch.Tensor, **more: Any) -> Pass:
            made = TopK.step(self, weights, tokens, **more)
            if abs(more["share"] - 0.5) < 1e-9:
                signal.raise_signal(signal.SIGINT)
            return made

    # a shell starts what runs in its background with Ctrl-C ignored
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            train(SMALL, quick(Interrupted(3)), folder=tmp_path)
        after = signal.getsignal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
    assert after is signal.default_int_handler
    seen: list[int] = []
    resumed = train(
        SMALL, quick(TopK(3)), folder=tmp_path, progress=lambda step, *_: seen.append(step)
    )
    assert seen[0] == 30  # step 25 was logged before it stopped
    assert_same(resumed, train(SMALL, quick(TopK(3))))


def test_a_finished_run_is_not_done_again(tmp_path: Path):
    one = train(SMALL, quick(TopK(3)), folder=tmp_path)
    again = train(
        SMALL, quick(TopK(3)), folder=tmp_path, progress=lambda *_: pytest.fail("it trained")
    )
    assert_same(one, again)


def test_a_drawn_stream_resumes_too(tmp_path: Path):
    def draw(size: int, rng: np.random.Generator) -> np.ndarray:
        return rng.standard_normal((size, 8))

    config = quick(TopK(3), tokens=128 * 30)
    whole = train(draw, config)

    def stop(step: int, n_steps: int, metrics: Mapping[str, float]) -> None:
        if step == 15:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(draw, config, folder=tmp_path, progress=stop)
    assert_same(train(draw, config, folder=tmp_path), whole)


@each
def test_decoder_rows_keep_length_one(architecture: Architecture):
    rows = train(SMALL, quick(architecture, lr=0.05)).autoencoder.directions
    assert np.abs(np.linalg.norm(rows, axis=1) - 1).max() < 1e-5
    free = train(SMALL, quick(architecture, lr=0.05, unit_norm=False)).autoencoder.directions
    assert np.abs(np.linalg.norm(free, axis=1) - 1).max() > 0.01


@each
def test_the_training_scale_is_folded_in(architecture: Architecture):
    raw = train(VECTORS, quick(architecture, batch=512, epochs=2))
    big = train(VECTORS * np.float32(64), quick(architecture, batch=512, epochs=2))
    assert raw.scale == pytest.approx(64 * big.scale)
    a = raw.autoencoder.unexplained(SMALL)
    b = big.autoencoder.unexplained(SMALL * np.float32(64))
    assert b["fvu"] == pytest.approx(a["fvu"], rel=0.02)
    assert b["l0"] == pytest.approx(a["l0"], rel=0.02)


def test_history_is_that_of_the_steps_logged():
    made = train(SMALL, quick(TopK(3)))
    n_steps = 3 * 2048 // 128
    assert made.history["step"].tolist() == [*range(5, n_steps, 5), n_steps]
    assert made.history["l0"].max() <= 3
    assert made.history["fvu"][-1] < made.history["fvu"][0]
    assert made.history["lr"].max() == pytest.approx(3e-3)
    assert {"dead_share", "loss_mse", "loss_aux"} <= set(made.history)
    assert made.seed == 0
    assert len(made.source_hash) == 64
    assert made.autoencoder.source["training_architecture"] == "topk"


@pytest.mark.parametrize(
    ("revived", "left"),
    [
        (TopK(2), TopK(2, AuxK(weight=0.0))),
        (ReLU(1.5), ReLU(1.5, resample=None)),
        (JumpReLU(0.6), JumpReLU(0.6, resample=None)),
    ],
    ids=["auxk", "relu", "jumprelu"],
)
def test_dead_features_are_fewer_where_something_revives_them(
    revived: Architecture, left: Architecture, monkeypatch: pytest.MonkeyPatch
):
    shares: list[float] = []
    for architecture in (revived, left):
        prepare = type(architecture).prepare

        def killed(self: Architecture, weights: object, prepare: object = prepare) -> None:
            prepare(self, weights)
            weights.encoder_bias[:24] = -20.0

        monkeypatch.setattr(type(architecture), "prepare", killed)
        config = TrainingConfig(
            architecture, 48, epochs=10, batch=256, lr=3e-3, dead_after=2000, log_every=50
        )
        shares.append(float(train(VECTORS, config).history["dead_share"][-1]))
        monkeypatch.undo()
    assert shares[1] >= 0.5
    assert shares[0] < 0.2


def test_resampling_points_dead_features_at_what_is_missed_and_stops_before_the_end():
    rule = Resample(shrink=0.5, until=0.7)
    generator = torch.Generator().manual_seed(0)
    centre = torch.zeros(4)
    weights = fresh_weights(4, 9, centre=centre, encoder_scale=2.0, generator=generator)
    error = torch.zeros(20, 4)
    error[3], error[11] = torch.tensor([0, -5.0, 0, 0]), torch.tensor([-7.0, 0, 0, 0])
    dead = torch.zeros(9, dtype=torch.bool)
    dead[[2, 5]] = True
    before = weights.decoder.clone()
    assert rule(weights, error, error, dead=dead, share=0.8, seed=0).numel() == 0
    assert torch.equal(weights.decoder, before)
    assert rule(weights, error, error, dead=dead, share=0.6, seed=0).tolist() == [2, 5]
    assert sorted(weights.decoder[[2, 5]].tolist()) == [[0, 1, 0, 0], [1, 0, 0, 0]]
    assert weights.encoder[[2, 5]].norm(dim=1).tolist() == pytest.approx([1.0, 1.0])
    assert torch.equal(weights.decoder[~dead], before[~dead])


REFUSED = [
    (lambda: quick(TopK(33)), "k is 33, expected 1 to the number of features"),
    (lambda: quick(BatchTopK(0)), "k is 0"),
    (lambda: quick(Matryoshka(3, widths=(8, 40))), "widths"),
    (lambda: quick(Matryoshka(3, widths=(9, 8))), "widths"),
    (lambda: quick(ReLU(-1.0)), "l1 is -1"),
    (lambda: quick(JumpReLU(bandwidth=0.0)), "bandwidth"),
    (lambda: quick(TopK(3), lr=0.0), "lr is 0.0"),
    (lambda: quick(TopK(3), d_sae=0), "d_sae is 0"),
    (lambda: quick(TopK(3), tokens=100), "do not fill one batch"),
    (lambda: quick(TopK(3), seed=-1), "seed is -1"),
    (lambda: quick(TopK(3), warmup=0.9, decay=0.2), "shares of the run"),
]


@pytest.mark.refusal
@pytest.mark.parametrize(("make", "words"), REFUSED, ids=[words for _, words in REFUSED])
def test_configs_that_cannot_work_are_refused(make: object, words: str):
    with pytest.raises(BadInput, match=words):
        make()


def test_activations_that_are_not_finite_are_refused():
    bad = SMALL.copy()
    bad[7, 3] = np.nan
    with pytest.raises(BadInput, match="1 of 2048 vectors of the sample hold NaN"):
        train(bad, quick(TopK(3)))

    def late(size: int, rng: np.random.Generator) -> np.ndarray:
        drawn = rng.standard_normal((size, 4))
        drawn[0, 0] = np.inf if size == 128 and drawn[0, 1] > 1 else 0
        return drawn

    with pytest.raises(BadInput, match=r"1 of 128 vectors of batch \d+ hold NaN"):
        train(late, quick(TopK(3), tokens=128 * 100))


@pytest.mark.refusal
@pytest.mark.parametrize(
    ("source", "words"),
    [
        (np.zeros((0, 4), np.float32), "shape"),
        (np.zeros((4, 4, 4), np.float32), "shape"),
        (np.zeros((300, 4), np.int64), "int64"),
        (np.zeros((100, 4), np.float32), "100 vectors do not fill one batch of 128"),
        (lambda size, rng: rng.standard_normal((size, 4)), "how many tokens"),
        (lambda size, rng: rng.standard_normal(size), "expected \\(1, d_model\\)"),
        ("a string", "str is no stream"),
    ],
)
def test_streams_that_cannot_be_trained_on_are_refused(source: object, words: str):
    with pytest.raises(BadInput, match=words):
        train(source, quick(TopK(3)))


def test_an_empty_store_is_refused():
    class Empty:
        n_tokens = 0
        d_model = 4

        def batches(self, size: int, *, rng: np.random.Generator) -> object:
            return iter(())

    with pytest.raises(BadInput, match="the stream is empty"):
        train(Empty(), quick(TopK(3)))


def test_a_rate_that_explodes_is_refused():
    with pytest.raises(BadInput, match="lower lr"):
        train(SMALL, quick(ReLU(0.0), lr=1e30, unit_norm=False))


def test_another_runs_checkpoint_is_refused(tmp_path: Path):
    train(SMALL, quick(TopK(3)), folder=tmp_path)
    with pytest.raises(BadInput, match="differs in lr"):
        train(SMALL, quick(TopK(3), lr=1e-3), folder=tmp_path)
    with pytest.raises(BadInput, match="differs in the data"):
        train(SMALL + 1, quick(TopK(3)), folder=tmp_path)
    train(SMALL, quick(TopK(3), log_every=7), folder=tmp_path)  # only the log: same run
    train(SMALL + 1, quick(TopK(3)), folder=tmp_path, resume=False)


def test_a_damaged_checkpoint_is_refused(tmp_path: Path):
    (tmp_path / "checkpoint.safetensors").write_bytes(b"nonsense")
    with pytest.raises(BadInput, match="no checkpoint"):
        train(SMALL, quick(TopK(3)), folder=tmp_path)


def test_massive_outliers_do_not_set_the_scale():
    outliers = SMALL.copy()
    outliers[::50] *= 200
    plain, with_outliers = (train(v, quick(TopK(3), epochs=1)) for v in (SMALL, outliers))
    assert with_outliers.scale == pytest.approx(plain.scale, rel=0.1)
