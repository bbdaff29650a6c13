"""``armillary worlds``: the catalogue of worlds whose truth is known, and what is done on them."""

from armillary.cli.worlds.app import worlds_app as worlds_app
