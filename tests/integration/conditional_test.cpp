// Conditional models: ae-train, ae-encode, ae-sample and ae-eval.

#include <gtest/gtest.h>

#include <cmath>
#include <sstream>

#include "integration/digits.h"

namespace ae {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

Json conditional_config(const std::string& name, int epochs) {
  Json config = digits_config("vae", epochs);
  config["name"] = name;
  config["model"]["conditional"] = true;
  return config;
}

/// A conditional VAE of the digits, trained once for all tests that read it.
std::string run() {
  static const Workplace place;
  static const ProgramResult result = place.train(conditional_config("conditional", 60));
  if (result.exit_code != 0) throw std::runtime_error("training failed: " + result.err);
  return (place / "runs/conditional").string();
}

/// The digits with text labels "n0" … "n9" in the column "name".
std::string named_digits() {
  std::istringstream in(bytes_of(digits_csv()));
  std::string out;
  for (std::string line; std::getline(in, line);) {
    const size_t comma = line.rfind(',');
    const bool header = out.empty();
    out += line.substr(0, comma) + (header ? ",name\n" : ",n" + line.substr(comma + 1) + "\n");
  }
  return out;
}

/// The labels of the digits, a line each.
std::string label_lines() {
  std::istringstream in(bytes_of(digits_csv()));
  std::string out;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) out += line.substr(line.rfind(',') + 1) + "\n";
  return out;
}

/// The mean row of the digits with this label.
std::vector<double> mean_digit(int label) {
  std::istringstream in(bytes_of(digits_csv()));
  std::vector<double> sum(64);
  double count = 0;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    if (line.substr(line.rfind(',') + 1) != std::to_string(label)) continue;
    std::istringstream cells(line);
    std::string cell;
    for (double& value : sum) {
      std::getline(cells, cell, ',');
      value += std::stod(cell);
    }
    ++count;
  }
  for (double& value : sum) value /= count;
  return sum;
}

/// The digit whose mean is nearest to the mean of these rows.
int nearest_digit(const Array& rows) {
  int best = -1;
  double least = INFINITY;
  for (int digit = 0; digit < 10; ++digit) {
    const std::vector<double> wanted = mean_digit(digit);
    double distance = 0;
    for (size_t i = 0; i < 64; ++i) {
      double mean = 0;
      for (size_t row = 0; row < static_cast<size_t>(rows.rows); ++row) {
        mean += static_cast<double>(rows.values[row * 64 + i]);
      }
      distance += std::pow(mean / static_cast<double>(rows.rows) - wanted[i], 2);
    }
    if (distance < least) {
      least = distance;
      best = digit;
    }
  }
  return best;
}

TEST(Conditional, SamplesTheLabelThatIsAskedFor) {
  const Workplace place;
  int right = 0;
  for (int digit = 0; digit < 10; ++digit) {
    ASSERT_THAT(place.run("ae-sample", {run(), "--label", std::to_string(digit), "--count", "40",
                                        "--out", "s.npy"}),
                succeeds());
    right += nearest_digit(read_array(place / "s.npy")) == digit ? 1 : 0;
  }
  EXPECT_GE(right, 9) << "samples of a label look like its digits";
}

TEST(Conditional, SamplesEachLabelInItsTurnUnlessOneIsNamed) {
  const Workplace place;
  const Arguments common = {run(), "--count", "20", "--seed", "5"};
  const auto sample = [&](Arguments arguments) {
    arguments.insert(arguments.end(), {"--out", "s.npy"});
    EXPECT_THAT(place.run("ae-sample", arguments), succeeds());
    return read_array(place / "s.npy").values;
  };
  const std::vector<float> in_turn = sample(common);
  Arguments threes = common;
  threes.insert(threes.end(), {"--label", "3"});
  const std::vector<float> all_three = sample(threes);
  for (const size_t row : {size_t{3}, size_t{13}}) {
    for (size_t i = row * 64; i < (row + 1) * 64; ++i) EXPECT_NEAR(in_turn[i], all_three[i], 1e-4);
  }
  double difference = 0;
  for (size_t i = 4 * 64; i < 5 * 64; ++i) {
    difference += std::abs(static_cast<double>(in_turn[i] - all_three[i]));
  }
  EXPECT_GT(difference, 64 * 0.5) << "the same code as a 4 and as a 3";
}

TEST(Conditional, RefusesALabelThatItDoesNotKnow) {
  const Workplace place;
  for (const char* label : {"10", "-1", "three", "1.5"}) {
    EXPECT_THAT(place.run("ae-sample", {run(), "--label=" + std::string(label), "--out", "s.npy"}),
                fails_as(2, {"--label " + std::string(label), "labels from 0 to 9"}));
  }
  EXPECT_THAT(place.run("ae-sample", {trained_vae().string(), "--label", "3", "--out", "s.npy"}),
              fails_as(2, {"--label 3: this model is not conditional", "model.conditional"}));
  EXPECT_EQ(place.entries(), 0U);
}

TEST(Conditional, KnowsTextsByTheirNames) {
  const Workplace place;
  place.write("named.csv", named_digits());
  Json config = conditional_config("named", 2);
  config["data"]["train"] = {{"path", "named.csv"}, {"labels", "name"}};
  ASSERT_THAT(place.train(config), succeeds());
  const auto sample = [&](const std::string& label, const std::string& out) {
    return place.run("ae-sample", {"runs/named", "--label", label, "--count", "3", "--out", out});
  };
  ASSERT_THAT(sample("n3", "three.npy"), succeeds());
  ASSERT_THAT(sample("n4", "four.npy"), succeeds());
  EXPECT_NE(bytes_of(place / "three.npy"), bytes_of(place / "four.npy"));
  EXPECT_THAT(sample("3", "x.npy"), fails_as(2, {"--label 3", "labels n0, n1, n2"}));
  EXPECT_THAT(sample("n10", "x.npy"), fails_as(2, {"--label n10"}));
  EXPECT_THAT(place.run("ae-encode", {"runs/named", "--data", "named.csv", "--labels", "name",
                                      "--out", "c.npy"}),
              succeeds());
  place.write("numbers.csv", label_lines());
  EXPECT_THAT(place.run("ae-encode", {"runs/named", "--data", "named.csv", "--labels",
                                      "numbers.csv", "--out", "x.npy"}),
              fails_as(3, {"numbers.csv: labels are numbers", "n0, n1"}));
  EXPECT_FALSE(fs::exists(place / "x.npy"));
}

TEST(Conditional, EncodesWithTheLabelsOfAColumnOrAFile) {
  const Workplace place;
  const std::string data = digits_csv().string();
  place.write("labels.csv", label_lines());
  const auto encode = [&](const std::string& labels, const std::string& out) {
    return place.run("ae-encode", {run(), "--data", data, "--labels", labels, "--out", out,
                                   "--reconstruction-error"});
  };
  ASSERT_THAT(encode("label", "column.npy"), succeeds());
  ASSERT_THAT(encode("labels.csv", "file.npy"), succeeds());
  EXPECT_EQ(bytes_of(place / "column.npy"), bytes_of(place / "file.npy"));
  // Equal to the codes that ae-train wrote for the validation rows.
  const Array held_out = read_array(fs::path(run()) / "latents/validation.npy");
  const std::vector<int64_t> rows = read_integers(fs::path(run()) / "latents/validation.rows.npy");
  const Array codes = read_array(place / "column.npy");
  for (size_t i = 0; i < rows.size(); ++i) {
    for (size_t j = 0; j < 4; ++j) {
      EXPECT_NEAR(codes.values[static_cast<size_t>(rows[i]) * 4 + j], held_out.values[i * 4 + j],
                  1e-4);
    }
  }
  // With wrong labels, reconstruction is worse.
  std::string wrong = label_lines();
  for (char& c : wrong) c = c == '\n' ? c : static_cast<char>('0' + (c - '0' + 1) % 10);
  place.write("wrong.csv", wrong);
  ASSERT_THAT(encode("wrong.csv", "wrong.npy"), succeeds());
  const auto total = [&](const char* name) {
    double sum = 0;
    for (const float value : read_array(place / name).values) sum += static_cast<double>(value);
    return sum;
  };
  EXPECT_LT(total("column.reconstruction_error.npy"), total("wrong.reconstruction_error.npy"));
}

TEST(Conditional, DoesNotEncodeWithoutTheRowsOwnLabels) {
  const Workplace place;
  const std::string data = digits_csv().string();
  place.write("few.csv", "1\n2\n3\n");
  place.write("many.csv", label_lines() + "1\n");
  place.write("other.csv", "12" + label_lines().substr(1));
  place.write("texts.csv", "cat" + label_lines().substr(1));
  const auto encode = [&](const Arguments& more) {
    Arguments arguments = {run(), "--data", data, "--out", "x.npy"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return place.run("ae-encode", arguments);
  };
  EXPECT_THAT(encode({}), fails_as(2, {"conditional on labels", "--labels COLUMN"}));
  EXPECT_THAT(encode({"--labels", "few.csv"}), fails_as(3, {"few.csv: has 3 labels"}));
  EXPECT_THAT(encode({"--labels", "many.csv"}),
              fails_as(3, {"many.csv: has 1,798 labels, the data has 1,797 rows"}));
  EXPECT_THAT(encode({"--labels", "other.csv"}),
              fails_as(3, {"other.csv: row 0 has label 12", "from 0 to 9"}));
  EXPECT_THAT(encode({"--labels", "nothing"}), fails_as(3, {"nothing"}));
  EXPECT_THAT(place.run("ae-encode", {trained_vae().string(), "--data", data, "--labels", "label",
                                      "--out", "x.npy"}),
              fails_as(2, {"this model takes no labels"}));
  EXPECT_EQ(place.entries(), 4U) << "the files of labels";
}

TEST(Conditional, IsEvaluatedWithLabels) {
  const Workplace place;
  const std::string data = digits_csv().string();
  EXPECT_THAT(place.run("ae-eval", {run()}), succeeds());
  EXPECT_THAT(place.run("ae-eval", {run(), "--data", data, "--labels", "label"}), succeeds());
  EXPECT_THAT(place.run("ae-eval", {run(), "--data", data}),
              fails_as(3, {"has no labels", "name them with --labels"}));
  EXPECT_THAT(place.run("ae-eval", {run(), "--probe"}),
              fails_as(2, {"--probe needs codes that do not contain the label"}));
}

TEST(Conditional, NeedsLabelsThatAreClasses) {
  const Workplace place;
  Json config = conditional_config("none", 1);
  config["data"]["train"] = {{"path", digits_csv().string()}, {"exclude", {"label"}}};
  EXPECT_THAT(place.train(config), fails_as(3, {"has no labels", "data.train.labels"}));
  place.write("ids.csv", "x,y,label\n0,1,70000\n1,1,1\n1,0,4\n");
  config = conditional_config("ids", 1);
  config["data"] = {{"train", {{"path", "ids.csv"}, {"labels", "label"}}}};
  EXPECT_THAT(place.train(config), fails_as(3, {"ids.csv", "not class indices"}));
  EXPECT_FALSE(fs::exists(place / "runs"));
}

TEST(FromLikelihood, DrawsValuesWhereTheMeanWouldBeShown) {
  const Workplace place;
  const auto sample = [&](const Arguments& more) {
    Arguments arguments = {run(), "--count", "50", "--label", "3", "--out", "s.npy"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    EXPECT_THAT(place.run("ae-sample", arguments), succeeds());
    return read_array(place / "s.npy").values;
  };
  const std::vector<float> means = sample({});
  const std::vector<float> drawn = sample({"--from-likelihood"});
  ASSERT_EQ(means.size(), drawn.size());
  double mean = 0;
  double ones = 0;
  for (size_t i = 0; i < drawn.size(); ++i) {
    EXPECT_TRUE(drawn[i] == 0 || drawn[i] == 16) << drawn[i];  // scaled back from 0 or 1
    mean += static_cast<double>(means[i]);
    ones += static_cast<double>(drawn[i]);
  }
  // 3,200 samples: a standard error of 16 · sqrt(0.25 / 3200) = 0.14 at most.
  EXPECT_NEAR(mean / 3200, ones / 3200, 0.6);
  EXPECT_EQ(drawn, sample({"--from-likelihood"}));
  EXPECT_NE(drawn, sample({"--from-likelihood", "--seed", "2"}));
}

TEST(FromLikelihood, NeedsOne) {
  const Workplace place;
  Json config = digits_config("vae", 1);
  config["objective"]["reconstruction"] = "mse";
  ASSERT_THAT(place.train(config), succeeds());
  EXPECT_THAT(place.run("ae-sample", {"runs/vae", "--from-likelihood", "--out", "s.npy"}),
              fails_as(2, {"--from-likelihood", "\"mse\" is not a likelihood to sample from",
                           "\"bernoulli\""}));
  EXPECT_FALSE(fs::exists(place / "s.npy"));
}

}  // namespace
}  // namespace ae
