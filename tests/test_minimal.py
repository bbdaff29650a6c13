"""A core install works: nothing optional is imported before it is used."""

import subprocess
import sys

HEAVY = ["torch", "sklearn", "matplotlib", "pandas", "umap", "numba", "dask", "gguf", "faiss"]
HEAVY += ["huggingface_hub", "yaml", "sae_lens", "starlette", "uvicorn", "pacmap"]

REPORT = f"""
import sys
print(sorted(name for name in {HEAVY} if name in sys.modules))
"""

# every import of an optional package fails, as on a machine that has none of them
NONE_INSTALLED = f"""
import importlib.abc, sys
class Refuse(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {[n for n in HEAVY if n != "sklearn"]}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Refuse())
"""

# rooms made of torch: importing them needs it, so nothing else may import them at its top
TORCH_ROOMS = ["models", "training"]

IMPORT_ALL = f"""
import importlib, pkgutil, armillary
def walk(path, prefix):
    for found in pkgutil.iter_modules(path, prefix):
        if found.name.endswith("__main__") or found.name.split(".")[1] in {TORCH_ROOMS}:
            continue
        module = importlib.import_module(found.name)
        if found.ispkg:
            walk(module.__path__, found.name + ".")
walk(armillary.__path__, "armillary.")
"""


def output(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_importing_armillary_imports_nothing_heavy():
    assert output("import armillary" + REPORT) == "[]"


def test_importing_every_module_imports_nothing_heavy():
    assert output(IMPORT_ALL + REPORT) == "[]"


def test_the_check_can_fail():
    assert "'sklearn'" in output("import armillary, sklearn" + REPORT)


def test_every_module_imports_where_no_extra_is_installed():
    output(NONE_INSTALLED + IMPORT_ALL)


def test_a_room_of_torch_says_how_to_install_it():
    code = (
        NONE_INSTALLED
        + "\ntry:\n    import armillary.models\nexcept ImportError as e:\n    print(e)"
    )
    assert 'pip install "armillary[torch]"' in output(code)


def test_the_barrier_can_fail():
    code = NONE_INSTALLED + "\ntry:\n    import pandas\nexcept ImportError as e:\n    print(e.name)"
    assert output(code) == "pandas"
