from reconstruction import main


def test_both_ways_rebuild_the_same(tmp_path):
    numbers = main(["--clusters", "30", "--triples", "3000", "--json", str(tmp_path / "n.json")])
    assert numbers["unequal_to_loop"] == 0
    assert numbers["unequal_to_product"] == 0
    assert (tmp_path / "n.json").exists()
