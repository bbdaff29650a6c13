import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest
from synthetic_survey import atlas, large_atlas

from armillary.explorer import report_files, report_html


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


def test_the_policy_forbids_everything_but_this_script_and_style(page, outline):
    policy = policy_of(outline)
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for tag in ("style", "script"):
        source = re.search(rf"<{tag}>(.*?)</{tag}>", page, re.S).group(1)
        digest = base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{digest}'" in policy


def test_nothing_in_the_page_names_a_network_address(page):
    assert not re.search(r"https?:|//[a-z]|@import|url\(", page.split('<script id="payload"')[0])
    assert "http" not in page.replace("http-equiv", "")


def test_no_element_loads_anything(outline):
    for tag, attributes in outline.tags:
        assert not {"src", "href", "srcset", "style"} & set(attributes), tag
        assert not [name for name in attributes if name.startswith("on")], tag


def test_hostile_labels_make_no_elements(outline):
    page = {"html", "head", "meta", "title", "style", "body", "div", "noscript", "script"}
    static = {"main", "h1", "p", "table", "thead", "tbody", "tr", "th", "td"}
    assert {tag for tag, _ in outline.tags} == page | static | {"svg", "path", "circle"}
    assert sum(tag == "script" for tag, _ in outline.tags) == 2


def test_nothing_in_the_data_can_end_its_element(page):
    block = page.split('<script id="payload" type="application/json">')[1].split("</script>")[0]
    assert "\\u003c/script\\u003e" in block
    assert not set("<>&\u2028\u2029\x00") & set(block)
    assert block.isascii()


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


@pytest.mark.slow
def test_three_hundred_sections_and_the_whole_vocabulary_stay_below_twelve_megabytes():
    page = report_html(large_atlas())
    assert len(page.encode()) < 12e6
