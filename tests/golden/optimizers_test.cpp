#include <ATen/Functions.h>
#include <c10/core/GradMode.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "case.h"
#include "one_thread.h"
#include "parts.h"

namespace ae {
namespace {

struct Vector : torch::nn::Module {
  explicit Vector(const at::Tensor& begin) { register_parameter("x", begin.clone()); }
};

/// Largest difference from PyTorch's parameters after any step.
/// @param as_on_gpu  use the GPU's implementation, by tensor operations, on the CPU
double largest_difference_of_steps(const Json& golden, const Json& row, bool as_on_gpu) {
  const auto spec = part_of<OptimizerSpec>(row.at("optimizer"));
  Vector module(numbers(golden.at("begin"), at::kDouble));
  FlatParameters flat(module);
  const FlatParameters::Slice& slice = flat.slices().front();
  const auto optimizer = spec->build(flat);
  const c10::NoGradGuard no_grad;
  double largest = 0;
  for (size_t step = 0; step < golden.at("gradients").size(); ++step) {
    flat.gradients().zero_();
    FlatParameters::view(flat.gradients(), slice)
        .copy_(numbers(golden.at("gradients")[step], at::kDouble));
    const auto learning_rate = golden.at("learning_rates")[step].get<double>();
    if (as_on_gpu) {
      optimizer->update_on_gpu(flat,
                               {.learning_rate = at::scalar_tensor(learning_rate, at::kDouble),
                                .updates = at::scalar_tensor(static_cast<double>(step + 1))});
    } else {
      optimizer->update(flat, learning_rate, static_cast<int64_t>(step));
    }
    largest =
        std::max(largest, largest_difference(FlatParameters::view(flat.values(), slice),
                                             numbers(row.at("parameters").at(step), at::kDouble)));
  }
  return largest;
}

TEST(Optimizers, StepAsPyTorchsDo) {
  const Json golden = golden_file("optimizers.json");
  std::set<std::string> checked;
  for (const Json& row : golden.at("cases")) {
    checked.insert(row.at("optimizer").at("type"));
    EXPECT_GE(row.at("parameters").size(), 20u);
    for (const bool as_on_gpu : {false, true}) {
      EXPECT_LT(largest_difference_of_steps(golden, row, as_on_gpu), 1e-10) << row.at("name");
    }
  }
  // A new optimiser needs cases in make_optimizer_golden.py.
  EXPECT_THAT(checked, testing::UnorderedElementsAreArray(part_names<OptimizerSpec>()));
}

/// The learning rate of each update of a case.
std::vector<double> learning_rates(const Json& row) {
  const Experiment experiment = experiment_of(row.at("config"));
  const TrainingLength length{row.at("updates_per_epoch").get<int64_t>(),
                              experiment.training.epochs};
  const Json losses = row.value("losses", Json(nullptr));
  ScheduleState state;
  std::vector<double> rates;
  for (int64_t epoch = 0; epoch < length.epochs; ++epoch) {
    for (int64_t i = 0; i < length.updates_per_epoch; ++i) {
      const auto step = static_cast<int64_t>(rates.size());
      rates.push_back(experiment.optimizer.learning_rate(step, length, state));
    }
    const double loss = losses.is_null() ? 1 : losses.at(static_cast<size_t>(epoch)).get<double>();
    experiment.optimizer.schedule.end_epoch(loss, static_cast<int64_t>(rates.size()), length,
                                            state);
  }
  return rates;
}

TEST(Schedules, HavePyTorchsLearningRates) {
  const Json golden = golden_file("schedules.json");
  std::set<std::string> checked;
  for (const Json& row : golden.at("cases")) {
    const Json& schedule = row.at("config").at("optimizer").at("schedule");
    checked.insert(schedule.is_string() ? schedule : schedule.at("type"));
    const auto expected = row.at("learning_rates").get<std::vector<double>>();
    const std::vector<double> rates = learning_rates(row);
    ASSERT_EQ(rates.size(), expected.size()) << row.at("name");
    for (size_t step = 0; step < rates.size(); ++step) {
      EXPECT_NEAR(rates[step], expected[step], 1e-12 * expected[step])
          << row.at("name") << ", update " << step;
    }
  }
  // A new schedule needs cases in make_optimizer_golden.py.
  EXPECT_THAT(checked, testing::UnorderedElementsAreArray(part_names<LearningRateSchedule>()));
}

}  // namespace
}  // namespace ae
