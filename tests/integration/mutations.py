"""Faults of configs: each has the text of a faulty config, and what the message must name."""

import copy
import json
import random
from dataclasses import dataclass
from typing import Any, Callable, Iterator

Path = tuple[Any, ...]
# A misspelt one changes the allowed keys, and the message may name one of those.
DECISIVE = ("kind", "type")
# A number outside every option's range, except where all finite numbers are allowed.
TOO_LARGE = 1e300
TOO_SMALL = -1e300


@dataclass
class Fault:
    kind: str
    text: str  # of the config
    named: tuple[str, ...]  # the message must contain one of these


def places(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """All values below one, with their paths; lists count as one value."""
    if path:
        yield path, value
    if isinstance(value, dict):
        for key, member in value.items():
            yield from places(member, path + (key,))


def holder(config: dict, path: Path) -> dict:
    for key in path[:-1]:
        config = config[key]
    return config


def with_value(config: dict, path: Path, value: Any) -> dict:
    config = copy.deepcopy(config)
    holder(config, path)[path[-1]] = value
    return config


def leaf_of(config: dict, rng: random.Random, kinds: tuple[type, ...]) -> Path | None:
    found = [path for path, value in places(config) if type(value) in kinds]
    return rng.choice(found) if found else None


def misspelt(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word))
    letter = rng.choice("abcdefghijklmnopqrstuvwxyz")
    before, after = word[:at], word[at + 1:]
    return rng.choice((before + after + "q", before + letter + "q" + word[at:], before + "q" + after, word + "s_",
                       word.upper() + "_"))


def misspelt_key(config: dict, rng: random.Random) -> Fault | None:
    path = rng.choice([path for path, _ in places(config) if path[-1] not in DECISIVE])
    key = misspelt(path[-1], rng)
    config = copy.deepcopy(config)
    inside = holder(config, path)
    members = list(inside.items())
    inside.clear()
    for name, value in members:
        inside[key if name == path[-1] else name] = value
    return Fault("misspelt key", json.dumps(config), (f'"{key}"',))


def misplaced_key(config: dict, rng: random.Random) -> Fault | None:
    path = rng.choice([path for path, _ in places(config) if len(path) > 1 and path[-1] not in DECISIVE])
    others = [other for other, value in places(config)
              if isinstance(value, dict) and len(other) == 1 and other[0] not in path]
    if not others:
        return None
    value = holder(config, path)[path[-1]]
    key = path[-1] + "_q" if path[-1] in config[others[0][0]] else path[-1]
    target = rng.choice(others)
    return Fault("key in the wrong place", json.dumps(with_value(config, target + (key,), value)),
                 (f'"{key}"', ".".join(target + (key,))))


def wrong_type(config: dict, rng: random.Random) -> Fault | None:
    path, value = rng.choice([(path, value) for path, value in places(config) if path[-1] != "type"])
    wrong: dict[type, tuple[Any, ...]] = {
        int: ("four", True, [1], {"a": 1}), float: ("x", False, [0.5]), str: (3.5, True, [[]]),
        list: ("text", 7, True), bool: ("yes", 3, []), dict: (7, True, [1])}
    given = rng.choice(wrong[type(value)])
    return Fault("wrong type", json.dumps(with_value(config, path, given)), (path[-1], '"a"'))


def out_of_range(config: dict, rng: random.Random) -> Fault | None:
    path = leaf_of(config, rng, (int, float))
    if path is None:
        return None
    # Weights are not bounded, also if written as integers.
    whole = isinstance(holder(config, path)[path[-1]], int) and path[-1] != "weight"
    value = rng.choice((TOO_LARGE, TOO_SMALL) if whole else (TOO_SMALL,))
    return Fault("out of range", json.dumps(with_value(config, path, value)), (path[-1],))


def fraction_of_a_count(config: dict, rng: random.Random) -> Fault | None:
    counts = [path for path, value in places(config)
              if path[-1] in ("seed", "epochs", "batch_size", "latent_dim", "k", "last", "threads")]
    if not counts:
        return None
    path = rng.choice(counts)
    return Fault("fraction of a count", json.dumps(with_value(config, path, 1.5)), (path[-1],))


def doubled_key(config: dict, rng: random.Random) -> Fault | None:
    path = rng.choice([path for path, _ in places(config)])
    value = rng.choice((1, "x", holder(config, path)[path[-1]]))
    text = json.dumps(with_value(config, path[:-1] + ("\x01",), value))
    return Fault("doubled key", text.replace(json.dumps("\x01"), json.dumps(path[-1])), (".".join(path) + '"',))


def unknown_part(config: dict, rng: random.Random) -> Fault | None:
    parts = [path for path, value in places(config) if path[-1] in ("type", "kind", "activation", "reconstruction")
             and isinstance(value, str)]
    parts += [path for path in (("model", "latent"), ("optimizer",), ("corruption",), ("model", "sparsity"))
              if isinstance(config.get(path[0]), dict) or len(path) == 1]
    path = rng.choice(parts)
    name = misspelt("gaussian", rng)
    value = name if path[-1] in ("type", "kind") or rng.random() < 0.5 else {"type": name}
    return Fault("unknown part", json.dumps(with_value(config, path, value)), (name,))


def missing_key(config: dict, rng: random.Random) -> Fault | None:
    path = rng.choice((("model", "latent_dim"), ("data", "train", "path"), ("data", "train"), ("data",), ("model",)))
    config = copy.deepcopy(config)
    del holder(config, path)[path[-1]]
    return Fault("missing key", json.dumps(config), (path[-1],))


def nested(config: dict, rng: random.Random) -> Fault | None:
    path = leaf_of(config, rng, (int, float, str))
    depth = rng.choice((3, 30, 70, 500, 20000))
    opening, closing = rng.choice((("[", "]"), ('{"a":', "}")))
    text = json.dumps(with_value(config, path, "\x01"))
    return Fault("nested", text.replace(json.dumps("\x01"), opening * depth + "1" + closing * depth), (path[-1], '"a"'))


def no_number(config: dict, rng: random.Random) -> Fault | None:
    path = leaf_of(config, rng, (int, float))
    if path is None:
        return None
    literal = rng.choice(("NaN", "Infinity", "-Infinity", "nan", "0x10", "1.", ".5", "+1", "01", "1e", "1e999",
                          "-1e999"))
    text = json.dumps(with_value(config, path, "\x01"), indent=rng.choice((None, 2)))
    named = (path[-1],) if literal.endswith("e999") else ("line ",)
    return Fault("no number", text.replace(json.dumps("\x01"), literal), named)


def truncated(config: dict, rng: random.Random) -> Fault | None:
    text = json.dumps(config, indent=rng.choice((None, 2)))
    return Fault("truncated", text[:rng.randrange(len(text) - 1)], ("line ",))


def lost_mark(config: dict, rng: random.Random) -> Fault | None:
    text = json.dumps(config, indent=rng.choice((None, 2)))
    at = rng.choice([i for i, mark in enumerate(text) if mark in '{}[]:,"'])
    return Fault("lost mark", text[:at] + text[at + 1:], ("line ",))


def strange_key(config: dict, rng: random.Random) -> Fault | None:
    objects = [()] + [path for path, value in places(config) if isinstance(value, dict)]
    path = rng.choice(objects)
    key, shown = rng.choice((("new\nline", "new\\nline"), ("\x1b[2J", "\\u001b[2J"), ("ключ", "ключ"),
                             ("k" * 300, "k" * 50), ("a.b", "a.b"), ("nul\0", "nul\\u0000"), ("", '""')))
    return Fault("strange key", json.dumps(with_value(config, path + (key,), 1)), (shown,))


FAULTS: tuple[Callable[[dict, random.Random], Fault | None], ...] = (
    misspelt_key, misplaced_key, wrong_type, out_of_range, fraction_of_a_count, doubled_key, unknown_part, missing_key,
    nested, no_number, truncated, lost_mark, strange_key)


def faults(configs: list[dict], count: int, seed: int) -> Iterator[Fault]:
    """Faulty configs, each kind of fault in turn. Deterministic in the seed."""
    rng = random.Random(seed)
    made = 0
    while made < count:
        fault = FAULTS[made % len(FAULTS)](rng.choice(configs), rng)
        if fault is not None:
            made += 1
            yield fault
