#include "learning.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "tensor_rows.h"

namespace ae {

std::map<std::string, double> expect_losses(const GoldenCase& golden, TrainingEngine& engine,
                                            const OptimizerSpec& optimizer, const Json& losses) {
  if (golden.rows_since_active().defined()) {
    EngineSnapshot begin = engine.snapshot();
    begin.rows_since_active = golden.rows_since_active();
    engine.restore(begin);
  }
  const auto noise = golden.noise();
  const TensorBatch batch(golden.target(), *noise, golden.labels());
  const double tolerance = golden.type() == at::kDouble ? 1e-9 : 1e-5;
  EXPECT_EQ(losses.size(), 10u);
  std::map<std::string, double> first_terms;
  for (size_t i = 0; i < losses.size(); ++i) {
    const auto step = static_cast<int64_t>(i);
    LossTerms sums;
    engine.step(batch,
                {.learning_rate = optimizer.learning_rate(),
                 .weights = engine.objective().weights_at(step, /*updates_per_epoch=*/1),
                 .dead_after_rows = golden.dead_after_rows()},
                step, sums);
    const LossTerms::Means means = sums.means();
    const double expected = losses[i].get<double>();
    EXPECT_NEAR(means[0].second, expected, tolerance * std::max(1.0, std::abs(expected)))
        << "loss before update " << i + 1;
    if (i == 0) first_terms.insert(means.begin(), means.end());
  }
  return first_terms;
}

void expect_parameters(const TrainingEngine& engine, const Json& expected, double tolerance) {
  for (const FlatParameters::Slice& slice : engine.parameters().slices()) {
    const at::Tensor values = FlatParameters::view(engine.parameters().values(), slice).flatten();
    const at::Tensor wanted = numbers(expected.at(slice.name), values.scalar_type());
    EXPECT_LT(largest_difference(values, wanted), tolerance) << slice.name;
  }
}

}  // namespace ae
