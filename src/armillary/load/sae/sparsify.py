"""eai-sparsify: a folder a hookpoint, with ``cfg.json`` and ``sae.safetensors``."""

from armillary.core.errors import BadInput
from armillary.core.firing import Firing, GroupMax, TopK
from armillary.load.sae.config import facts, one_of, sizes
from armillary.load.sae.stored_sae import SaeFiles, StoredMatrix, StoredSae, StoredVector

NAME = "sparsify"


def claims(files: SaeFiles) -> bool:
    """Tell whether the config is one of sparsify."""
    config = files.config
    sized = "num_latents" in config or "expansion_factor" in config
    return (
        sized and {"k", "d_in"} <= config.keys() and not {"architecture", "d_sae"} & config.keys()
    )


def read(files: SaeFiles) -> StoredSae:
    """Describe an autoencoder or transcoder whose ``W_dec`` already has a row a feature.

    ``b_dec`` is always taken off the input, but for a transcoder, whatever ``normalize_decoder``
    says. ``num_latents`` 0 stands for ``d_in * expansion_factor``.
    """
    where = str(files.config_path or files.weights)
    config = files.config
    stated = sizes(config, {"d_in": "d_in", "k": "k"}, where=where)
    latents = config.get("num_latents") or 0
    if not latents and isinstance(config.get("expansion_factor"), int) and "d_in" in stated:
        latents = stated["d_in"] * config["expansion_factor"]
    stated |= sizes({"num_latents": latents or None}, {"d_sae": "num_latents"}, where=where)
    if "k" not in stated:
        raise BadInput(f"{where}: 'k' is {config.get('k')!r}, expected a whole number above 0")
    transcodes = config.get("transcode") is True
    rules = {"topk": TopK, "groupmax": GroupMax}
    rule = rules["topk"]
    if config.get("activation") is not None:
        rule = one_of(config, "activation", known=rules, where=where)
    if rule is GroupMax and stated.get("d_sae", 0) % stated["k"]:
        raise BadInput(f"{where}: {stated['d_sae']} latents do not fall into {stated['k']} groups")
    skip = files.offer.tensors.get("W_skip")
    hookpoint = files.folder.name if files.folder.name else None

    def firing() -> Firing:
        return rule(stated["k"])

    return StoredSae(
        format=NAME,
        files=files,
        decoder=StoredMatrix(files.need("W_dec", of=NAME)),
        encoder=StoredMatrix(files.need("encoder.weight", of=NAME), transpose=True),
        encoder_bias=StoredVector(files.need("encoder.bias", of=NAME)),
        decoder_bias=StoredVector(files.need("b_dec", of=NAME)),
        firing=firing,
        centred=not transcodes,
        skip=StoredMatrix(skip, transpose=True) if skip is not None else None,
        sizes=stated,
        facts={**facts(config), **({"hook_name": hookpoint} if hookpoint else {})},
        notes=(
            "b_dec is "
            + ("not taken off the input: a transcoder" if transcodes else "taken off the input"),
        ),
    )
