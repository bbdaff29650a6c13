import sys

import pytest

from armillary.core import MissingExtra
from armillary.load.require import require


def test_what_is_installed_is_imported():
    assert require("json", extra="demo").loads("1") == 1


def test_what_is_not_installed_is_explained_with_the_pip_line():
    with pytest.raises(MissingExtra, match=r'pip install "armillary\[demo\]"') as refusal:
        require("no_such_package_here", extra="demo")
    assert refusal.value.exit_code == 4


def test_a_package_that_breaks_inside_is_not_called_missing(tmp_path, monkeypatch):
    (tmp_path / "half_installed.py").write_text("import no_such_package_here\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_package_here") as error:
        require("half_installed", extra="demo")
    assert not isinstance(error.value, MissingExtra)
    sys.modules.pop("half_installed", None)
