#include "data/step.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/rand.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "config/reader.h"
#include "data/options.h"
#include "error_matchers.h"

namespace ae {
namespace {

using testing::ElementsAre;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Five rows of three positive columns of different scales, the last constant.
StepRows some_rows() {
  const at::Tensor rows =
      at::tensor({1.0, 1e5, 7.0, 2.0, 3e5, 7.0, 4.0, 2e5, 7.0, 8.0, 9e5, 7.0, 16.0, 4e5, 7.0},
                 at::kDouble)
          .view({5, 3});
  return {rows, {"a", "b", "c"}, "t.csv"};
}

std::unique_ptr<Step> fitted(const std::string& type, const StepRows& rows) {
  StepPart part;
  part.select(type);
  return fit_step(part, rows);
}

class EveryStep : public testing::TestWithParam<std::string> {};

TEST_P(EveryStep, IsUndoneUnlessItDiscards) {
  StepPart part;
  part.select(GetParam());
  const StepRows rows = some_rows();
  const auto step = fit_step(part, rows);
  const at::Tensor forward = step->forward(rows.rows);
  EXPECT_TRUE(forward.isfinite().all().item<bool>());
  EXPECT_EQ(step->names(rows.names).size(), static_cast<size_t>(forward.size(1)));
  const at::Tensor back = step->inverse(forward);
  ASSERT_EQ(back.sizes(), rows.rows.sizes());
  const bool cuts = GetParam() == "binarize" || GetParam() == "clip";
  if (!part->discards_scale() && !cuts) {
    EXPECT_TRUE(at::allclose(back, rows.rows, 1e-12, 1e-9));
  }
}

TEST_P(EveryStep, IsRestoredFromItsState) {
  StepPart part;
  part.select(GetParam());
  const StepRows rows = some_rows();
  const auto step = fit_step(part, rows);
  const Json state = Json::parse(step->state().dump());
  const auto restored = restore_step(part, state, 3);
  const at::Tensor forward = step->forward(rows.rows);
  EXPECT_TRUE(restored->forward(rows.rows).equal(forward));
  EXPECT_TRUE(restored->inverse(forward).equal(step->inverse(forward)));
}

TEST_P(EveryStep, LeavesGapsWhereTheyAre) {
  if (GetParam() == "whiten") return;  // which refuses them
  StepRows rows = some_rows();
  rows.rows = rows.rows.clone();
  rows.rows[1][0].fill_(kNan);
  const auto step = fitted(GetParam(), rows);
  const at::Tensor gaps = step->forward(rows.rows).isnan();
  EXPECT_EQ(gaps.sum().item<int64_t>(), 1);
  EXPECT_TRUE(gaps[1][0].item<bool>());
}

INSTANTIATE_TEST_SUITE_P(Registered, EveryStep, testing::ValuesIn([] {
                           std::vector<std::string> names;
                           for (const auto& entry : StepSpec::table())
                             names.emplace_back(entry.name);
                           return names;
                         }()),
                         [](const auto& of) { return of.param; });

TEST(Steps, AreThoseOfScikitLearn) {
  const StepRows rows = some_rows();
  // StandardScaler, MinMaxScaler, RobustScaler of the first column 1, 2, 4, 8, 16.
  const auto first = [&](const std::string& type) {
    return double_vector(fitted(type, rows)->forward(rows.rows).select(1, 0));
  };
  const double spread = std::sqrt((27.04 + 17.64 + 4.84 + 3.24 + 96.04) / 5);
  EXPECT_THAT(first("standardize"),
              ElementsAre(testing::DoubleNear(-5.2 / spread, 1e-12), testing::_, testing::_,
                          testing::_, testing::DoubleNear(9.8 / spread, 1e-12)));
  EXPECT_THAT(first("min_max"), ElementsAre(0, 1 / 15.0, 3 / 15.0, 7 / 15.0, 1));
  EXPECT_THAT(first("robust"), ElementsAre(-0.5, -2 / 6.0, 0, 4 / 6.0, 2));
  EXPECT_THAT(first("log1p"), ElementsAre(std::log(2), std::log(3), std::log(5), std::log(9),
                                          testing::DoubleNear(std::log(17), 1e-12)));
}

TEST(Steps, WhitenToUncorrelatedColumns) {
  const StepRows rows = some_rows();
  const at::Tensor white = fitted("whiten", rows)->forward(rows.rows);
  ASSERT_EQ(white.size(1), 2);  // the third column is constant
  const at::Tensor covariance = white.t().matmul(white) / 5;
  EXPECT_TRUE(at::allclose(covariance, at::eye(2, at::kDouble), 1e-9, 1e-9));
}

TEST(Steps, FollowTheirOptions) {
  const StepRows rows = some_rows();
  const auto first = [&](const char* json) {
    DataOptions options;
    const Json data = {{"train", {{"path", "t.csv"}}}, {"preprocessing", {Json::parse(json)}}};
    read_options(data, {.name = "c.json", .overridden = {}, .known_paths = {}}, options);
    const auto step = fit_step(options.preprocessing->front(), rows);
    return double_vector(step->forward(rows.rows).select(1, 0));
  };
  EXPECT_THAT(first(R"({"type": "binarize", "threshold": 2})"), ElementsAre(0, 0, 1, 1, 1));
  EXPECT_THAT(first(R"({"type": "clip", "low": 0.25, "high": 0.75})"), ElementsAre(2, 2, 4, 8, 8));
  EXPECT_THAT([&] { first(R"({"type": "clip", "low": 0.5, "high": 0.5})"); },
              fails_on_usage("expected low below high"));
  const Json options = {{"type", "whiten"}, {"components", 1}};
  DataOptions data;
  read_options(Json{{"train", {{"path", "t.csv"}}}, {"preprocessing", {options}}},
               {.name = "c.json", .overridden = {}, .known_paths = {}}, data);
  EXPECT_EQ(fit_step(data.preprocessing->front(), rows)->forward(rows.rows).size(1), 1);
}

TEST(Steps, DropConstantColumnsAndGiveThemBack) {
  const StepRows rows = some_rows();
  const auto step = fitted("drop_constant", rows);
  EXPECT_THAT(step->names(rows.names), ElementsAre("a", "b"));
  EXPECT_EQ(step->note(rows.names), "left out as constant: c");
  EXPECT_TRUE(step->inverse(step->forward(rows.rows)).equal(rows.rows));
}

TEST(Steps, MayBeOfSomeColumnsOnly) {
  StepPart part;
  part.select("standardize");
  part.columns = {"b"};
  const StepRows rows = some_rows();
  const auto step = fit_step(part, rows);
  const at::Tensor forward = step->forward(rows.rows);
  EXPECT_TRUE(forward.select(1, 0).equal(rows.rows.select(1, 0)));
  EXPECT_NEAR(forward.select(1, 1).mean().item<double>(), 0, 1e-12);
  EXPECT_TRUE(restore_step(part, step->state(), 3)->forward(rows.rows).equal(forward));
  part.columns = {"d"};
  EXPECT_THAT([&] { fit_step(part, rows); }, fails_on_data("t.csv", "\"d\"", "there are: \"a\""));
}

TEST(Steps, RefuseWhatTheyDoNotSuit) {
  StepRows rows = some_rows();
  rows.rows = rows.rows.neg();
  EXPECT_THAT([&] { fitted("log1p", rows); }, fails_on_data("column \"a\" has values below 0"));
  rows.rows = at::ones({4, 3}, at::kDouble);
  EXPECT_THAT([&] { fitted("drop_constant", rows); }, fails_on_data("nothing to learn"));
  EXPECT_THAT([&] { fitted("whiten", rows); }, fails_on_data("all rows are equal"));
}

TEST(Steps, DrawFromProbabilities) {
  const auto draw = [](const at::Tensor& rows) {
    DataOptions options;
    const Json step = {{"type", "binarize"}, {"draw", true}};
    read_options(Json{{"train", {{"path", "t.csv"}}}, {"preprocessing", {step}}},
                 {.name = "c.json", .overridden = {}, .known_paths = {}}, options);
    StepRows all = some_rows();
    all.rows = rows;
    return fit_step(options.preprocessing->front(), all);
  };
  const at::Tensor probabilities = at::rand({4, 3}, at::kDouble);
  const auto step = draw(probabilities);
  EXPECT_TRUE(step->is_drawn());
  EXPECT_TRUE(step->forward(probabilities).equal(probabilities));
  EXPECT_THAT([&] { draw(probabilities * 2 + 1); },
              fails_on_data("needs values in [0, 1]; column \"a\" has"));
}

TEST(Steps, RefuseDamagedStates) {
  StepPart part;
  part.select("standardize");
  for (const char* state : {R"({"offset": [1], "divisor": [1, 1, 1]})", R"({"offset": [1, 1, 1]})",
                            R"({"of_columns": [3], "state": {"offset": [1], "divisor": [1]}})",
                            R"({"of_columns": [], "state": {}})"}) {
    EXPECT_ANY_THROW(restore_step(part, Json::parse(state), 3)) << state;
  }
}

}  // namespace
}  // namespace ae
