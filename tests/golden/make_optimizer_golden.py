#!/usr/bin/env python3
"""Writes optimizers.json and schedules.json beside this script: what torch.optim makes of given gradients, and the
learning rates of torch.optim.lr_scheduler.

For developers, with PyTorch installed; tests only read the files. All figures are float64 (17 digits).

optimizers.json: {"made_with": {"torch": version}, "begin": [N], "learning_rates": [STEPS], "gradients": [STEPS][N],
"cases": [{"name", "optimizer": config part, "parameters": [STEPS][N]}, ...]}: the parameters after each step. A
gradient does not depend on the parameters (weight decay, which does, is the optimiser's).

schedules.json: {"made_with", "cases": [{"name", "config": parts `optimizer` and `training` of an experiment,
"updates_per_epoch", "losses": one for each epoch, for a schedule that watches them, "learning_rates": one for each
update of training}, ...]}
"""

import random
from typing import Any, Callable

import torch
from make_mlp_golden import write
from torch.optim import lr_scheduler

STEPS, PARAMETERS = 24, 5
PEAK = 0.25

ADAM = {"type": "adam"}
ADAMW = {"type": "adamw"}
RMSPROP = {"type": "rmsprop"}
SGD = {"type": "sgd"}
OTHER_MOMENTS = {"beta1": 0.75, "beta2": 0.875, "epsilon": 0.001}
OPTIMIZERS = {
    "adam": ADAM,
    "adam_other_moments": ADAM | OTHER_MOMENTS,
    "adam_weight_decay": ADAM | {"weight_decay": 0.125},
    "adamw": ADAMW,
    "adamw_weight_decay": ADAMW | {"weight_decay": 0.25},
    "adamw_without_decay": ADAMW | {"weight_decay": 0},
    "adamw_other_moments": ADAMW | OTHER_MOMENTS,
    "rmsprop": RMSPROP,
    "rmsprop_other_size": RMSPROP | {"alpha": 0.75, "epsilon": 0.001},
    "rmsprop_weight_decay": RMSPROP | {"weight_decay": 0.125},
    "rmsprop_momentum": RMSPROP | {"momentum": 0.75},
    "rmsprop_centered": RMSPROP | {"centered": True},
    "rmsprop_all": RMSPROP | {"alpha": 0.875, "weight_decay": 0.125, "momentum": 0.75, "centered": True},
    "sgd": SGD,
    "sgd_weight_decay": SGD | {"weight_decay": 0.125},
    "sgd_momentum": SGD | {"momentum": 0.875},
    "sgd_nesterov": SGD | {"momentum": 0.875, "nesterov": True},
    "sgd_all": SGD | {"momentum": 0.75, "nesterov": True, "weight_decay": 0.125},
}


def short_fraction(value: float) -> float:
    return round(value * 256) / 256


def optimizer_of(part: dict[str, Any], parameter: torch.Tensor, learning_rate: float) -> torch.optim.Optimizer:
    options = {key: value for key, value in part.items() if key not in ("type", "beta1", "beta2", "epsilon")}
    if "beta1" in part:
        options["betas"] = (part["beta1"], part["beta2"])
    if "epsilon" in part:
        options["eps"] = part["epsilon"]
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW, "rmsprop": torch.optim.RMSprop,
            "sgd": torch.optim.SGD}[part["type"]]
    return kind([parameter], lr=learning_rate, **options)


def make_optimizers() -> dict[str, Any]:
    rng = random.Random("golden optimizers")
    begin = [short_fraction(rng.gauss(0, 1)) for _ in range(PARAMETERS)]
    # The last parameter has no gradient, the one before it a steady one.
    gradients = [[short_fraction(rng.gauss(0, 1)) for _ in range(PARAMETERS - 2)] + [0.5, 0.0] for _ in range(STEPS)]
    learning_rates = [short_fraction(0.25 * (1 - step / STEPS)) for step in range(STEPS)]
    cases = []
    for name, part in OPTIMIZERS.items():
        parameter = torch.tensor(begin, dtype=torch.float64, requires_grad=True)
        optimizer = optimizer_of(part, parameter, learning_rates[0])
        after = []
        for learning_rate, gradient in zip(learning_rates, gradients):
            optimizer.param_groups[0]["lr"] = learning_rate
            parameter.grad = torch.tensor(gradient, dtype=torch.float64)
            optimizer.step()
            after.append(parameter.tolist())
        cases.append({"name": name, "optimizer": part, "parameters": after})
    return {"begin": begin, "learning_rates": learning_rates, "gradients": gradients, "cases": cases}


def optimizer_at_peak() -> torch.optim.Optimizer:
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=PEAK)


def rates(make: Callable[[torch.optim.Optimizer], Any], updates: int) -> list[float]:
    """The learning rate of each update under a scheduler that steps with the updates."""
    optimizer = optimizer_at_peak()
    scheduler = make(optimizer)
    result = []
    for update in range(updates):
        result.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        if update + 1 < updates:  # OneCycleLR refuses a step beyond its end
            scheduler.step()
    return result


def after_warm_up(length: int, make: Callable[[torch.optim.Optimizer], Any]) -> Callable[[torch.optim.Optimizer], Any]:
    def both(optimizer: torch.optim.Optimizer) -> lr_scheduler.SequentialLR:
        rise = lr_scheduler.LinearLR(optimizer, start_factor=1 / length, end_factor=1, total_iters=length - 1)
        return lr_scheduler.SequentialLR(optimizer, [rise, make(optimizer)], milestones=[length])
    return both


def rates_by_loss(losses: list[float], updates_per_epoch: int, **options: Any) -> list[float]:
    optimizer = optimizer_at_peak()
    scheduler = lr_scheduler.ReduceLROnPlateau(optimizer, eps=0, **options)
    result = []
    for loss in losses:
        result += [optimizer.param_groups[0]["lr"]] * updates_per_epoch
        scheduler.step(loss)
    return result


def schedule_case(name: str, schedule: Any, epochs: int, per_epoch: int, learning_rates: list[float],
                  **more: Any) -> dict[str, Any]:
    config = {"optimizer": {"type": "sgd", "learning_rate": PEAK, "schedule": schedule},
              "training": {"epochs": epochs}}
    return {"name": name, "config": config, "updates_per_epoch": per_epoch, **more, "learning_rates": learning_rates}


def make_schedules() -> list[dict[str, Any]]:
    epochs, per_epoch = 8, 5
    updates = epochs * per_epoch

    def case(name: str, schedule: Any, make: Callable[[torch.optim.Optimizer], Any]) -> dict[str, Any]:
        return schedule_case(name, schedule, epochs, per_epoch, rates(make, updates))

    def constant(o): return lr_scheduler.ConstantLR(o, factor=1)
    def step(o): return lr_scheduler.StepLR(o, step_size=2 * per_epoch, gamma=0.5)
    def exponential(o): return lr_scheduler.ExponentialLR(o, gamma=0.5 ** (1 / per_epoch))
    def cosine(left): return lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=left)
    def floor(left): return lambda o: lr_scheduler.CosineAnnealingLR(o, T_max=left, eta_min=0.1 * PEAK)

    def one_cycle(total, **options):
        return lambda o: lr_scheduler.OneCycleLR(o, max_lr=PEAK, total_steps=total, cycle_momentum=False, **options)

    falling = [1.0, 0.5, 0.49999, 0.5, 0.4, 0.41, 0.42, 0.43, 0.39, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.1]
    half_steps = {"type": "step", "every": "2e", "factor": 0.5}
    halved_each_epoch = {"type": "exponential", "every": "1e", "factor": 0.5}
    cycle = {"type": "one_cycle", "initial_divisor": 10, "final_divisor": 100, "rise": 0.45}
    plateau = {"type": "plateau", "factor": 0.5, "patience_epochs": 1}
    floored = {"type": "plateau", "factor": 0.5, "patience_epochs": 2, "threshold": 0.05, "minimum": 0.1}
    return [
        case("constant", "constant", constant),
        case("constant_warm_up", {"type": "constant", "warm_up": "7u"}, after_warm_up(7, constant)),
        case("step", half_steps, step),
        case("step_by_updates", {"type": "step", "every": "7u", "factor": 0.1},
             lambda o: lr_scheduler.StepLR(o, step_size=7, gamma=0.1)),
        case("step_warm_up", half_steps | {"warm_up": "1e"}, after_warm_up(per_epoch, step)),
        case("exponential", halved_each_epoch, exponential),
        case("exponential_warm_up", halved_each_epoch | {"warm_up": "2u"}, after_warm_up(2, exponential)),
        case("cosine", "cosine", cosine(updates)),
        case("cosine_final", {"type": "cosine", "final_factor": 0.1}, floor(updates)),
        case("cosine_warm_up", {"type": "cosine", "warm_up": "2e"},
             after_warm_up(2 * per_epoch, cosine(updates - 2 * per_epoch))),
        case("cosine_warm_up_final", {"type": "cosine", "warm_up": "3u", "final_factor": 0.1},
             after_warm_up(3, floor(updates - 3))),
        case("one_cycle", "one_cycle", one_cycle(updates)),
        case("one_cycle_other", cycle, one_cycle(updates, div_factor=10, final_div_factor=100, pct_start=0.45)),
        schedule_case("one_cycle_of_three_updates", "one_cycle", 1, 3, rates(one_cycle(3), 3)),
        schedule_case("plateau", plateau, len(falling), 2,
                      rates_by_loss(falling, 2, factor=0.5, patience=1), losses=falling),
        schedule_case("plateau_floor", floored, len(falling), 2,
                      rates_by_loss(falling, 2, factor=0.5, patience=2, threshold=0.05, min_lr=0.1), losses=falling),
    ]


def main() -> None:
    torch.set_num_threads(1)
    optimizers = make_optimizers()
    cases = optimizers.pop("cases")
    write("optimizers.json", "cases", cases, **optimizers)
    write("schedules.json", "cases", make_schedules())


if __name__ == "__main__":
    main()
