// ae-encode: codes and other outputs for any data, in bounded memory.

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "integration/digits.h"

namespace ae {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::Pointwise;

std::string run() { return trained_vae().string(); }

std::vector<float> column(const Array& table, const std::string& name) {
  const auto found = std::find(table.columns.begin(), table.columns.end(), name);
  EXPECT_NE(found, table.columns.end()) << name;
  const auto width = table.columns.size();
  std::vector<float> values;
  for (auto i = static_cast<size_t>(found - table.columns.begin()); i < table.values.size();
       i += width) {
    values.push_back(table.values[i]);
  }
  return values;
}

/// The digits with reversed columns and a column that the model was not trained on.
std::string shuffled_digits() {
  std::istringstream in(bytes_of(digits_csv()));
  std::ostringstream out;
  bool header = true;
  for (std::string line; std::getline(in, line);) {
    std::vector<std::string> fields;
    std::istringstream cells(line);
    for (std::string cell; std::getline(cells, cell, ',');) fields.push_back(cell);
    out << (header ? "remark" : "seen");
    for (auto it = fields.rbegin(); it != fields.rend(); ++it) out << ',' << *it;
    out << '\n';
    header = false;
  }
  return out.str();
}

TEST(Encode, WritesEveryQuantityInRowOrder) {
  const Workplace place;
  const ProgramResult result = place.run(
      "ae-encode", {run(), "--data", digits_csv().string(), "--out", "c.npy", "--log-variance",
                    "--sample", "--reconstruction-error", "--reconstruction", "r.npy", "--json"});
  ASSERT_THAT(result, succeeds());
  const Json json = Json::parse(result.out);
  EXPECT_EQ(json["rows"], 1797);
  EXPECT_EQ(json["files"], Json::array({"c.npy", "c.log_variance.npy", "c.sample.npy",
                                        "c.reconstruction_error.npy", "r.npy"}));
  const Array codes = read_array(place / "c.npy");
  const Array log_variance = read_array(place / "c.log_variance.npy");
  const Array sample = read_array(place / "c.sample.npy");
  const Array error = read_array(place / "c.reconstruction_error.npy");
  const Array back = read_array(place / "r.npy");
  for (const Array* array : {&codes, &log_variance, &sample}) {
    EXPECT_EQ(array->rows, 1797);
    EXPECT_THAT(array->shape, ElementsAre(4));
  }
  EXPECT_EQ(error.values.size(), 1797U);
  EXPECT_THAT(back.shape, ElementsAre(1, 8, 8));
  const auto [least, most] = std::minmax_element(back.values.begin(), back.values.end());
  EXPECT_GE(*least, 0);
  EXPECT_LE(*most, 16) << "in the data's own units";
  EXPECT_GT(*most, 4);

  // Samples have the posterior's variance.
  double squares = 0;
  for (size_t i = 0; i < codes.values.size(); ++i) {
    const double z = (sample.values[i] - codes.values[i]) / std::exp(log_variance.values[i] / 2);
    squares += z * z;
  }
  EXPECT_NEAR(squares / static_cast<double>(codes.values.size()), 1, 0.1);

  // Equal to the codes that ae-train wrote for the validation rows.
  const Array own = read_array(trained_vae() / "latents/validation.npy");
  const std::vector<int64_t> rows = read_integers(trained_vae() / "latents/validation.rows.npy");
  std::vector<float> chosen;
  for (const int64_t row : rows) {
    chosen.insert(chosen.end(), codes.values.begin() + row * 4, codes.values.begin() + row * 4 + 4);
  }
  EXPECT_THAT(own.values, Pointwise(testing::FloatNear(1e-5F), chosen));
}

TEST(Encode, MatchesCsvColumnsByNameAndWritesNamedColumns) {
  const Workplace place;
  place.write("shuffled.csv", shuffled_digits());
  ASSERT_THAT(place.run("ae-encode", {run(), "--data", digits_csv().string(), "--out", "a.npy"}),
              succeeds());
  const ProgramResult result =
      place.run("ae-encode", {run(), "--data", "shuffled.csv", "--out", "b.csv", "--log-variance",
                              "--sample", "--reconstruction-error", "--reconstruction", "r.csv"});
  ASSERT_THAT(result, succeeds());
  const Array codes = read_array(place / "a.npy");
  const Array table = read_array(place / "b.csv");
  EXPECT_EQ(table.rows, 1797);
  EXPECT_THAT(table.columns,
              ElementsAre("latent_0", "latent_1", "latent_2", "latent_3", "log_variance_0",
                          "log_variance_1", "log_variance_2", "log_variance_3", "sample_0",
                          "sample_1", "sample_2", "sample_3", "reconstruction_error"));
  const std::vector<float> third = column(table, "latent_2");
  for (size_t i = 0; i < third.size(); ++i) ASSERT_EQ(third[i], codes.values[i * 4 + 2]) << i;
  const Array back = read_array(place / "r.csv");
  EXPECT_EQ(back.columns.size(), 64U);
  EXPECT_EQ(back.columns.front(), "pixel_0_0");

  place.write("fewer.csv", "pixel_0_0,pixel_0_1\n1,2\n");
  EXPECT_THAT(place.run("ae-encode", {run(), "--data", "fewer.csv", "--out", "x.npy"}),
              fails_as(3, {"fewer.csv", "pixel_0_2"}));
}

TEST(Encode, GivesTheSameWithAnyNumberOfThreads) {
  const Workplace place;
  const auto encode = [&](const std::string& threads) {
    const std::string out = "codes_" + threads + ".csv";
    EXPECT_THAT(place.run("ae-encode",
                          {run(), "--data", digits_csv().string(), "--out", out, "--log-variance",
                           "--sample", "--reconstruction-error"},
                          {{"OMP_NUM_THREADS", threads}}),
                succeeds());
    return bytes_of(place / out);
  };
  const std::string alone = encode("1");
  EXPECT_EQ(encode("3"), alone);
  EXPECT_EQ(encode("8"), alone);
}

TEST(Encode, DrawsAPictureOfTheFirstHundredRows) {
  const Workplace place;
  ASSERT_THAT(place.run("ae-encode", {run(), "--data", digits_csv().string(), "--out", "c.npy",
                                      "--reconstruction", "r.png"}),
              succeeds());
  EXPECT_EQ(bytes_of(place / "r.png").substr(0, 8), "\x89PNG\r\n\x1a\n");
}

TEST(Encode, RefusesNamesThatClash) {
  const Workplace place;
  place.write("in.csv", bytes_of(digits_csv()));
  const std::string before = bytes_of(place / "in.csv");
  EXPECT_THAT(place.run("ae-encode", {run(), "--data", "in.csv", "--out", "./in.csv"}),
              fails_as(2, {"in.csv", "is a file that is read"}));
  EXPECT_THAT(place.run("ae-encode", {run(), "--data", "in.csv", "--out", "x.npy",
                                      "--reconstruction", "./x.npy"}),
              fails_as(2, {"x.npy", "written twice"}));
  EXPECT_THAT(place.run("ae-encode", {run(), "--data", "in.csv", "--out", "x.npy",
                                      "--reconstruction", "missing/x.png"}),
              fails_as(3, {"missing/x.png", "create the folder first"}));
  EXPECT_THAT(place.run("ae-encode", {run(), "--data", "in.csv", "--out", "x.txt"}),
              fails_as(2, {"x.txt", ".npy or .csv"}));
  EXPECT_EQ(bytes_of(place / "in.csv"), before);
  EXPECT_EQ(place.entries(), 1U);
}

TEST(Encode, TakesNoMoreMemoryForAFileThatIsLarge) {
  const Workplace place;
  write_sparse_npy(place / "small.npy", 10, 64);
  constexpr int64_t kRows = 1200000;  // 307 MB
  write_sparse_npy(place / "large.npy", kRows, 64);
  const auto peak = [&](const std::string& name) {
    const ProgramResult result =
        place.run("ae-encode", {run(), "--data", name, "--out", "codes.npy", "--quiet"});
    EXPECT_THAT(result, succeeds());
    return result.peak_bytes;
  };
  const int64_t small = peak("small.npy");
  const int64_t large = peak("large.npy");
  EXPECT_LT(large - small, int64_t{150} << 20);
  EXPECT_EQ(fs::file_size(place / "codes.npy"), 128U + kRows * 4 * 4);
}

}  // namespace
}  // namespace ae
