#include <c10/core/Allocator.h>
#include <c10/core/GradMode.h>
#include <c10/util/ThreadLocalDebugInfo.h>
#include <gtest/gtest.h>
#include <torch/nn/modules/linear.h>

#include "core/error.h"
#include "engine/optimizer.h"
#include "experiments.h"
#include "parts.h"
#include "training/optimizer_part.h"

namespace ae {
namespace {

TEST(EveryOptimizer, GoesDownhillAndKeepsItsMemoryFlat) {
  for (const std::string& name : part_names<OptimizerSpec>()) {
    const auto spec = part_of<OptimizerSpec>(name);
    torch::nn::Linear module(3, 2);
    FlatParameters flat(*module);
    const auto optimizer = spec->build(flat);
    for (const auto& [key, tensor] : optimizer->state()) {
      EXPECT_EQ(tensor.sizes(), flat.values().sizes()) << name << " " << key;
    }
    const c10::NoGradGuard no_grad;
    const double before = flat.values().square().sum().item<double>();
    for (int64_t step = 0; step < 20; ++step) {
      flat.gradients().copy_(flat.values() * 2);
      optimizer->update(flat, spec->learning_rate(), step);
    }
    EXPECT_LT(flat.values().square().sum().item<double>(), before) << name;
  }
}

/// While set, counts allocations of at least this many bytes.
class LargeAllocations : public c10::MemoryReportingInfoBase {
 public:
  explicit LargeAllocations(size_t least) : min_(static_cast<int64_t>(least)) {}
  void reportMemoryUsage(void* /*ptr*/, int64_t bytes, size_t /*allocated*/, size_t /*reserved*/,
                         c10::Device /*device*/) override {
    if (bytes >= min_) ++count;
  }
  bool memoryProfilingEnabled() const override { return true; }

  int count = 0;

 private:
  int64_t min_;
};

TEST(EveryOptimizer, AllocatesNothingOfTheParametersSizeInAStep) {
  for (const std::string& name : part_names<OptimizerSpec>()) {
    torch::nn::Linear module(30, 20);
    FlatParameters flat(*module);
    const auto optimizer = part_of<OptimizerSpec>(name)->build(flat);
    const c10::NoGradGuard no_grad;
    flat.gradients().fill_(0.5);
    const auto counter = std::make_shared<LargeAllocations>(flat.values().nbytes());
    const c10::DebugInfoGuard guard(c10::DebugInfoKind::PROFILER_STATE, counter);
    for (int64_t step = 0; step < 3; ++step) optimizer->update(flat, 0.01, step);
    EXPECT_EQ(counter->count, 0) << name;
    const at::Tensor copy = flat.values().clone();
    EXPECT_EQ(counter->count, 1) << "the counter works";
  }
}

TEST(EverySchedule, StaysBetweenZeroAndThePeak) {
  const TrainingLength training{7, 11};
  const double peak = 0.5;
  for (const std::string& name : part_names<LearningRateSchedule>()) {
    const OptimizerPart optimizer =
        experiment_of({{"optimizer", {{"learning_rate", peak}, {"schedule", name}}}}).optimizer;
    EXPECT_NO_THROW(optimizer.schedule.check_length(training, "test")) << name;
    double highest = 0;
    for (int64_t step = 0; step < training.updates(); ++step) {
      const double rate = optimizer.learning_rate(step, training, {});
      EXPECT_GE(rate, 0) << name << ", update " << step;
      EXPECT_LE(rate, peak) << name << ", update " << step;
      highest = std::max(highest, rate);
    }
    EXPECT_NEAR(highest, peak, 0.01 * peak) << name;
  }
}

TEST(EverySchedule, TakesAWarmUpOrRefusesIt) {
  const TrainingLength training{7, 11};
  for (const std::string& name : part_names<LearningRateSchedule>()) {
    const Json config = {
        {"optimizer",
         {{"learning_rate", 0.5}, {"schedule", {{"type", name}, {"warm_up", "10u"}}}}}};
    if (part_of<LearningRateSchedule>(name)->includes_warm_up()) {
      EXPECT_THROW(experiment_of(config), Error) << name;
      continue;
    }
    const OptimizerPart optimizer = experiment_of(config).optimizer;
    EXPECT_DOUBLE_EQ(optimizer.learning_rate(0, training, {}), 0.05) << name;
    EXPECT_DOUBLE_EQ(optimizer.learning_rate(9, training, {}), 0.5) << name;
    EXPECT_DOUBLE_EQ(optimizer.learning_rate(10, training, {}), 0.5) << name;
  }
}

}  // namespace
}  // namespace ae
