import numpy as np
import pytest
from bench_subject import SQUARES, Squares, tiny_subject

from armillary.core.errors import BadInput
from armillary.experiments.kept_json import read_kept
from armillary.explain import explain, open_explanation
from armillary.explain.cells import Bench
from armillary.explain.codec_curve import codec_curve
from armillary.explain.gauges import gauge_named
from armillary.knockoffs import Exact, RandomUnit, Scalar, Stretched, Told

THEORIES = [RandomUnit(), Exact(8), Exact(32)]


def run(folder, *, subject=None, **more):
    given = {"theories": THEORIES, "readers": [SQUARES], "folder": folder, **more}
    return explain(subject or tiny_subject(), **given)


def test_exact_keeps_everything_under_every_gauge(tmp_path):
    found = run(tmp_path, gauges=("none", "rotation", "linear"))
    exact = [r for r in found.rows if r.theory == "exact, 32 bits"]
    assert {r.gauge for r in exact} == {"none", "rotation", "linear"}
    for row in exact:
        assert row.value == pytest.approx(1.0, abs=1e-5)


def test_every_row_has_the_zero_line_of_its_gauge_and_reader(tmp_path):
    found = run(tmp_path)
    for row in found.rows:
        zero = next(r for r in found.rows if r.theory == "random"
                    and (r.gauge, r.reader) == (row.gauge, row.reader))  # fmt: skip
        assert row.zero == zero.value
    none = found.zero(gauge="none", reader="squares")
    turned = found.zero(gauge="rotation", reader="squares")
    assert none is not None
    assert turned is not None
    assert turned.value > none.value  # the re-fit carries information of its own


def test_drawn_theories_are_placed_once_a_seed_and_the_others_once(tmp_path):
    rows = run(tmp_path, seeds=4).rows
    assert {r.n_seeds for r in rows if r.theory == "random"} == {4}
    assert {r.n_seeds for r in rows if r.kind == "exact"} == {1}


def test_a_second_run_computes_nothing(tmp_path):
    first = run(tmp_path)
    calls = Squares.calls
    second = run(tmp_path)
    assert Squares.calls == calls
    assert second.manifest["computed"] == 0
    assert [r.value for r in second.rows] == [r.value for r in first.rows]


def test_what_changed_is_measured_again_and_nothing_else(tmp_path):
    run(tmp_path)
    assert run(tmp_path, gauges=("none", "rotation+scale")).manifest["computed"] == 5
    assert run(tmp_path, subject=tiny_subject(1)).manifest["computed"] == 5
    assert run(tmp_path, seeds=4).manifest["computed"] == 1
    assert run(tmp_path, resume=False).manifest["computed"] == 5


def test_an_interrupt_leaves_whole_cells_and_the_next_run_goes_on(tmp_path, monkeypatch):
    whole = run(tmp_path / "whole")
    ask = Squares.score
    calls = Squares.calls

    def stops(self, knockoff):
        if Squares.calls - calls == 3:
            raise KeyboardInterrupt
        return ask(self, knockoff)

    monkeypatch.setattr(Squares, "score", stops)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "cut")
    files = list((tmp_path / "cut" / "cells").iterdir())
    assert sum(read_kept(file) is not None for file in files) == len(files) > 0
    monkeypatch.undo()
    again = run(tmp_path / "cut")
    assert 0 < again.manifest["computed"] < 5
    assert [r.value for r in again.rows] == [r.value for r in whole.rows]


def test_a_torn_cell_is_measured_again(tmp_path):
    run(tmp_path)
    torn = next((tmp_path / "cells").iterdir())
    torn.write_text('{"scores": [', "utf-8")
    assert run(tmp_path).manifest["computed"] == 1


def test_bits_are_the_bytes_on_disk_and_what_is_placed_is_placed_from_them(tmp_path):
    found = run(tmp_path)
    sizes = sorted(8 * file.stat().st_size for file in (tmp_path / "messages").glob("*.bin"))
    assert sizes == sorted(one.bits for one in found.said)
    bench = Bench(tiny_subject(), tmp_path, gauges=[gauge_named("none")], readings=[SQUARES])
    bench.store.message(RandomUnit()).write_bytes(b"broken")
    with pytest.raises(BadInput, match="not a whole message"):
        bench.read(RandomUnit(), 99)


def test_an_explanation_survives_its_folder(tmp_path):
    found = run(tmp_path)
    found.write(tmp_path)
    again = open_explanation(tmp_path)
    assert [(r.theory, r.gauge, r.reader, r.n_seeds) for r in again.rows] == [
        (r.theory, r.gauge, r.reader, r.n_seeds) for r in found.rows
    ]
    for new, old in zip(again.rows, found.rows, strict=True):
        np.testing.assert_allclose(
            [new.value, new.low, new.high, new.zero], [old.value, old.low, old.high, old.zero]
        )
    assert str(again.verdict()) == str(found.verdict())
    assert again.said == found.said


def test_a_listener_is_held_against_the_codec_curve_and_not_on_it(tmp_path):
    told = Told(0.2, by=())
    found = run(tmp_path, theories=[*THEORIES, Scalar(40), told, Stretched(told)])
    assert {one.label for one in found.said if one.generic} == {
        "exact, 8 bits", "exact, 32 bits", "scalar, 40 bits",
    }  # fmt: skip
    assert all(one.quotes for one in found.said if one.kind != "random")
    curve = codec_curve(found, gauge="none", reader="squares")
    assert curve is not None
    assert not {told.label, Stretched(told).label} & {one.label for one in curve.said}


def test_labels_that_repeat_are_refused(tmp_path):
    with pytest.raises(BadInput, match="two theories are called 'random'"):
        run(tmp_path, theories=[RandomUnit(), RandomUnit()])


def test_nothing_to_do_is_refused(tmp_path):
    with pytest.raises(BadInput, match="nothing to do"):
        run(tmp_path, theories=[])
    with pytest.raises(BadInput, match="different whole numbers"):
        run(tmp_path, seeds=[1, 1])


def test_readers_that_cannot_read_the_subject_are_refused(tmp_path):
    with pytest.raises(BadInput, match="there is no reader 'telepathy'"):
        run(tmp_path, readers=["telepathy"])
    with pytest.raises(BadInput, match="the reader splice cannot read tiny"):
        run(tmp_path, readers=["splice"])
