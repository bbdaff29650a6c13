import base64
import gzip
import hashlib
import re
from html.parser import HTMLParser

import pytest
from synthetic_survey import atlas, atlas_with_codes, large_atlas

from armillary.explorer import Bodies, page_html, report_files, report_html
from armillary.explorer.limits import EVER_LESS
from armillary.explorer.wire import decode

NAMESPACES = {"http://www.w3.org/2000/svg", "http://www.w3.org/1999/xhtml",
              "http://www.w3.org/1998/Math/MathML", "http://www.w3.org/1999/xlink",
              "http://www.w3.org/XML/1998/namespace", "http://www.w3.org/2000/xmlns/"}  # fmt: skip


class Outline(HTMLParser):
    """Elements, attributes and text as a browser's parser sees them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: dict[str, list[str]] = {}
        self.last = ""

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.last = tag

    def handle_data(self, data):
        self.text.setdefault(self.last, []).append(data)


@pytest.fixture(scope="module")
def page() -> str:
    return report_html(atlas())


@pytest.fixture(scope="module")
def outline(page) -> Outline:
    parsed = Outline()
    parsed.feed(page)
    return parsed


def policy_of(outline: Outline) -> str:
    meta = [a for t, a in outline.tags if a.get("http-equiv") == "Content-Security-Policy"]
    return meta[0]["content"]


def blocks(page: str) -> dict[str, bytes]:
    """Bodies as the page holds them, by name."""
    found = re.findall(r'<script type="application/octet-stream" id="body:(.*?)">(.*?)<', page)
    return {name: gzip.decompress(base64.b64decode(packed)) for name, packed in found}


def test_the_policy_forbids_everything_but_this_script_and_style(page, outline):
    policy = policy_of(outline)
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    assert "connect-src" not in policy
    for tag in ("style", "script"):
        source = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.S).group(1)
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_only_a_page_that_has_a_server_may_ask_it():
    page = page_html(Bodies(atlas()), door={"kind": "server"}, inline={})
    assert "connect-src 'self'; " in page
    assert '<script id="door" type="application/json">{"kind": "server"}</script>' in page
    assert blocks(page) == {}


@pytest.mark.parametrize("make", [atlas, atlas_with_codes])
def test_the_page_holds_the_very_bytes_of_the_bodies(make):
    bodies = Bodies(make(), EVER_LESS[0])
    held = blocks(report_html(bodies.atlas))
    assert tuple(held) == bodies.names()
    assert all(data == bodies.data(name) for name, data in held.items())


def test_nothing_in_the_page_names_a_network_address(page):
    addresses = re.findall(r"https?:[^\"'`\s<>\\]*", page.replace("http-equiv", ""))
    assert set(addresses) <= NAMESPACES
    assert not re.search(r"@import|url\(", page)


def test_no_element_loads_anything(outline):
    for tag, attributes in outline.tags:
        assert not {"src", "href", "srcset", "style"} & set(attributes), tag
        assert not [name for name in attributes if name.startswith("on")], tag


def test_hostile_labels_make_no_elements(outline):
    page = {"html", "head", "meta", "title", "style", "body", "div", "noscript", "script"}
    static = {"main", "h1", "p", "table", "thead", "tbody", "tr", "th", "td"}
    assert {tag for tag, _ in outline.tags} == page | static | {"svg", "path", "circle"}
    assert sum(tag == "script" for tag, _ in outline.tags) == 2 + 2 + 27 + 27


def test_our_own_script_does_not_end_its_element():
    bare = page_html(Bodies(atlas()), door={"kind": "inline"}, inline={})
    assert len(re.findall(r"</script", bare, re.I)) == 2
    assert "<!--" not in bare
    assert "\r" not in bare  # a browser would hash another text than we did


def test_without_scripts_there_is_a_table(page):
    static = page.split("<noscript>")[1].split("</noscript>")[0]
    assert static.count("<tr>") == 28
    assert static.count("<svg") == 27
    assert "␣Monday · ␣Tuesday" in static
    assert "&lt;img src=x" in static


def test_the_same_atlas_gives_the_same_files():
    assert report_files(atlas()) == report_files(atlas())


def test_a_survey_that_found_nothing_says_so():
    page = report_html(atlas(significant=False))
    assert "27 groups of 849 features tested, 0 findings at q ≤ 0.05" in page
    assert "smallest q 0.31" in page


def told(page: str) -> str:
    return " ".join(decode(blocks(page)["atlas"])["header"]["shown"])


@pytest.mark.parametrize(
    ("room", "said"),
    [
        (160_000, "The null view is here for 15 of 27 findings with panels"),
        (70_000, "20 of 27 findings have panels"),
        (45_000, "10 of 27 findings have panels"),
    ],
)
def test_within_its_megabytes_a_page_holds_what_fits_and_says_what_it_leaves_out(room, said):
    bodies = Bodies(atlas())
    room += len(page_html(bodies, door={"kind": "inline"}, inline={}).encode())
    page = report_html(atlas(), max_mb=room / 1e6)
    assert len(page.encode()) <= room
    assert said in told(page)
    assert all(bodies.data(name) == data for name, data in blocks(page).items() if "/" in name)


def test_a_page_that_holds_everything_says_nothing(page):
    assert told(page) == ""


def test_however_small_the_list_of_findings_is_there():
    held = blocks(report_html(atlas(), max_mb=0.001))
    assert set(held) == {"atlas", "map"}
    assert len(decode(held["atlas"])["findings"]) == 27
    assert decode(held["map"])["shown"] == 0


def test_each_step_of_a_report_holds_less():
    for more, less in zip(EVER_LESS, EVER_LESS[1:], strict=False):
        assert less.panels <= more.panels
        assert less.nulls <= more.nulls
        assert less.features <= more.features
        assert less.contexts <= more.contexts
        assert less != more


@pytest.mark.slow
def test_three_hundred_panels_and_the_whole_vocabulary_stay_below_fifteen_megabytes():
    page = report_html(large_atlas())
    assert len(page.encode()) < 15e6
    assert sum(name.startswith("panel/") for name in blocks(page)) == 300
