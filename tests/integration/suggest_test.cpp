// ae-train --suggest: configs that train as they are.

#include <gtest/gtest.h>

#include <spdlog/fmt/fmt.h>

#include <cmath>

#include "integration/program.h"
#include "io/formats/npy.h"

namespace ae {
namespace {

using testing::HasSubstr;
using Texts = std::vector<std::string>;

constexpr int kSuggestedRows = 120;

/// Numbers of all scales, categories, missing values, an id, a date and a label.
std::string mixed_table() {
  std::string text = "id,when,price,size,ratio,kind,ok,label\n";
  for (int row = 0; row < kSuggestedRows; ++row) {
    const double x = std::sin(row * 0.7);
    text += fmt::format("n{},2024-01-{:02},{},{},{},{},{},{}\n", row, row % 28 + 1,
                        1e5 * std::exp(2 * x), 3 + x, row % 11 == 0 ? "NA" : std::to_string(x * x),
                        x > 0.5    ? "large"
                        : x > -0.5 ? "medium"
                                   : "small",
                        row % 3 == 0 ? "true" : "false", row % 20 == 0 ? "odd" : "usual");
  }
  return text;
}

/// @param low, high  of the values
void write_array(const std::filesystem::path& path, const std::vector<int64_t>& shape, float low,
                 float high) {
  int64_t width = 1;
  for (const int64_t size : shape) width *= size;
  std::vector<float> values;
  for (int64_t i = 0; i < kSuggestedRows * width; ++i) {
    const double wave =
        std::sin(0.1 * static_cast<double>(i / width) + 0.5 * static_cast<double>(i % width));
    values.push_back(low + (high - low) * static_cast<float>(0.5 + 0.5 * wave));
  }
  NpyWriter writer(path, NpyType::float32, shape);
  writer.write(values.data(), kSuggestedRows);
  writer.commit();
}

class Suggestion : public testing::TestWithParam<std::string> {
 protected:
  /// Suggests a config for the file and trains it for a few epochs.
  void trains(const std::string& file) const {
    const ProgramResult suggested =
        place_.run("ae-train", {"--suggest", file, "--goal", GetParam()});
    ASSERT_THAT(suggested, succeeds()) << file;
    place_.write("suggested.json", suggested.out);
    const ProgramResult result =
        place_.run("ae-train", {"--config", "suggested.json", "--run-dir", file + "-run", "--set",
                                "training.epochs=11", "--quiet"});
    EXPECT_EQ(result.exit_code, 0) << file << ": " << result.err << suggested.out;
    EXPECT_EQ(result.err, "") << file;
  }

  Workplace place_;
};

TEST_P(Suggestion, TrainsAMixedTable) {
  place_.write("mixed.csv", mixed_table());
  trains("mixed.csv");
}

TEST_P(Suggestion, TrainsArraysImagesAndSignals) {
  write_array(place_ / "rows.npy", {12}, -40, 700);
  write_array(place_ / "shares.npy", {12}, 0, 1);
  write_array(place_ / "images.npy", {1, 8, 8}, 0, 1);
  write_array(place_ / "photos.npy", {1, 34, 34}, -1, 1);
  write_array(place_ / "signals.npy", {2, 50}, -3, 3);
  for (const char* file : {"rows.npy", "shares.npy", "images.npy", "photos.npy", "signals.npy"}) {
    trains(file);
  }
}

INSTANTIATE_TEST_SUITE_P(Goals, Suggestion,
                         testing::Values("code", "anomaly", "denoise", "generate", "features"),
                         [](const auto& test) { return test.param; });

TEST(Suggesting, GivesReasons) {
  const Workplace place;
  place.write("mixed.csv", mixed_table());
  const ProgramResult result =
      place.run("ae-train", {"--suggest", "mixed.csv", "--goal", "anomaly"});
  ASSERT_THAT(result, succeeds());
  for (const char* text :
       {"\"ids\": [\"id\"]", "\"exclude\": [\"when\"]", "date", "\"missing\": \"mask\"",
        "\"labels\": \"label\"", "\"where\": {\"label\": \"usual\"}", "standardize",
        "3 numeric, 1 boolean and 1 categorical", "missing values"}) {
    EXPECT_THAT(result.out, HasSubstr(text));
  }
}

TEST(Suggesting, RefusesWhatItCannotRead) {
  const Workplace place;
  place.write("ids.csv", [] {
    std::string text = "id,name\n";
    for (int row = 0; row < 30; ++row) text += fmt::format("{},n{}\n", row, row);
    return text;
  }());
  EXPECT_THAT(place.run("ae-train", {"--suggest", "none.csv"}), fails(3, Texts{"none.csv"}));
  EXPECT_THAT(place.run("ae-train", {"--suggest", "ids.csv"}),
              fails(3, Texts{"none of its columns", "\"id\" counts up"}));
  EXPECT_THAT(place.run("ae-train", {"--goal", "code"}), fails(2, Texts{"--suggest"}));
  EXPECT_THAT(place.run("ae-train", {"--suggest", "ids.csv", "--goal", "best"}),
              fails(2, Texts{"--goal"}));
}

}  // namespace
}  // namespace ae
