"""Results of a workload of the speed benchmark: JSON and table."""

from statistics import median
from typing import Any

from measuring import shown
from work import AE, Environment, Run, Work

BUSY = 0.2  # cores


def summary(values: list[float]) -> dict[str, float]:
    return {"min": min(values), "median": median(values), "max": max(values)}


def result_of(work: Work, environment: Environment, runs: dict[str, list[Run]]) -> dict[str, Any]:
    rates = {program: [run.rate for run in rounds] for program, rounds in runs.items()}
    results = work.results(environment, runs)
    agree = {program: difference <= work.allowed_difference for program, difference in results["differences"].items()}
    return {
        "title": work.title,
        "samples_per_second": {program: summary(values) for program, values in rates.items()},
        "ratios": {program: {**summary([ours / theirs for ours, theirs in zip(rates[AE], values)]),
                             "wanted": work.wanted[program]} for program, values in rates.items() if program != AE},
        "cpu_seconds_per_million_samples": {program: median(run.cpu_per_million for run in rounds)
                                            for program, rounds in runs.items()},
        "peak_mb": {program: median(run.child.peak_mb for run in rounds) for program, rounds in runs.items()},
        "command_seconds": {program: median(run.child.seconds for run in rounds) for program, rounds in runs.items()},
        "cores_busy_elsewhere": median(run.child.others for rounds in runs.values() for run in rounds),
        "results": {**results, "allowed_difference": work.allowed_difference, "agree": all(agree.values())},
        "commands": {program: shown(work.command(environment, program, 1), environment.data_root) for program in runs},
        "rounds": [{program: rounds[number].rates[:20] for program, rounds in runs.items()}
                   for number in range(len(runs[AE]))],
    }


def format_table(result: dict[str, Any]) -> str:
    lines = [result["title"], f"{'':16}{'samples/s':>12}{'ae is':>8}{'min':>7}{'max':>7}{'wanted':>8}{'CPU s/M':>10}"
             f"{'peak MB':>9}{'difference':>12}"]
    for program, rate in result["samples_per_second"].items():
        ratio = result["ratios"].get(program)
        ratios = " " * 30
        if ratio:
            wanted = f"{ratio['wanted']:g}" if ratio["wanted"] else ""
            median, least, most = (f"{ratio[key]:.{2 if ratio[key] < 100 else 0}f}" for key in ("median", "min", "max"))
            ratios = f"{median:>7}x{least:>7}{most:>7}{wanted:>8}"
        difference = result["results"]["differences"].get(program) if program != AE else None
        lines.append(f"{program:16}{rate['median']:12,.0f}{ratios}"
                     f"{result['cpu_seconds_per_million_samples'][program]:10.2f}{result['peak_mb'][program]:9,.0f}"
                     f"{'' if difference is None else f'{100 * difference:.2g} %':>12}")
    if not result["results"]["agree"]:
        lines.append(f"WARNING: NOT THE SAME WORK: {result['results']['compared']} differs by more than "
                     f"{100 * result['results']['allowed_difference']:g} %: {result['results']['values'] or ''}")
    if result["cores_busy_elsewhere"] > BUSY:
        lines.append(f"WARNING: other programs kept {result['cores_busy_elsewhere']:.1f} cores busy: rates and ratios "
                     "are those of a busy machine")
    return "\n".join(lines)
