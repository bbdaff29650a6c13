"""A small network fitted on few tokens, for readers that are not linear."""

from typing import Any

import numpy as np
from jaxtyping import Float

from armillary.load.require import require

HIDDEN, STEPS, BATCH, RATE = 256, 400, 128, 1e-3
_LEFT_OUT = 4  # one token in so many says when to stop
_LOOK = 20  # steps between looks


def mlp_predict(
    x: Float[np.ndarray, "token reading"],
    y: Float[np.ndarray, "token answer"],
    *,
    at: Float[np.ndarray, "asked reading"],
    seed: int = 0,
) -> Float[np.ndarray, "asked answer"]:
    """Predict answers by a network of 256 rectified units.

    Readings and answers are centred and divided by their root mean square (one number each), so
    that turns and scales of the whole space change little. Adam at 0.001 for 400 batches of 128;
    the weights kept are those with the least error on the last quarter of the tokens.

    Parameters
    ----------
    x, y
        Readings and answers, in random order.
    at
        Readings to answer.
    seed
        Of the first weights and of the batches.

    Returns
    -------
    array
        Float32.
    """
    torch: Any = require("torch", extra="torch")
    (x_mean, x_size), (y_mean, y_size) = _scale(x), _scale(y)
    first = len(x) - len(x) // _LEFT_OUT
    generator = torch.Generator().manual_seed(seed)
    known = torch.as_tensor((x - x_mean) / x_size)
    told = torch.as_tensor((y - y_mean) / y_size)
    net = torch.nn.Sequential(
        torch.nn.Linear(x.shape[1], HIDDEN), torch.nn.ReLU(), torch.nn.Linear(HIDDEN, y.shape[1])
    )
    with torch.no_grad():
        for weight in net.parameters():
            fan = weight.shape[-1] if weight.ndim == 2 else 1
            drawn = torch.randn(weight.shape, generator=generator) / fan**0.5
            weight.copy_(drawn if weight.ndim == 2 else torch.zeros_like(weight))
    adam = torch.optim.Adam(net.parameters(), lr=RATE)
    best, kept = float("inf"), [weight.detach().clone() for weight in net.parameters()]
    for step in range(STEPS):
        rows = torch.randint(0, first, (BATCH,), generator=generator)
        loss = (net(known[rows]) - told[rows]).square().mean()
        adam.zero_grad()
        loss.backward()
        adam.step()
        if step % _LOOK == _LOOK - 1:
            with torch.no_grad():
                error = float((net(known[first:]) - told[first:]).square().mean())
            if error < best:
                best, kept = error, [weight.detach().clone() for weight in net.parameters()]
    with torch.no_grad():
        for weight, value in zip(net.parameters(), kept, strict=True):
            weight.copy_(value)
        guess = net(torch.as_tensor((at - x_mean) / x_size)).numpy()
    return np.asarray(guess * y_size + y_mean, dtype=np.float32)


def _scale(table: np.ndarray) -> tuple[np.ndarray, np.float32]:
    mean = table.mean(axis=0)
    size = np.sqrt(np.mean((table - mean) ** 2, dtype=np.float64))
    return mean, np.float32(size if size > 0 else 1.0)
