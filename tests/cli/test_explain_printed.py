"""What ``armillary explain`` prints, of explanations whose numbers are chosen."""

import sys
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from armillary.cli.explain_table import print_explanation
from armillary.explain import Explanation
from armillary.explain.overview import overview

sys.path.insert(0, str(Path(__file__).parents[1] / "explain"))
from bench_subject import KEPT, LADDER, chosen, theory  # noqa: E402

NEAR = dict.fromkeys(KEPT, 0.5)


@pytest.fixture(scope="module")
def explanation():
    two = chosen(KEPT, LADDER, gauges=("none", "rotation"), lift=0.1, cosine=NEAR)
    own = [one for one in two.scores if one.reader == "splice"]
    more = [replace(one, reader="splice KL") for one in own]
    probes = [replace(one, reader="probe linear", group=g, gauge="any") for one in own
              if one.gauge == "none" for g in ("factor a", "factor b")]  # fmt: skip
    groups = [replace(one, reader="group prompts", group="weekdays", raw={"change": 0.4})
              for one in own]  # fmt: skip
    return Explanation(two.said, (*two.scores, *more, *probes, *groups), two.manifest)


def printed(explanation, **more):
    out = StringIO()
    console = Console(file=out, highlight=False, width=100)
    print_explanation(explanation, console, where=Path("here"), **more)
    return out.getvalue()


def test_one_table_with_gauges_side_by_side_and_the_zero_line_beside_every_score(explanation):
    text = printed(explanation)
    assert text.count("what a theory keeps") == 1
    (line,) = [line for line in text.splitlines() if line.startswith(" 64 clusters")]
    assert line.count("(.02)") == 1  # random as is
    assert line.count("(.12)") == 1  # and after the rotation
    assert line.split()[2] == "40"  # bits a feature
    assert "+12 bits/feature" in text
    assert all(head in text for head in ("cosine", "probes", "KL"))
    assert max(len(line) for line in text.splitlines()) <= 100


def test_theories_stand_by_family_and_controls_apart(explanation):
    families = dict(overview(explanation).families)
    assert [one.label for one in families["control"]] == ["tree of 32 + 3 shapes, scrambled"]
    for said in families.values():
        assert list(said) == sorted(said, key=lambda one: one.bits)


def test_groups_are_a_short_second_table_with_their_cost_in_nats(explanation):
    text = printed(explanation)
    part = text[text.index("one group misplaced") : text.index("Verdict")]
    assert "weekdays" in part
    assert "+0.40" in part
    assert "scrambled" in part
    assert "scalar" not in part


def test_edits_of_single_groups_share_a_row_and_stay_out_of_the_main_table(explanation):
    edits = [theory(f"exact but {g} scrambled", "edit", "control", 32000, group=g, how="scrambled")
             for g in ("weekdays", "months")]  # fmt: skip
    like = next(s for s in explanation.scores if s.group == "weekdays" and s.gauge == "none")
    seen = [replace(like, theory=e.label, group=e.settings["group"]) for e in edits]
    both = Explanation((*explanation.said, *edits), (*explanation.scores, *seen),
                       explanation.manifest)  # fmt: skip
    text = printed(both)
    (line,) = [line for line in text.splitlines() if "exact but" in line]
    assert line.startswith("exact but the group scrambled")
    assert line.count("+0.40") == 2


def test_the_verdict_comes_short_and_the_report_is_named(explanation):
    text = printed(explanation)
    assert text.index("Placement matters: as is") < text.index("It is not only the firing")
    assert "The re-fit itself" not in text
    assert text.rstrip().endswith("report: here/explain.html")


def test_all_prints_every_reader_and_the_whole_verdict(explanation):
    text = printed(explanation, every=True)
    assert "splice KL, what a theory keeps" in text
    assert "cosine, what a theory keeps" in text
    assert "The re-fit itself informs" in text
    assert "scalar, 80 bits" in text[text.index("one group misplaced") :]
