"""Write the table and the verdict of a folder that `armillary explain` wrote, as Markdown.

python benchmarks/explain_tables.py FOLDER
"""

import argparse
from pathlib import Path

from armillary.explain import open_explanation
from armillary.explain.overview import overview
from armillary.explain.table import Explanation


def number(value: float) -> str:
    """Two decimals, without the leading zero."""
    return f"{value:.2f}".replace("0.", ".", 1)


def table(explanation: Explanation) -> list[str]:
    """Return a row a theory: bits a feature, the main reader by gauge, cosine and neighbours."""
    one = overview(explanation)
    m = explanation.manifest["counts"]["features"]
    head = ["theory", "bits a feature", *one.gauges, *(side.name for side in one.sides)]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    for family, said in one.families:
        lines.append(f"| *{family}* |" + " |" * (len(head) - 1))
        for theory in said:
            cells = [theory.label, f"{theory.bits / m:,.1f}"]
            for gauge in one.gauges:
                row = one.rows.get((theory.label, gauge))
                cells.append(
                    f"{number(row.value)} [{number(row.low)}, {number(row.high)}]" if row else ""
                )
            cells += [number(side.values.get(theory.label, float("nan"))) for side in one.sides]
            lines.append("| " + " | ".join(cells) + " |")
    return lines


def groups(explanation: Explanation) -> list[str]:
    """Return what one group's edits cost, in nats a prediction."""
    lines: list[str] = []
    for row in explanation.rows:
        if row.theory.startswith("exact but"):
            change = row.raw.get("change", float("nan"))
            low, high = row.raw.get("change_low", change), row.raw.get("change_high", change)
            lines.append(f"- {row.theory}: {change:.2f} [{low:.2f}, {high:.2f}] nats")
    return lines


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    found = open_explanation(parser.parse_args().folder)
    print("\n".join(table(found)), end="\n\n")
    print("\n".join(groups(found)), end="\n\n")
    print("\n".join(f"- {sentence.text}" for sentence in found.verdict().sentences))
