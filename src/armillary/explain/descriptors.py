"""Descriptors: theories of activations for networks that add modulo p, said in bytes and scored.

A descriptor needs no dictionary: its codes are functions of the inputs (``cos w a + cos w b`` ...),
which the receiver has. Its message is which functions, at which frequencies, and where each of
them points. So it is scored beside theories of placement, on the same scale, as rows of their own.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from armillary.core.errors import BadInput
from armillary.explain.readers.task import Task
from armillary.explain.scores import Score
from armillary.explain.subject import Subject
from armillary.knockoffs.message import Message
from armillary.knockoffs.packing import pack_floats, unpack_floats
from armillary.networks.modular.descriptors import STEPS, TORI, descriptor, least_squares
from armillary.worlds import Sample, World

KIND = "descriptor"
FAMILY = "descriptor"
_STEPS = (*STEPS, TORI)


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """One descriptor, what it costs and what is left with it.

    Parameters
    ----------
    label
        ``"disks"``, ``"disks + circle of a + b"``, ``"disks + circle of a - b"`` (all three) or
        ``"tori"``.
    message
        All that the receiver gets.
    score
        Of the reader ``task``; the scale is the dictionary's (mean ablation 0, its reconstruction
        1), so a descriptor may exceed 1.
    """

    label: str
    message: Message
    score: Score


def fit_descriptor(
    sample: Sample, *, frequencies: tuple[int, ...], p: int, step: str = STEPS[0]
) -> Message:
    """Say a descriptor: its step, its frequencies and its frame.

    The frame is the least-squares fit of activations on a constant and the columns of
    ``networks.modular.descriptors.descriptor``, one row a column, 16 bits a number.

    Parameters
    ----------
    sample
        Activations with their inputs, pairs of residues.
    frequencies
        Of the circles, below 65,536.
    p
        Number of residues; the receiver knows it.
    step
        One of ``STEPS``, or ``TORI``.

    Returns
    -------
    Message
        For ``activations_said``.

    Raises
    ------
    BadInput
        If there is no such step, or the sample does not know its inputs.
    """
    if step not in _STEPS:
        raise BadInput(f"there is no descriptor {step!r}: {', '.join(_STEPS)}")
    columns = _columns(_pairs(sample), frequencies, p=p, step=step)
    frame = least_squares(columns, sample.activations.astype(np.float64))
    return Message(
        KIND,
        {
            "step": bytes([_STEPS.index(step)]),
            "frequencies": np.array(frequencies, dtype="<u2").tobytes(),
            "frame": pack_floats(frame, bits=16),
        },
    )


def activations_said(
    message: Message | bytes, inputs: Int[np.ndarray, "row 2"], *, p: int
) -> Float[np.ndarray, "row d_model"]:
    """Return the activations that a descriptor says of inputs: the receiver's side.

    Parameters
    ----------
    message
        Of ``fit_descriptor``, or its bytes.
    inputs
        Pairs of residues.
    p
        Number of residues.

    Raises
    ------
    BadInput
        If the message is of another kind.
    """
    read = Message.from_bytes(message) if isinstance(message, bytes) else message
    if read.theory != KIND:
        raise BadInput(f"a message of {read.theory!r} is no descriptor")
    frequencies = tuple(int(k) for k in np.frombuffer(read.parts["frequencies"], "<u2"))
    columns = _columns(inputs, frequencies, p=p, step=_STEPS[read.parts["step"][0]])
    return (columns @ unpack_floats(read.parts["frame"])).astype(np.float32)


def describe(subject: Subject, *, task: Task | None = None, seed: int = 0) -> list[Described]:
    """Score every descriptor of a world that adds modulo p.

    Fitted on the calibration sample's own activations (not on a dictionary's), sent as bytes, read
    back, and scored on the test rows.

    Parameters
    ----------
    subject
        Of a world of residues.
    task
        The reader, where it was made already.
    seed
        Of the bootstrap.

    Returns
    -------
    list of Described
        One for each of ``STEPS``, and for ``TORI``.

    Raises
    ------
    BadInput
        If the subject is not of such a world.
    """
    world: World | None = subject.parts.get("world")
    if world is None or not adds_modulo(subject):
        raise BadInput(f"{subject.name} adds nothing modulo p: descriptors say nothing of it")
    reader = task or Task(subject, seed=seed)
    p, frequencies = int(world.truth.params["p"]), tuple(world.truth.params["frequencies"])
    found: list[Described] = []
    for step in _STEPS:
        message = fit_descriptor(
            subject.parts["calibration"], frequencies=frequencies, p=p, step=step
        )
        said = activations_said(message.to_bytes(), _pairs(subject.parts["sample"]), p=p)
        label = f"disks {step}" if step.startswith("+") else step
        found.append(Described(label, message, reader.score_rows(said)))
    return found


def adds_modulo(subject: Subject) -> bool:
    """Return whether a subject is of a world that adds modulo p, so that descriptors speak of it.

    Parameters
    ----------
    subject
        Any.
    """
    world: World | None = subject.parts.get("world")
    return world is not None and {"p", "frequencies"} <= set(world.truth.params)


def _pairs(sample: Sample) -> Int[np.ndarray, "row 2"]:
    if sample.inputs is None or sample.inputs.ndim != 2 or sample.inputs.shape[1] != 2:
        raise BadInput("descriptors are functions of pairs of residues: the sample has none")
    return sample.inputs


def _columns(
    pairs: Int[np.ndarray, "row 2"], frequencies: tuple[int, ...], *, p: int, step: str
) -> Float[np.ndarray, "row column"]:
    return np.column_stack([np.ones(len(pairs)), descriptor(pairs, frequencies, p=p, step=step)])
