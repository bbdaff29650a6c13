"""Notes and stars beside an atlas."""

import json
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from live_server import living, written
from synthetic_survey import atlas, manifest, survey

from armillary.atlas import Atlas
from armillary.core.errors import BadInput
from armillary.explorer.notes import Notes, group_key
from armillary.explorer.schema import Note


@pytest.fixture
def folder(tmp_path) -> Path:
    return written(atlas(per_shape=1), tmp_path / "atlas")


@pytest.fixture
def live(folder):
    with living(folder) as found:
        yield found


def sent(live, finding: int, star: bool, text: str):
    body = {"finding": finding, "star": star, "text": text}
    return live.ask("POST", "/api/notes", body)


def test_the_last_word_on_a_finding_wins(live, folder):
    assert live.body("notes") == {"notes": []}
    sent(live, 2, True, "")
    sent(live, 0, False, "a line\nand “another” 🙂 \u2028 </script>")
    sent(live, 2, False, "no ring at all")
    found = live.body("notes")["notes"]
    assert [one.pop("members") for one in found] == [[], []]
    assert found == [
        {"finding": 0, "star": False, "text": "a line\nand “another” 🙂 \u2028 </script>"},
        {"finding": 2, "star": False, "text": "no ring at all"},
    ]
    lines = (folder / "notes.jsonl").read_text("utf-8").split("\n")
    assert [json.loads(line)["finding"] for line in lines[:-1]] == [2, 0, 2]


def test_notes_stay_when_the_server_ends_and_when_the_atlas_is_written_again(folder):
    with living(folder) as live:
        sent(live, 1, True, "kept")
    written(atlas(per_shape=1), folder)
    with living(folder) as live:
        kept = {"finding": 1, "star": True, "text": "kept", "members": []}
        assert live.body("notes")["notes"] == [kept]


def test_what_an_editor_or_a_merge_left_behind_is_passed_over(folder):
    kept = '{"finding": 0, "star": true, "text": "by hand"}'
    torn = '{"finding": 1, "star": tr'
    (folder / "notes.jsonl").write_text(f"<<<<<<< HEAD\n{kept}\r\n\n[]\n{{}}\n\udcff{torn}",
                                        "utf-8", errors="surrogateescape")  # fmt: skip
    notes = Notes(Atlas.read(folder), folder)
    assert notes.read().notes == (Note(0, True, "by hand"),)
    notes.write({"finding": 1, "star": False, "text": "after a torn line"})
    assert notes.read().notes[1] == Note(1, False, "after a torn line")


def test_after_another_survey_a_note_stands_by_the_same_claim_or_is_not_shown(folder):
    notes = Notes(Atlas.read(folder), folder)
    for finding in range(3):
        notes.write({"finding": finding, "star": True, "text": f"of {finding}"})
    space, groups, findings, place = survey(per_shape=1)
    other = replace(findings[2], fit=replace(findings[2].fit, shape="torus"))
    findings = [findings[1], findings[0], other]
    again = Atlas.from_survey(space, groups, findings, manifest=manifest(), map_xy=place)
    found = Notes(again, folder).read().notes
    assert [(note.finding, note.text) for note in found] == [(0, "of 1"), (1, "of 0")]
    assert len((folder / "notes.jsonl").read_text("utf-8").splitlines()) == 3


def test_twenty_at_once_are_all_kept(live, folder):
    n_findings = Atlas.read(folder).findings.num_rows
    threads = [
        threading.Thread(target=sent, args=(live, i % n_findings, True, f"{i} " + "x" * 9000))
        for i in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = [json.loads(line) for line in (folder / "notes.jsonl").read_text("utf-8").splitlines()]
    assert sorted(int(line["text"].split()[0]) for line in lines) == list(range(20))
    last = {line["finding"]: line["text"] for line in lines}
    assert {note["finding"]: note["text"] for note in live.body("notes")["notes"]} == last


@pytest.mark.parametrize(
    "body",
    [
        {"finding": 0, "star": True},
        {"finding": 0, "star": True, "text": "", "more": 1},
        {"finding": True, "star": True, "text": ""},
        {"finding": 0.0, "star": True, "text": ""},
        {"finding": "0", "star": True, "text": ""},
        {"finding": 0, "star": 1, "text": ""},
        {"finding": 0, "star": True, "text": None},
        {"finding": -1, "star": True, "text": ""},
        {"finding": -1, "star": True, "text": "", "members": []},
        {"finding": -1, "star": True, "text": "", "members": [0, 0.5]},
        {"finding": -1, "star": True, "text": "", "members": [10**9]},
        {"finding": -1, "star": True, "text": "", "members": [True]},
        {"finding": 0, "star": True, "text": "", "members": [1]},
        {"finding": 10**30, "star": True, "text": ""},
        {"finding": 0, "star": True, "text": "x" * 10_001},
        {"finding": 0, "star": True, "text": "\ud800"},
    ],
)
def test_a_note_of_another_form_is_refused_and_not_kept(live, folder, body):
    assert live.refused(live.ask("POST", "/api/notes", body))[0] == 400
    assert not (folder / "notes.jsonl").exists()


def test_a_group_is_known_by_its_members_in_any_order(live, folder):
    ids = Atlas.read(folder).features["feature_id"].to_pylist()[:3]
    for members, text in ((ids, "first"), (ids[::-1] + ids, "last"), (ids[:2], "another")):
        live.ask(
            "POST", "/api/notes", {"finding": -1, "star": True, "text": text, "members": members}
        )
    found = [(one["text"], one["members"]) for one in live.body("notes")["notes"]]
    assert sorted(found) == [("another", sorted(ids[:2])), ("last", sorted(ids))]
    lines = [json.loads(line) for line in (folder / "notes.jsonl").read_text("utf-8").splitlines()]
    assert [line["of"] for line in lines] == [group_key(m) for m in (ids, ids, ids[:2])]


def test_ten_thousand_characters_are_kept(live):
    assert sent(live, 0, True, "ä" * 10_000)[0] == 204
    assert live.body("notes")["notes"][0]["text"] == "ä" * 10_000


def test_a_file_that_cannot_be_written_is_said(live, folder):
    (folder / "notes.jsonl").mkdir()
    status, text = live.refused(sent(live, 0, True, ""))
    assert status == 400
    assert "notes.jsonl cannot be written" in text
    assert live.refused(live.ask("GET", "/api/notes"))[0] == 400


def test_the_note_names_what_it_is_about(folder):
    Notes(Atlas.read(folder), folder).write({"finding": 0, "star": True, "text": ""})
    line = json.loads((folder / "notes.jsonl").read_text("utf-8"))
    claim = Atlas.read(folder).findings.to_pylist()[0]
    assert line["shape"] == claim["shape"]
    assert line["members"]
    with pytest.raises(BadInput, match="There is no such finding: this atlas has"):
        Notes(Atlas.read(folder), folder).write({"finding": 99, "star": True, "text": ""})
