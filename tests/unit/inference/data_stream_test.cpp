#include "inference/data_stream.h"

#include <ATen/Functions.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "error_matchers.h"
#include "io/formats/npy.h"
#include "temp_dir.h"

namespace ae {
namespace {

using testing::ElementsAre;

/// "bytes.npy": seven rows of three bytes, 0, 1, 2, ….
class DataStreams : public testing::Test {
 protected:
  DataStreams() {
    std::vector<uint8_t> values(21);
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<uint8_t>(i);
    NpyWriter writer(dir_ / "bytes.npy", NpyType::uint8, {3});
    writer.write(values.data(), 7);
    writer.commit();
  }

  DataStream open(int64_t chunk_rows) const {
    return {dir_ / "bytes.npy", {.scaling = {1, 2}, .shape = {3}}, {.chunk_rows = chunk_rows}};
  }

  TempDir dir_;
  const at::Tensor scaled_ = (at::arange(21, at::kFloat).view({7, 3}) - 1) / 2;
};

TEST_F(DataStreams, ReadScaledRowsInTheFilesOrder) {
  DataStream stream = open(3);
  std::vector<int64_t> numbers;
  std::vector<at::Tensor> rows;
  while (const std::optional<RowChunk> chunk = stream.next()) {
    numbers.insert(numbers.end(), chunk->rows.begin(), chunk->rows.end());
    rows.push_back(chunk->source->gather(chunk->rows));
  }
  EXPECT_THAT(numbers, ElementsAre(0, 1, 2, 3, 4, 5, 6));
  EXPECT_EQ(rows.back().size(0), 1);
  EXPECT_TRUE(at::equal(at::cat(rows), scaled_));
}

TEST_F(DataStreams, GatherAnyRowsOfAChunk) {
  DataStream stream = open(4);
  stream.next();
  const RowChunk chunk = stream.next().value();
  const std::vector<int64_t> some = {6, 4, 5, 5};
  const at::Tensor expected = scaled_.index_select(0, at::tensor(some, at::kLong));
  EXPECT_TRUE(at::equal(chunk.source->gather(some), expected));
  at::Tensor transposed = at::full({3, 6}, -1.0F);
  chunk.source->gather_transposed(some, 6, transposed.mutable_data_ptr<float>());
  EXPECT_TRUE(at::equal(transposed.narrow(1, 0, 4), expected.t()));
  EXPECT_TRUE(transposed.narrow(1, 4, 2).eq(-1).all().item<bool>());
}

TEST_F(DataStreams, RefuseRowsOfAnotherWidth) {
  EXPECT_THAT([&] { DataStream(dir_ / "bytes.npy", {.shape = {4}}, {.chunk_rows = 2}); },
              fails_on_data("rows have 3 values", "the model takes 4"));
}

}  // namespace
}  // namespace ae
