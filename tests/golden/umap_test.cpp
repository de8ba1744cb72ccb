#include "evaluation/umap.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <numeric>
#include <vector>

#include "case.h"
#include "evaluation/embedding_quality.h"

namespace ae {
namespace {

constexpr double kTrust = 0.01;  // absolute

TEST(Umap, IsAsTrustworthyAsThatOfUmapLearn) {
  if (!has_umap()) GTEST_SKIP() << "built without UMAP";
  const Json golden = golden_file("umap.json");
  const auto k = golden.at("neighbours").get<int64_t>();
  for (const Json& set : golden.at("sets")) {
    std::vector<at::Tensor> rows;
    for (const Json& row : set.at("rows")) rows.push_back(numbers(row, at::kFloat));
    const at::Tensor x = at::stack(rows);
    const auto theirs = set.at("trustworthiness").get<std::vector<double>>();
    const double mean =
        std::accumulate(theirs.begin(), theirs.end(), 0.0) / static_cast<double>(theirs.size());
    for (const uint64_t seed : {1, 2, 3}) {
      SCOPED_TRACE(seed);
      const at::Tensor map = *umap(x, {.seed = seed});
      EXPECT_GE(embedding_quality(x, map, k)->trustworthiness, mean - kTrust);
    }
  }
}

}  // namespace
}  // namespace ae
