#include "inference/label_stream.h"

#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include "error_matchers.h"
#include "io/formats/npy.h"
#include "temp_dir.h"

namespace ae {
namespace {

/// A folder with "rows.csv": five rows of two values, a numeric label and a text label.
class LabelStreams : public testing::Test {
 protected:
  LabelStreams() {
    dir_.write("rows.csv",
               "x,y,digit,name\n1,2,0,cat\n3,4,2.0,dog\n5,6,1,cat\n7,8,2,owl\n9,0,0,dog\n");
    const std::vector<float> rows(10, 0.5F);
    NpyWriter writer(dir_ / "rows.npy", NpyType::float32, {2});
    writer.write(rows.data(), 5);
    writer.commit();
  }

  LabelStream open(const std::string& labels, const Preprocessing& preprocessing,
                   const char* data = "rows.csv") const {
    const std::filesystem::path beside = dir_ / labels;
    return {dir_ / data, std::filesystem::exists(beside) ? beside.string() : labels, preprocessing};
  }

  TempDir dir_;
  const Preprocessing numbers_{.shape = {2}, .columns = {"x", "y"}, .classes = 3};
  const Preprocessing names_{
      .shape = {2}, .columns = {"x", "y"}, .label_names = {"cat", "dog", "owl"}, .classes = 3};
};

at::Tensor integers(const std::vector<int64_t>& values) { return at::tensor(values, at::kLong); }

TEST_F(LabelStreams, ReadAColumnInPortions) {
  LabelStream numbers = open("digit", numbers_);
  EXPECT_TRUE(at::equal(numbers.next(2), integers({0, 2})));  // "2.0" is 2, as in training
  EXPECT_TRUE(at::equal(numbers.next(3), integers({1, 2, 0})));
  EXPECT_NO_THROW(numbers.check_end());
  LabelStream names = open("name", names_);
  EXPECT_TRUE(at::equal(names.next(5), integers({0, 1, 0, 2, 1})));
  // Numbered as in training, independently of the order of these rows.
  const Preprocessing other{
      .shape = {2}, .columns = {"x", "y"}, .label_names = {"owl", "dog", "cat"}, .classes = 3};
  EXPECT_TRUE(at::equal(open("name", other).next(5), integers({2, 1, 2, 0, 1})));
}

TEST_F(LabelStreams, ReadAFile) {
  dir_.write("numbers.csv", "2\n1\n0\n1\n2\n");
  LabelStream numbers = open("numbers.csv", numbers_);
  EXPECT_TRUE(at::equal(numbers.next(4), integers({2, 1, 0, 1})));
  EXPECT_TRUE(at::equal(numbers.next(1), integers({2})));
  EXPECT_NO_THROW(numbers.check_end());
  dir_.write("names.csv", "dog\ncat\ndog\ndog\ncat\n");
  EXPECT_TRUE(at::equal(open("names.csv", names_).next(5), integers({1, 0, 1, 1, 0})));
  // By the number of rows, the first text is a header.
  dir_.write("headed.csv", "owl\ndog\ncat\ndog\nowl\ncat\n");
  EXPECT_TRUE(at::equal(open("headed.csv", names_, "rows.npy").next(5), integers({1, 0, 1, 2, 0})));
}

TEST_F(LabelStreams, RefuseLabelsThatTheModelDoesNotKnow) {
  dir_.write("numbers.csv", "2\n1\n3\n1\n2\n");
  EXPECT_THAT([&] { open("numbers.csv", numbers_).next(5); },
              fails_on_data("numbers.csv: row 2 has label 3; the model was trained on labels from "
                            "0 to 2"));
  dir_.write("names.csv", "dog\ncat\ndog\nbee\ncat\n");
  EXPECT_THAT([&] { open("names.csv", names_).next(5); },
              fails_on_data("names.csv: row 3 has label bee", "cat, dog, owl"));
  EXPECT_THAT([&] { open("name", numbers_).next(5); },
              fails_on_data("row 0 (line 2) has label cat"));
  EXPECT_THAT([&] { open("digit", names_).next(5); }, fails_on_data("row 0 (line 2) has label 0"));
}

TEST_F(LabelStreams, RefuseTextsForNumbersAndTheReverse) {
  dir_.write("numbers.csv", "2\n1\n0\n1\n2\n");
  dir_.write("names.csv", "dog\ncat\ndog\ndog\ncat\n");
  EXPECT_THAT([&] { open("names.csv", numbers_); },
              fails_on_data("names.csv: labels are texts", "from 0 to 2"));
  EXPECT_THAT([&] { open("numbers.csv", names_); },
              fails_on_data("numbers.csv: labels are numbers", "cat, dog, owl"));
}

TEST_F(LabelStreams, RefuseMoreOrFewerLabelsThanRows) {
  dir_.write("few.csv", "2\n1\n0\n");
  dir_.write("many.csv", "2\n1\n0\n1\n2\n1\n");
  EXPECT_THAT([&] { open("few.csv", numbers_).next(5); },
              fails_on_data("few.csv: has 3 labels, fewer than the data has rows"));
  LabelStream many = open("many.csv", numbers_);
  many.next(5);
  EXPECT_THAT([&] { many.check_end(); },
              fails_on_data("many.csv: has 6 labels, the data has 5 rows"));
  // Detected before a row is read if the data's format states the number of rows.
  EXPECT_THAT([&] { open("few.csv", numbers_, "rows.npy"); }, fails_on_data("few.csv"));
  EXPECT_THAT([&] { open("many.csv", numbers_, "rows.npy"); }, fails_on_data("many.csv"));
  EXPECT_THAT([&] { open("nowhere", numbers_); }, fails_on_data("nowhere"));
}

}  // namespace
}  // namespace ae
