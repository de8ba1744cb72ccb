// ae-encode --scores, --where, --fill and ids, on a table.

#include <gtest/gtest.h>

#include <random>
#include <sstream>

#include "integration/program.h"

namespace ae {
namespace {

using testing::HasSubstr;

constexpr int kRows = 400;
constexpr int kOddEvery = 40;

bool is_odd(int row) { return row % kOddEvery == kOddEvery - 1; }
/// The column at fault in a row.
char fault_of(int row) { return static_cast<char>('a' + row / kOddEvery % 4); }

/// Columns "a" to "d" of other scales that follow one hidden number, a category that follows its
/// sign, an id, and in each odd row a fault in one column. In rows 3, 13, … "b" is missing.
std::string table() {
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  std::ostringstream out;
  out << "id,a,b,c,d,kind,odd\n";
  for (int row = 0; row < kRows; ++row) {
    const double hidden = normal(random);
    out << "row " << row;
    double scale = 1e-3;
    for (char column = 'a'; column <= 'd'; ++column, scale *= 100) {
      const double noise = 0.05 * normal(random);
      const double shift = is_odd(row) && fault_of(row) == column ? 4 : 0;
      out << ',';
      if (column == 'b' && row % 10 == 3) {
        out << "NA";
      } else {
        out << scale * (hidden + noise + shift);
      }
    }
    out << (hidden > 0 ? ",up," : ",down,") << (is_odd(row) ? 1 : 0) << '\n';
  }
  return out.str();
}

Json config() {
  return {{"name", "table"},
          {"data",
           {{"train",
             {{"path", "table.csv"}, {"labels", "odd"}, {"ids", {"id"}}, {"where", {{"odd", 0}}}}},
            {"validation", {{"fraction", 0.2}}},
            {"test", {{"path", "table.csv"}, {"labels", "odd"}}},
            {"missing", "mask"}}},
          {"model", {{"encoder", "linear"}, {"latent_dim", 1}}},
          {"optimizer", {{"type", "adam"}, {"learning_rate", 0.01}}},
          {"training", {{"epochs", 60}, {"batch_size", 32}}}};
}

/// Lines of a CSV file without quotes, by cells.
std::vector<std::vector<std::string>> cells_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::vector<std::vector<std::string>> lines;
  for (std::string line; std::getline(file, line);) {
    std::istringstream in(line);
    lines.emplace_back();
    for (std::string cell; std::getline(in, cell, ',');) lines.back().push_back(cell);
  }
  return lines;
}

/// A trained run in runs/table, once for all tests.
const Workplace& trained() {
  static const Workplace place;
  static const bool done = [] {
    place.write("table.csv", table());
    const ProgramResult result = place.train(config());
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return true;
  }();
  EXPECT_TRUE(done);
  return place;
}

ProgramResult encode(const Arguments& more) {
  Arguments arguments = {"runs/table", "--data", "table.csv", "--out", "codes.csv"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return trained().run("ae-encode", arguments);
}

TEST(Scores, NameTheRowsAndTheColumnsAtFault) {
  const ProgramResult result = encode({"--scores", "s.csv", "--threshold", "f1", "--json"});
  ASSERT_EQ(result.exit_code, 0) << result.err;
  const auto lines = cells_of(trained() / "s.csv");
  ASSERT_EQ(lines.size(), kRows + 1);
  EXPECT_EQ(lines[0],
            (std::vector<std::string>{"row", "id", "score", "anomaly", "column_1", "share_1",
                                      "column_2", "share_2", "column_3", "share_3"}));
  int found = 0;
  for (int row = 0; row < kRows; ++row) {
    const auto& cells = lines[static_cast<size_t>(row) + 1];
    EXPECT_EQ(cells[0], std::to_string(row));
    EXPECT_EQ(cells[1], "\"row " + std::to_string(row) + "\"");
    EXPECT_EQ(cells[3] == "1", is_odd(row)) << row;
    if (!is_odd(row)) continue;
    // Beside the category, which the fault makes unlikely where it changes the sign.
    const std::string& named = cells[4] == "kind" ? cells[6] : cells[4];
    found += named == std::string(1, fault_of(row)) ? 1 : 0;
  }
  EXPECT_EQ(found, kRows / kOddEvery);
  const Json scores = Json::parse(result.out)["scores"];
  EXPECT_EQ(scores["anomalies"], kRows / kOddEvery);
  EXPECT_THAT(scores["unit"].get<std::string>(), HasSubstr("mse"));
  EXPECT_THAT(scores["threshold_origin"].get<std::string>(),
              HasSubstr("labels that no training row has"));
}

TEST(Scores, MayBeInTheDatasUnits) {
  ASSERT_EQ(encode({"--scores", "s.csv", "--score", "rmse", "--threshold", "1e9"}).exit_code, 0);
  const auto lines = cells_of(trained() / "s.csv");
  for (int row = kOddEvery * 4 - 1; row < kRows; row += kOddEvery * 4) {
    const auto& cells = lines[static_cast<size_t>(row) + 1];
    // "d" has the scale 1e3 and is off by about 4e3, of which the mean is over four columns.
    EXPECT_EQ(cells[4], "d");
    EXPECT_NEAR(std::stod(cells[2]), 2000, 900);
    EXPECT_EQ(cells[3], "0");
  }
}

TEST(Scores, AreOfTheRowsThatWhereSelects) {
  ASSERT_EQ(encode({"--scores", "s.csv", "--where", R"({"odd": 1, "kind": "up"})"}).exit_code, 0);
  const auto some = cells_of(trained() / "s.csv");
  ASSERT_EQ(encode({"--scores", "all.csv"}).exit_code, 0);
  const auto all = cells_of(trained() / "all.csv");
  ASSERT_GT(some.size(), 1);
  for (size_t i = 1; i < some.size(); ++i) {
    const size_t row = std::stoul(some[i][0]);
    EXPECT_TRUE(is_odd(static_cast<int>(row)));
    // Batches of other sizes may differ in the last bits.
    EXPECT_NEAR(std::stod(some[i][2]), std::stod(all[row + 1][2]), 1e-5);
    EXPECT_EQ(some[i][1], all[row + 1][1]);
    EXPECT_EQ(some[i][4], all[row + 1][4]);
  }
}

TEST(Scores, RefuseWhatTheyCannotMean) {
  using Texts = std::vector<std::string>;
  EXPECT_THAT(encode({"--scores", "s.npy"}), fails(2, Texts{"--scores s.npy", ".csv"}));
  EXPECT_THAT(encode({"--scores", "s.csv", "--threshold", "x"}), fails(2, Texts{"--threshold"}));
  EXPECT_THAT(encode({"--threshold", "99%"}), fails(2, Texts{"--threshold", "--scores"}));
  EXPECT_THAT(encode({"--where", R"({"odd": 7})"}), fails(3, Texts{"--where selects none"}));
  EXPECT_THAT(encode({"--where", R"({"od": 1})"}), fails(3, Texts{"no column \"od\"", "\"odd\""}));
  EXPECT_THAT(encode({"--where", "odd=1"}), fails(2, Texts{"--where"}));
  EXPECT_THAT(encode({"--where", "{}"}), fails(2, Texts{"--where \"{}\""}));
  EXPECT_THAT(encode({"--fill"}), fails(2, Texts{"--fill", "--reconstruction"}));
}

TEST(Evaluation, IsOfTheRowsThatWhereSelects) {
  const auto rows = [](const Arguments& more) {
    Arguments arguments = {"runs/table", "--json", "--where", R"({"odd": 1})"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProgramResult result = trained().run("ae-eval", arguments);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return Json::parse(result.out)["rows"].get<int>();
  };
  EXPECT_EQ(rows({}), kRows / kOddEvery);
  EXPECT_EQ(rows({"--data", "table.csv"}), kRows / kOddEvery);
  EXPECT_THAT(trained().run("ae-eval", {"runs/table", "--where", R"({"odd": 3})"}),
              fails(3, std::vector<std::string>{"selects none"}));
}

TEST(Filling, LeavesTheValuesThatTheFileHas) {
  ASSERT_EQ(encode({"--reconstruction", "f.csv", "--fill"}).exit_code, 0);
  std::istringstream text(table());
  const auto filled = cells_of(trained() / "f.csv");
  std::string line;
  std::getline(text, line);
  for (size_t row = 1; std::getline(text, line); ++row) {
    std::istringstream in(line);
    std::vector<std::string> cells;
    for (std::string cell; std::getline(in, cell, ',');) cells.push_back(cell);
    for (size_t i = 1; i < 6; ++i) {
      if (cells[i] == "NA") {
        // Follows the other columns, of which "c" is 100 times as large.
        EXPECT_NEAR(std::stod(filled[row][i]), std::stod(cells[i + 1]) / 100, 0.05) << row;
      } else if (i == 5) {
        EXPECT_EQ(filled[row][i], cells[i]);
      } else {
        EXPECT_EQ(std::stod(filled[row][i]), std::stod(cells[i])) << row;
      }
    }
  }
}

TEST(Codes, CarryTheIdsOfATable) {
  ASSERT_EQ(encode({}).exit_code, 0);
  const auto lines = cells_of(trained() / "codes.csv");
  EXPECT_EQ(lines[0], (std::vector<std::string>{"id", "latent_0"}));
  EXPECT_EQ(lines[8][0], "\"row 7\"");
}

}  // namespace
}  // namespace ae
