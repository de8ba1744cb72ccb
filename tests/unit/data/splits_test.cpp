#include "data/splits.h"

#include <gmock/gmock.h>
#include <spdlog/fmt/fmt.h>

#include <algorithm>

#include "data_folder.h"
#include "error_matchers.h"

namespace ae {
namespace {

using testing::ElementsAre;

using SplitData = DataFolder;

TEST(Scaling, ComesFromTheOptionAndWhetherDataAreBytes) {
  using Kind = ScaleOption::Kind;
  EXPECT_EQ(resolve({.kind = Kind::automatic}, true).divisor, 255);
  EXPECT_TRUE(resolve({.kind = Kind::automatic}, false).is_identity());
  EXPECT_TRUE(resolve({.kind = Kind::none}, true).is_identity());
  EXPECT_EQ(resolve({.kind = Kind::divisor, .high = 16}, false).forward(8), 0.5F);
  const Scaling range = resolve({.kind = Kind::range, .low = -2, .high = 6}, false);
  EXPECT_EQ(range.forward(-2), 0.0F);
  EXPECT_EQ(range.forward(6), 1.0F);
  EXPECT_EQ(range.forward(0), 0.25F);
}

TEST(Preprocessing, SurvivesJson) {
  Preprocessing original{.scaling = {-0.1, 0.30000000000000004},
                         .dtype = DType::uint8,
                         .shape = {1, 2, 3},
                         .file_shape = {2, 3, 1},
                         .channels_last = true,
                         .reading_offset = 1e9,
                         .range = {{1e9}, {1e9 + 0.5}},
                         .columns = {"a", "b", "c", "d", "e", "f"},
                         .column_numbers = {},
                         .header = Header::present,
                         .label_names = {"x"}};
  const Preprocessing copy =
      Preprocessing::from_json(parse_json(original.to_json().dump(), "a"), "a");
  EXPECT_EQ(copy.scaling.offset, original.scaling.offset);
  EXPECT_EQ(copy.scaling.divisor, original.scaling.divisor);
  EXPECT_EQ(copy.to_json(), original.to_json());
  EXPECT_EQ(copy.width(), 6);
}

TEST(Preprocessing, OfAnEarlierVersionTakesFlatRowsAndNoOtherOrder) {
  Json json = Preprocessing{.shape = {3, 2, 2}}.to_json();
  for (const char* key : {"file_shape", "channels_last", "reading_offset", "range"})
    json.erase(key);
  const Preprocessing old = Preprocessing::from_json(json, "a");
  const auto shape_of = [&](const std::vector<int64_t>& shape) {
    return old.reading().arrange({.shape = shape}, "b.npy").shape;
  };
  EXPECT_EQ(shape_of({12}), old.shape);
  EXPECT_EQ(shape_of({3, 2, 2}), old.shape);
  EXPECT_EQ(shape_of({3, 1, 2, 2}), old.shape);
  EXPECT_THAT([&] { shape_of({2, 2, 3}); }, fails_on_data("b.npy", "2×2×3", "3×2×2"));
  EXPECT_EQ(old.output_shape(), old.shape);
}

TEST(Preprocessing, RefusesMalformedJson) {
  const Json good = Preprocessing{.shape = {2}}.to_json();
  const auto broken = [&](const char* key, const Json& value) {
    Json json = good;
    json[key] = value;
    return [json] { Preprocessing::from_json(json, "model.safetensors"); };
  };
  EXPECT_NO_THROW(Preprocessing::from_json(good, "a"));
  const auto refused = fails_on_data("model.safetensors: the preprocessing", "is malformed");
  EXPECT_THAT(broken("shape", Json::array()), refused);
  EXPECT_THAT(broken("shape", {-1}), refused);
  EXPECT_THAT(broken("shape", {8358967, 577755, 7639297}), refused);
  EXPECT_THAT(broken("file_shape", {3}), refused);
  EXPECT_THAT(broken("channels_last", 1), refused);
  EXPECT_THAT(broken("reading_offset", "1"), refused);
  EXPECT_THAT(broken("range", {{"low", {0, 0, 0}}, {"high", {1, 1, 1}}}), refused);
  EXPECT_THAT(broken("range", {{"low", {0}}}), refused);
  EXPECT_THAT(broken("column_numbers", {1}), refused);
  EXPECT_THAT(broken("columns", {"a"}), refused);
  EXPECT_THAT(broken("columns", {"a", "b", "c"}), refused);
  EXPECT_THAT(broken("classes", 3.5), refused);
  EXPECT_THAT(broken("header", 1), refused);
  EXPECT_THAT(broken("shape", {1 << 30, 1 << 30, 1 << 30}), refused);
  EXPECT_THAT(broken("shape", "x"), refused);
  EXPECT_THAT(broken("scaling", {{"offset", 0}, {"divisor", 0}}), refused);
  EXPECT_THAT(broken("scaling", {{"offset", 0}}), refused);
  EXPECT_THAT(broken("columns", 3), refused);
  EXPECT_THAT([] { Preprocessing::from_json(Json(3), "model.safetensors"); }, refused);
}

TEST_F(SplitData, ReadsOtherSplitsAsTheTrainingData) {
  dir_.write("train.csv", "x,y,kind\n1,2,dog\n3,4,cat\n");
  dir_.write("other.csv", "kind,y,x\nelk,20,10\ndog,40,30\n");
  DataOptions options;
  options.train = {.path = "train.csv", .labels = "kind"};
  options.validation = HeldOutOptions{.path = "other.csv", .labels = "kind"};
  options.test = HeldOutOptions{.path = "other.csv", .labels = "kind"};
  const Splits splits = split(options);
  EXPECT_THAT(floats(splits.test->data->rows), ElementsAre(10, 20, 30, 40));
  EXPECT_THAT(splits.train.labels(), ElementsAre(1, 0));
  EXPECT_THAT(splits.validation->labels(), ElementsAre(2, 1));
  EXPECT_THAT(splits.test->labels(), ElementsAre(2, 1));
  EXPECT_THAT(splits.preprocessing.label_names, ElementsAre("cat", "dog", "elk"));
}

TEST_F(SplitData, RefusesSplitsOfAnotherWidth) {
  write_npy<float>("a.npy", NpyType::float32, {3}, {1, 2, 3});
  write_npy<float>("b.npy", NpyType::float32, {2}, {1, 2});
  DataOptions options;
  options.train = {.path = "a.npy"};
  options.test = HeldOutOptions{.path = "b.npy"};
  EXPECT_THAT([&] { split(options); },
              fails_on_data("b.npy: rows have 2 values (2); the model takes 3 (3)"));
}

TEST_F(SplitData, TakesAShapeThatFits) {
  write_counting(3);
  DataOptions options = counting();
  options.shape = {1, 1, 2};
  EXPECT_THAT(split(options).preprocessing.shape, ElementsAre(1, 1, 2));
  options.shape = {3};
  EXPECT_THAT([&] { split(options); }, fails_on_data("rows have 2 values", "data.shape 3 needs 3"));
}

TEST_F(SplitData, RefusesValuesOutsideTheLikelihoodsRange) {
  dir_.write("a.csv", "x,y\n0,1\n0.5,17\n");
  const Splits splits = split({.train = {.path = "a.csv"}});
  const ValueRange unit{0, 1, "reconstruction \"bernoulli\""};
  EXPECT_THAT([&] { check_range(splits.train, splits.preprocessing, unit); },
              fails_on_data("a.csv: row 1 (line 3), column \"y\" = 17;",
                            "reconstruction \"bernoulli\"", "[0, 1]", "data.scale"));
  Preprocessing scaled = splits.preprocessing;
  scaled.scaling = {.divisor = 16};
  EXPECT_THAT([&] { check_range(splits.train, scaled, unit); },
              fails_on_data("\"y\" = 17 (1.0625 after scaling)"));
  scaled.scaling = {.divisor = 17};
  EXPECT_NO_THROW(check_range(splits.train, scaled, unit));
  EXPECT_NO_THROW(check_range({splits.train.data, {0}}, splits.preprocessing, unit));
}

TEST_F(SplitData, TellsWhatStandardisedDataWantInPlaceOfABernoulli) {
  dir_.write("a.csv", "x,y\n0.2,-1.25\n0.5,1.5\n");
  const Splits splits = split({.train = {.path = "a.csv"}});
  EXPECT_THAT(
      [&] {
        check_range(splits.train, splits.preprocessing, {0, 1, "reconstruction \"bernoulli\""});
      },
      fails_on_data("column \"y\" = -1.25", "needs values in [0, 1] (probabilities)",
                    "standardised data, which are unbounded", "\"mse\" or \"gaussian\""));
}

TEST_F(SplitData, NamesAColumnWithoutANameByItsNumber) {
  write_npy<uint8_t>("a.npy", NpyType::uint8, {3}, {0, 1, 2});
  const Splits splits =
      split({.train = {.path = "a.npy"}, .scale = {.kind = ScaleOption::Kind::none}});
  EXPECT_THAT([&] { check_range(splits.train, splits.preprocessing, {0, 1, "x"}); },
              fails_on_data("row 0, value 2 = 2;"));
}

TEST(Preprocessing, KnowsTheLabelsByTheirTexts) {
  Preprocessing numbers{.classes = 3};
  EXPECT_EQ(numbers.label_of("2"), 2);
  EXPECT_EQ(numbers.label_of("2.0"), 2);
  for (const char* text : {"3", "-1", "cat", "", "1.5"}) {
    EXPECT_EQ(numbers.label_of(text), std::nullopt) << text;
  }
  EXPECT_EQ(numbers.labels_text(), "from 0 to 2");
  // "bee" is the text of a held-out row, which is not a class.
  Preprocessing names{.label_names = {"cat", "dog", "bee"}, .classes = 2};
  EXPECT_EQ(names.label_of("dog"), 1);
  for (const char* text : {"bee", "0", "1", "cow"}) EXPECT_EQ(names.label_of(text), std::nullopt);
  EXPECT_EQ(names.labels_text(), "cat, dog");
  Preprocessing many{.classes = 100};
  for (int i = 0; i < 100; ++i) many.label_names.push_back(fmt::format("n{}", i));
  EXPECT_TRUE(many.labels_text().ends_with("n18, n19, …"));
}

/// Rows with these labels and label names.
RowSet labelled(const std::vector<int64_t>& values, const std::vector<std::string>& names = {}) {
  auto data = std::make_shared<Dataset>();
  data->path = "rows.csv";
  data->labels = {values, names};
  return {std::move(data), counted(static_cast<int64_t>(values.size()))};
}

TEST(CheckLabels, WantsTheClassesOfTheTrainingRows) {
  const Preprocessing numbers{.classes = 3};
  const Preprocessing names{.label_names = {"cat", "dog"}, .classes = 2};
  const auto checking = [](const RowSet& set, const Preprocessing& preprocessing) {
    return [set, preprocessing] { check_labels(set, preprocessing, "data.test.labels"); };
  };
  EXPECT_NO_THROW(checking(labelled({0, 2, 1}), numbers)());
  EXPECT_NO_THROW(checking(labelled({0, 1}, {"cat", "dog"}), names)());
  EXPECT_THAT(checking(labelled({}), numbers),
              fails_on_data("rows.csv: has no labels, which model.conditional needs; name them "
                            "with data.test.labels"));
  EXPECT_THAT(checking(labelled({0, 1}), Preprocessing()),
              fails_on_data("not class indices", "from 0 to 65535"));
  EXPECT_THAT(checking(labelled({0, 1, 3}), numbers),
              fails_on_data("row 2 has label 3; the training rows have labels from 0 to 2"));
  EXPECT_THAT(checking(labelled({0, -1}), numbers), fails_on_data("row 1 has label -1"));
  EXPECT_THAT(checking(labelled({0, 2}, {"cat", "dog", "bee"}), names),
              fails_on_data("row 1 has label bee; the training rows have labels cat, dog"));
  EXPECT_THAT(checking(labelled({0, 1}, {"cat", "dog"}), numbers),
              fails_on_data("labels are texts, the training rows have labels from 0 to 2"));
  EXPECT_THAT(checking(labelled({0, 1}), names),
              fails_on_data("labels are numbers, the training rows have labels cat, dog"));
}

TEST_F(SplitData, CountsTheClassesOfTheTrainingFile) {
  dir_.write("digits.csv", "x,label\n1,0\n2,4\n3,1\n");
  dir_.write("names.csv", "x,label\n1,cat\n2,dog\n3,cat\n");
  dir_.write("ids.csv", "x,label\n1,70000\n2,4\n3,1\n");
  dir_.write("below.csv", "x,label\n1,-1\n2,4\n3,1\n");
  const auto classes = [&](const char* file, const char* labels) {
    DataOptions options;
    options.train = {.path = file, .labels = labels};
    return split(options).preprocessing.classes;
  };
  EXPECT_EQ(classes("digits.csv", "label"), 5);
  EXPECT_EQ(classes("names.csv", "label"), 2);
  EXPECT_EQ(classes("ids.csv", "label"), 0);
  EXPECT_EQ(classes("below.csv", "label"), 0);
  EXPECT_EQ(classes("digits.csv", ""), 0);
}

/// Text labels of other splits do not become names of the numeric training labels.
TEST_F(SplitData, KeepsTextsApartFromNumbers) {
  dir_.write("digits.csv", "x,label\n1,0\n2,1\n3,1\n");
  dir_.write("names.csv", "x,label\n1,cat\n2,dog\n3,cat\n");
  DataOptions options;
  options.train = {.path = "digits.csv", .labels = "label"};
  options.test = HeldOutOptions{.path = "names.csv", .labels = "label"};
  const Splits splits = split(options);
  EXPECT_TRUE(splits.preprocessing.label_names.empty());
  EXPECT_THAT([&] { check_labels(*splits.test, splits.preprocessing, "data.test.labels"); },
              fails_on_data("names.csv: labels are texts"));
}

}  // namespace
}  // namespace ae
