"""A receiver in a process of its own, with the bytes and what is shared, builds the same space."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from examples import EXAMPLES, a_space

from armillary.knockoffs import Message, open_shared, place, save_shared

RECEIVER = """
import sys
from pathlib import Path
import numpy as np
from armillary.knockoffs import open_shared, place
folder = Path(sys.argv[1])
shared = open_shared(folder / "shared.npz")
for path in sorted(folder.glob("*.message")):
    placed = place(path.read_bytes(), shared, rng=np.random.default_rng(7))
    np.save(path.with_suffix(".npy"), placed.directions)
    print(path.stem, placed.feature_id.sum(), "".join(placed.columns["label"]))
"""


@pytest.fixture(scope="module")
def messages() -> list[Message]:
    space, shared = a_space()
    return [theory.fit(space, shared, rng=np.random.default_rng(0)) for theory in EXAMPLES]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, messages: list[Message]) -> Path:
    """All that the receiver may see, and afterwards what it built."""
    folder = tmp_path_factory.mktemp("sent")
    save_shared(a_space()[1], folder / "shared.npz")
    for i, message in enumerate(messages):
        (folder / f"{i:03d}.message").write_bytes(message.to_bytes())
    seen = sorted(path.name for path in folder.iterdir())
    assert seen == [f"{i:03d}.message" for i in range(len(messages))] + ["shared.npz"]
    done = subprocess.run(
        [sys.executable, "-c", RECEIVER, str(folder)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) == len(messages)
    return folder


@pytest.mark.parametrize("i", range(len(EXAMPLES)), ids=[t.label for t in EXAMPLES])
def test_bytes_alone_rebuild_the_space_bit_for_bit(i: int, folder: Path, messages: list[Message]):
    here = place(messages[i], a_space()[1], rng=np.random.default_rng(7)).directions
    there = np.load(folder / f"{i:03d}.npy")
    assert there.dtype == here.dtype
    assert there.tobytes() == here.tobytes()


@pytest.mark.parametrize("i", range(len(EXAMPLES)), ids=[t.label for t in EXAMPLES])
def test_the_price_is_the_size_of_the_file(i: int, folder: Path, messages: list[Message]):
    assert messages[i].bits == 8 * (folder / f"{i:03d}.message").stat().st_size


def test_what_is_shared_survives_the_disk(tmp_path: Path):
    shared = a_space()[1]
    save_shared(shared, tmp_path / "shared.npz")
    read = open_shared(tmp_path / "shared.npz")
    assert (read.d_model, read.n_features) == (12, 60)
    assert read.labels is not None
    assert np.array_equal(read.labels, shared.labels)
    assert read.codes is not None
    assert shared.codes is not None
    assert np.array_equal(read.codes.value, shared.codes.value)
    assert read.codes.tokens is not None
    assert read.codes.tokens.text([0, 1]) == [" Monday", "Monday"]
    assert np.array_equal(read.energy(), shared.energy())


def test_what_is_shared_does_not_hold_the_directions(tmp_path: Path):
    space, shared = a_space()
    save_shared(shared, tmp_path / "shared.npz")
    with np.load(tmp_path / "shared.npz") as file:
        for name in file.files:
            assert file[name].shape != space.directions.shape
            assert space.directions[0].tobytes() not in file[name].tobytes()
