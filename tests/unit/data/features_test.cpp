#include "data/features.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/tensor.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "config/reader.h"
#include "data_folder.h"
#include "error_matchers.h"

namespace ae {
namespace {

using testing::ElementsAre;

class FeatureData : public DataFolder {
 protected:
  Splits load_table(const std::string& text, const std::string& data = "{}") {
    dir_.write("t.csv", text);
    Json json = Json::parse(data);
    json["train"]["path"] = "t.csv";
    DataOptions options;
    read_options(json, {.name = "c.json", .overridden = {}, .known_paths = {}}, options);
    return load_splits(options, locations(), {.standardize_tables = true});
  }
};

constexpr const char* kMixed =
    "price,kind,sold\n1,red,True\n3,blue,False\n5,red,False\n7,green,True\n";

TEST_F(FeatureData, AreNumbersBooleansAndOneForEachCategory) {
  const Splits splits = load_table(kMixed);
  const Features& features = *splits.preprocessing.features;
  EXPECT_THAT(features.names(),
              ElementsAre("price", "sold", "kind=blue", "kind=green", "kind=red"));
  const at::Tensor rows = splits.train.data->rows;
  EXPECT_TRUE(at::allclose(rows.select(0, 1),
                           at::tensor({-1 / std::sqrt(5.0), 0.0, 1.0, 0.0, 0.0}).to(at::kFloat)));
  EXPECT_EQ(splits.preprocessing.shape, std::vector<int64_t>{5});
  // Back to the file's columns, categories and booleans by number.
  const at::Tensor back = splits.preprocessing.restored(rows);
  EXPECT_TRUE(at::allclose(back[1], at::tensor({3.0, 0.0, 0.0}, at::kDouble), 1e-6));
  EXPECT_THAT(features.table()[2].categories, ElementsAre("False", "True"));
}

TEST_F(FeatureData, DoNotDependOnTheOrderOfRows) {
  const std::string reversed =
      "price,kind,sold\n7,green,True\n5,red,False\n3,blue,False\n1,red,True\n";
  const Splits a = load_table(kMixed);
  const Splits b = load_table(reversed);
  EXPECT_EQ(a.preprocessing.to_json()["features"], b.preprocessing.to_json()["features"]);
  EXPECT_TRUE(a.train.data->rows.flip(0).equal(b.train.data->rows));
}

TEST_F(FeatureData, AreStoredAndRestored) {
  const Splits splits = load_table("a,kind\n1,x\n,y\n4,x\n2,NA\n", R"({"missing": "mask"})");
  const Json json = Json::parse(splits.preprocessing.to_json().dump());
  const Preprocessing restored = Preprocessing::from_json(json, "state.json");
  EXPECT_EQ(restored.to_json(), json);
  DataOptions options;
  options.train.path = "t.csv";
  const Splits again = load_splits(options, locations(), {.stored = &restored});
  EXPECT_EQ(again.train.data->fingerprint, splits.train.data->fingerprint);
  EXPECT_TRUE(again.train.data->rows.nan_to_num(9).equal(splits.train.data->rows.nan_to_num(9)));
}

TEST_F(FeatureData, AreRefusedWithIndicatorsThatRepeatOrAreNoneOfTheirs) {
  const Splits splits = load_table("a,kind\n1,x\n,y\n4,x\n2,NA\n", R"({"missing": "mask"})");
  const Json json = splits.preprocessing.to_json();
  for (const char* indicated : {"[0, 0]", "[1, 0]", "[0, 3]", "[-1]"}) {
    Json changed = json;
    changed["features"]["indicated"] = Json::parse(indicated);
    EXPECT_THAT(([&] { Preprocessing::from_json(changed, "state.json"); }),
                fails_on_data("is malformed"))
        << indicated;
  }
}

TEST_F(FeatureData, KeepGapsThatAreMasked) {
  const Splits splits = load_table("a,kind\n1,x\n,y\n4,x\n2,NA\n", R"({"missing": "mask"})");
  const at::Tensor gaps = splits.train.data->rows.isnan();
  EXPECT_EQ(gaps.sum().item<int64_t>(), 3);  // a number, and both features of a category
  EXPECT_THAT(splits.preprocessing.features->indicated(), ElementsAre(0, 1));
  EXPECT_TRUE(load_table("a,kind\n1,x\n,y\n4,x\n2,NA\n",
                         R"({"missing": {"type": "mask", "indicator": false}})")
                  .preprocessing.features->indicated()
                  .empty());
}

TEST_F(FeatureData, FillGaps) {
  const auto filled = [&](const char* missing) {
    const Splits splits =
        load_table("a,kind\n1,x\n,y\n5,x\n3,NA\n3,y\n3,x\n",
                   fmt::format(R"({{"missing": "{}", "preprocessing": []}})", missing));
    const at::Tensor rows = splits.train.data->rows;
    EXPECT_TRUE(rows[3][1].item<float>() == 1) << missing;  // the most frequent kind
    return rows[1][0].item<float>();
  };
  EXPECT_EQ(filled("mean"), 3);
  EXPECT_EQ(filled("median"), 3);
  EXPECT_EQ(filled("most_frequent"), 3);
}

TEST_F(FeatureData, AreFittedToTheTrainingRowsOnly) {
  const Splits splits =
      load_table("a,b\n1,1\n3,2\n1000,3\n",
                 R"({"validation": {"last": 1}, "preprocessing": ["standardize"]})");
  EXPECT_TRUE(at::allclose(splits.train.data->rows.select(1, 0),
                           at::tensor({-1.0, 1.0, 998.0}).to(at::kFloat)));
}

TEST_F(FeatureData, RefuseWhatIsNoColumn) {
  const auto loading = [&](const std::string& text, const std::string& data = "{}") {
    return [this, text, data] { load_table(text, data); };
  };
  EXPECT_THAT(loading("a,b\n1,NA\n2,NA\n", R"({"missing": "mean"})"),
              fails_on_data("column \"b\" has no value in the training rows"));
  EXPECT_THAT(loading("a,b\n1,NA\n2,5\n"),
              fails_on_data("row 0 (line 2), column \"b\": \"NA\", a missing value", "\"mask\""));
  EXPECT_THAT(loading("a,when\n1,2024-01-31\n2,2024-02-01\n"),
              fails_on_data("column \"when\": dates and times are not read", "data.train.ids"));
  EXPECT_THAT(loading("a,b\n1,1\n2,2\n3,lost\n"),
              fails_on_data("text \"lost\" among numbers", "data.missing.values"));
  std::string ids = "a,name\n";
  for (int i = 0; i < 60; ++i) ids += fmt::format("{},n{}\n", i * i, i);
  EXPECT_THAT(loading(ids), fails_on_data("60 different texts in 60 rows: an id?"));
  EXPECT_THAT(loading("a,b\n1,x\n2," + std::string(2000, 'y') + "\n"),
              fails_on_data("a text of 2,000 bytes", "at most 1,000"));
  EXPECT_THAT(loading(kMixed, R"({"types": {"colour": "numeric"}})"),
              fails_on_data("data.types names \"colour\""));
}

TEST_F(FeatureData, TakeDeclaredTypes) {
  const Splits splits = load_table("year,flag\n2007,0\n2008,1\n2007,1\n",
                                   R"({"types": {"year": "categorical", "f*": "boolean"}})");
  EXPECT_THAT(splits.preprocessing.features->names(),
              ElementsAre("flag", "year=2007", "year=2008"));
}

TEST_F(FeatureData, AreOfTheChosenColumns) {
  const std::string table = "id,x_1,x_2,y\na1,1,2,3\na2,2,4,5\n";
  const auto names = [&](const char* train) {
    return load_table(table, fmt::format(R"({{"train": {}}})", train))
        .preprocessing.features->names();
  };
  EXPECT_THAT(names(R"({"columns": ["x_*"]})"), ElementsAre("x_1", "x_2"));
  EXPECT_THAT(names(R"({"columns": ["y", 2]})"), ElementsAre("y", "x_1"));
  EXPECT_THAT(names(R"({"ids": ["id"], "exclude": ["x_?"]})"), ElementsAre("y"));
}

TEST_F(FeatureData, FollowTheGivenDialect) {
  // Without it, a comma may be a decimal mark or separate thousands.
  const Splits splits =
      load_table("a;b\n1,234;5\n2,345;7\n", R"({"dialect": {"separator": ";", "decimal": ","}})");
  EXPECT_NEAR(splits.columns[0].low, 1.234, 1e-12);
  EXPECT_NEAR(splits.preprocessing.restored(splits.train.data->rows)[1][0].item<double>(), 2.345,
              1e-6);
  // It is kept for later files.
  dir_.write("t.csv", "a;b\n3,456;5\n");
  DataOptions later;
  later.train.path = "t.csv";
  const Preprocessing stored = Preprocessing::from_json(splits.preprocessing.to_json(), "s");
  EXPECT_NEAR(load_splits(later, locations(), {.stored = &stored}).columns[0].low, 3.456, 1e-12);
}

TEST_F(FeatureData, TellOfACategoryThatTrainingRowsDoNotHave) {
  const Splits splits = load_table(kMixed);
  dir_.write("t.csv", "price,kind,sold\n1,redd,True\n");
  DataOptions options;
  options.train.path = "t.csv";
  const auto again = [&] { load_splits(options, locations(), {.stored = &splits.preprocessing}); };
  EXPECT_THAT(again, fails_on_data("column \"kind\": category \"redd\"", "did you mean \"red\"?"));
}

TEST_F(FeatureData, RefuseAStoredOrderOfAxesThatRowsDoNotHave) {
  Json json = load_table(kMixed).preprocessing.to_json();
  json["channels_last"] = true;
  EXPECT_THAT([&] { Preprocessing::from_json(json, "state.json"); }, fails_on_data("state.json"));
}

TEST_F(FeatureData, ReadSentinelsThatAreListed) {
  const Splits splits = load_table("a,b\n1,-9999\n2,5\n3,-9999.0\n4,6\n",
                                   R"({"missing": {"type": "mask", "values": ["-9999"]}})");
  EXPECT_EQ(splits.train.data->rows.isnan().sum().item<int64_t>(), 2);
}

}  // namespace
}  // namespace ae
