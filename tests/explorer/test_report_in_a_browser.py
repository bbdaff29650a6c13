"""The page in headless Chromium: it draws, it answers keys, it complains of nothing."""

import base64
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from synthetic_survey import atlas, atlas_with_codes, large_atlas

from armillary.explorer import report_html, report_payload

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("chrome")
if CHROMIUM is None and os.environ.get("ARMILLARY_REQUIRE_ALL") == "1":
    pytest.fail("no Chromium found, and ARMILLARY_REQUIRE_ALL=1 asks for every test")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium")

FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--enable-logging=stderr"),
    *("--virtual-time-budget=3000", "--window-size=1400,1000"),
]


def digest(source: str) -> str:
    return base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()


def drive(page: str, script: str, folder: Path, *, anchor: str = "") -> tuple[str, list[str]]:
    """Run a script after the page's own; return the text it leaves and the console's complaints."""
    old = re.search(r"<script>(.*?)</script>", page, re.S).group(1)
    new = old + f"document.documentElement.dataset.said = String((() => {{ {script} }})());\n"
    page = page.replace(old, new)
    page = page.replace(digest(old), digest(new))
    file = folder / "report.html"
    file.write_text(page, encoding="utf-8")
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={folder / 'profile'}", "--dump-dom"]
    done = subprocess.run(
        [*command, f"{file.as_uri()}{anchor}"], capture_output=True, text=True, timeout=120
    )
    said = re.search(r'data-said="([^"]*)"', done.stdout)
    assert said, f"the page's script did not end: {done.stderr[-2000:]}"
    return said.group(1), [line for line in done.stderr.splitlines() if "CONSOLE" in line]


def test_it_draws_without_a_complaint(tmp_path):
    said, complaints = drive(
        report_html(atlas()),
        """const q = (s) => document.querySelectorAll(s).length;
        return [document.documentElement.dataset.ready, q('.item'), q('.hero .dot'),
                q('.hero .label'), q('.histogram'), q('.kind'), q('img')]""",
        tmp_path,
    )
    assert said == "true,27,7,7,2,9,0"
    assert complaints == []


def test_keys_walk_the_findings_and_search_narrows_them(tmp_path):
    said, complaints = drive(
        report_html(atlas()),
        """const press = (key) => document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
        const title = () => document.querySelector('.item.open .c-finding b')?.textContent;
        const out = [title()];
        press('j'); out.push(title()); press('k'); out.push(title(), location.hash);
        press('Escape'); out.push(title());
        press('/'); out.push(document.activeElement.type);
        document.activeElement.value = 'october';
        document.activeElement.dispatchEvent(new Event('input'));
        out.push(document.querySelectorAll('.item').length);
        return out""",  # noqa: E501
        tmp_path,
    )
    assert said == "circle,arc,circle,#f=0,,search,1"
    assert complaints == []


def test_every_section_opens_and_hostile_labels_stay_text(tmp_path):
    said, complaints = drive(
        report_html(atlas()),
        """let seen = 0;
        for (const row of [...document.querySelectorAll('button.row')]) {
          if (row.getAttribute('aria-expanded') === 'false') row.click();
          seen += document.querySelectorAll('.item.open .hero svg').length;
        }
        const text = document.getElementById('app').innerHTML;
        return [seen, text.includes('<img'), document.querySelectorAll('script').length]""",
        tmp_path,
    )
    assert said == "27,false,2"
    assert complaints == []


def test_a_link_opens_its_finding(tmp_path):
    said, _ = drive(
        report_html(atlas()),
        "return document.querySelector('.item.open .c-members').textContent",
        tmp_path,
        anchor="#f=9",
    )
    assert said.startswith("␣January")


def test_lighting_a_point_lights_it_everywhere(tmp_path):
    said, _ = drive(
        report_html(atlas()),
        """const third = document.querySelectorAll('.hero .dot')[2];
        third.dispatchEvent(new PointerEvent('pointerenter'));
        return [...document.querySelectorAll('.hot')].map((n) => n.tagName + n.textContent)""",
        tmp_path,
    )
    assert said.count("circle") == 3
    assert "LI␣Wednesday" in said


def test_a_survey_that_found_nothing_says_so_large(tmp_path):
    said, complaints = drive(
        report_html(atlas(significant=False)),
        "return document.querySelector('.nothing').textContent",
        tmp_path,
    )
    assert said.startswith("Nothing found.None of 27 groups among 849 features")
    assert "The smallest q is 0.31." in said
    assert complaints == []


def test_hovering_a_token_shows_its_context_with_the_token_bold(tmp_path):
    record = atlas_with_codes()
    told = report_payload(record).rebuilt.listed[0].examples
    where = next(i for i, word in enumerate(told.word) if word == 4)
    place = f"document {told.document[where]}, position {told.position[where]}"
    said, complaints = drive(
        report_html(record),
        """const dots = [...document.querySelectorAll('.rebuilt .hero .token')];
        const tip = document.querySelector('.tip');
        const out = [];
        for (const dot of dots) {
          dot.dispatchEvent(new PointerEvent('pointerenter'));
          const bold = tip.querySelectorAll('b.tok');
          out.push([tip.querySelector('small').textContent.split(' · ')[1], bold.length, bold[0].textContent].join('|'));
          dot.dispatchEvent(new PointerEvent('pointerleave', { pointerType: 'mouse' }));
        }
        return out.join('~') + '~' + tip.classList.contains('on')""",  # noqa: E501
        tmp_path,
    )
    *dots, still = said.split("~")
    expected = {
        f"document {d}, position {p}|1|{token}"
        for d, p, token in zip(told.document, told.position, told.token, strict=True)
    }
    assert set(dots) == expected
    assert f"{place}|1| May" in dots
    assert (len(dots), still) == (150, "false")
    assert complaints == []


def test_claims_open_and_hostile_contexts_stay_text(tmp_path):
    said, complaints = drive(
        report_html(atlas_with_codes()),
        """const rows = [...document.querySelectorAll('.rebuilt button.row')];
        for (const row of rows) if (row.getAttribute('aria-expanded') === 'false') row.click();
        const q = (s) => document.querySelectorAll('.rebuilt ' + s).length;
        const text = document.querySelector('.rebuilt').innerHTML;
        return [rows.length, q('.hero svg'), q('.rows'), q('.tests em'), q('.word'), location.hash,
                q('.context') === q('.context .tok'), text.includes('<img'), q('script')]""",
        tmp_path,
    )
    assert said == "3,3,3,3,33,#r=42,true,false,0"
    assert complaints == []


def test_keys_and_taps_show_contexts_too(tmp_path):
    said, complaints = drive(
        report_html(atlas_with_codes()),
        """const tip = document.querySelector('.tip');
        const hero = document.querySelector('.rebuilt .hero svg');
        const key = (key) => hero.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));
        key('ArrowRight'); const first = tip.textContent;
        key('ArrowRight'); const second = tip.textContent;
        const out = [first !== second, tip.querySelectorAll('b.tok').length,
                     document.querySelectorAll('.rebuilt .hero .token.hot').length];
        hero.dispatchEvent(new FocusEvent('blur')); out.push(tip.classList.contains('on'));
        const dot = document.querySelector('.rebuilt .token');
        dot.dispatchEvent(new PointerEvent('pointerenter', { pointerType: 'touch' }));
        dot.dispatchEvent(new PointerEvent('pointerleave', { pointerType: 'touch' }));
        dot.dispatchEvent(new MouseEvent('click'));
        out.push(tip.classList.contains('on'));
        return out""",  # noqa: E501
        tmp_path,
    )
    assert said == "true,1,1,false,true"
    assert complaints == []


def test_printing_opens_every_claim(tmp_path):
    said, _ = drive(
        report_html(atlas_with_codes()),
        """dispatchEvent(new Event('beforeprint'));
        return document.querySelectorAll('.rebuilt .contexts').length""",
        tmp_path,
    )
    assert said == "3"


def test_a_link_opens_its_claim(tmp_path):
    said, _ = drive(
        report_html(atlas_with_codes()),
        """return [document.querySelectorAll('.item.open').length,
                   document.querySelector('.rebuilt .item.open').dataset.group]""",
        tmp_path,
        anchor="#r=41",
    )
    assert said == "1,41"


def test_where_only_codes_found_something_the_page_does_not_say_nothing(tmp_path):
    said, complaints = drive(
        report_html(atlas_with_codes(significant=False)),
        """return [document.querySelectorAll('.nothing').length,
                   document.querySelector('.figures-row').textContent.includes('3rebuilt'),
                   document.querySelectorAll('.rebuilt .item').length]""",
        tmp_path,
    )
    assert said == "0,true,3"
    assert complaints == []


@pytest.mark.slow
def test_a_whole_vocabulary_is_drawn_within_five_seconds(tmp_path):
    said, complaints = drive(report_html(large_atlas()), "return performance.now()", tmp_path)
    assert float(said) < 5000
    assert complaints == []
