"""The page in headless Chromium: it draws, it answers keys, it complains of nothing."""

import base64
import hashlib
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from synthetic_survey import atlas, large_atlas

from armillary.explorer import report_html

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


@pytest.mark.slow
def test_a_whole_vocabulary_is_drawn_within_five_seconds(tmp_path):
    said, complaints = drive(report_html(large_atlas()), "return performance.now()", tmp_path)
    assert float(said) < 5000
    assert complaints == []
