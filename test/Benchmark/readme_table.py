"""Writes the README's benchmark section from results.json: who was faster, on which machine, and how near the machine's limit.

    readme_table.py build/bench/results.json            prints the section
    readme_table.py build/bench/results.json --write    puts it into README.md, between its two "benchmark" comments

Ours is the library with a symbolic batch. What was not measured is a dash: no figure comes from elsewhere.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "Structure"))

import readme
import report

NAMES = {report.OURS: "motionc", "onnxruntime": "ONNX Runtime", "openvino": "OpenVINO"}
STATISTICS = {"median_of_minima": "the median of each round's shortest time", "minimum": "the shortest time"}


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table: the first column to the left, the others to the right."""
    lines = [header, ["---", *["---:"] * (len(header) - 1)], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def cells(row: dict) -> list[str]:
    """One line of a table of times; dashes for what was not measured."""
    ours = report.time_of(row, report.OURS)
    error = row.get("peers", {}).get(report.OURS, {}).get("error")
    # Below a tenth of a microsecond the bound says nothing: a call itself takes longer.
    fraction = f"{100 * row['bound_us'] / ours:.0f} %" if ours and row["bound_us"] >= 0.1 else "-"
    times = [report.show(report.time_of(row, peer)) for peer in NAMES]
    return [row["model"], *times, report.show(report.ratio(row), "x"), fraction, "-" if error is None else f"{error:.0e}"]


def conditions(results: dict, rows: Sequence[dict]) -> str:
    """Machine, versions and what the columns mean."""
    limits = next(limits for limits in results["limits"] if limits["threads"] == 1)
    peak = max(limits["avx512_gflops"], limits["avx2_gflops"])
    versions = {peer: found["version"].split("-")[0] for row in rows for peer, found in row.get("peers", {}).items() if found.get("version")}
    peers = ", ".join(f"{NAMES[peer]} {versions[peer]}" for peer in report.PEERS if peer in versions)
    statistic = STATISTICS[rows[0].get("statistic", "median_of_minima")] if rows else "nothing"
    return (f"{results['machine']['cpu']}, one thread where nothing else is said, FMA peak {report.show(peak)} GFLOP/s; {peers}. Microseconds per call, {statistic}; all three "
            "interleaved in one run, on the same inputs, through their C interfaces. The limit is made of the FMA peak and the read bandwidth that "
            "the same run measured, for every product and every weight: above 100 % some were skipped, since they meet zeros. The error is max\\|y - y64\\| / max\\|y64\\| against a float64 evaluation.")


def threads_section(rows: Sequence[dict], threads: int) -> str:
    """Times with several threads for every batch size, beside the peers' and beside our own with one; empty when they were not measured."""
    times = {(row["model"], row["batch"], row["threads"]): row for row in rows}
    batches = sorted({row["batch"] for row in rows if row["threads"] == threads})
    lines = []
    for model in dict.fromkeys(row["model"] for row in rows):
        line = [model]
        for batch in batches:
            several, one = times.get((model, batch, threads), {}), times.get((model, batch, 1), {})
            ours, alone = report.time_of(several, report.OURS), report.time_of(one, report.OURS)
            line += [report.show(ours), report.show(report.ratio(several), "x"), report.show(alone / ours if alone and ours else None, "x")]
        lines.append(line)
    header = [f"{threads} threads"] + [text for batch in batches for text in (f"batch {batch}", "against the better", "against one thread")]
    return markdown(header, lines) if batches else ""


def start_section(results: dict) -> str:
    """What a program with one small model pays beside the calls; empty when it was not measured."""
    starts = {row["peer"]: row for row in results["start"] if row["model"] == "deephase"}
    ours = next((row for row in results["compile"] if row["model"] == "deephase"), None)
    sizes = dict(results.get("runtime_bytes", {}))
    if ours:
        sizes = {peer: size + ours["onnx_bytes"] for peer, size in sizes.items()} | {report.OURS: ours["stripped_bytes"]}
    rows = [[NAMES[peer], report.show(starts[peer]["total_us"] / 1e3), f"{starts[peer]['peak_over_empty_kb']:,}",
             f"{sizes[peer] / report.KILOBYTE:,.0f}" if peer in sizes else "-"] for peer in NAMES if peer in starts]
    return markdown(("deephase in a fresh process", "to the first result, ms", "peak memory, KB", "to ship, KB"), rows) if rows else ""


def section(results: dict) -> str:
    """The whole section: machine, a table per batch size, start-up, and whether something else ran beside it."""
    rows = [row for row in results["timings"] if row["threads"] == 1]
    parts = [conditions(results, rows)]
    for batch in sorted({row["batch"] for row in rows}):
        header = (f"batch {batch}", *NAMES.values(), "against the better", "of the limit", "error")
        parts.append(markdown(header, [cells(row) for row in rows if row["batch"] == batch]))
    parts += [threads_section(results["timings"], threads) for threads in sorted({row["threads"] for row in results["timings"]} - {1})]
    note = report.busy_note(results)
    return "\n\n".join(part for part in (*parts, start_section(results), note[:1].upper() + note[1:] + ".") if part) + "\n"


def main(arguments: list[str]) -> int:
    """Command line; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("results", type=Path)
    parser.add_argument("--write", action="store_true", help="put the section into README.md")
    options = parser.parse_args(arguments)
    text = section(json.loads(options.results.read_text(encoding="utf-8")))
    if options.write:
        readme.README.write_text(readme.replace(readme.README.read_text(encoding="utf-8"), "benchmark", text), encoding="utf-8")
    else:
        print(text, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
