#include <ATen/Functions.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <vector>

#include "case.h"
#include "evaluation/coded_size.h"
#include "evaluation/median_filter.h"
#include "io/formats/jpeg.h"

namespace ae {
namespace {

const Json& golden_compression() {
  static const Json kGolden = golden_file("compression.json");
  return kGolden;
}

at::Tensor stacked(const Json& rows) {
  std::vector<at::Tensor> tensors;
  for (const Json& row : rows) tensors.push_back(numbers(row, at::kDouble));
  return at::stack(tensors);
}

TEST(CodedSize, IsThatOfNumPy) {
  const Json& codes = golden_compression().at("codes");
  const at::Tensor training = stacked(codes.at("training"));
  const at::Tensor held_out = stacked(codes.at("held_out"));
  for (const Json& coded : codes.at("coded")) {
    SCOPED_TRACE(coded.at("step").dump());
    const Quantizer quantizer{numbers(codes.at("offset"), at::kDouble), coded.at("step")};
    const CodedSize size = coded_size(training, held_out, quantizer, 2);
    EXPECT_LT(largest_difference(size.bits, numbers(coded.at("bits"), at::kDouble)), 1e-12);
    EXPECT_NEAR(size.escapes, coded.at("escapes").get<double>(), 1e-12);
    const double error = (quantizer.rounded(held_out) - held_out).square().sum().item<double>();
    EXPECT_NEAR(error, coded.at("squared_error").get<double>(), 1e-9);
  }
}

TEST(CodedSize, InterpolatesAsNumPyInTheLogarithm) {
  const Json& golden = golden_compression().at("curve");
  std::vector<RatePoint> curve;
  for (size_t i = 0; i < golden.at("bits").size(); ++i) {
    curve.push_back({golden.at("bits")[i], golden.at("mse")[i]});
  }
  for (size_t i = 0; i < golden.at("at").size(); ++i) {
    const auto found = mse_at(curve, golden.at("at")[i]);
    ASSERT_TRUE(found.has_value());
    EXPECT_NEAR(*found, golden.at("mse_at")[i].get<double>(), 1e-12);
  }
}

TEST(MedianFilter, IsThatOfSciPyBitByBit) {
  for (const Json& golden : golden_compression().at("median")) {
    const auto shape = golden.at("shape").get<std::vector<int64_t>>();
    SCOPED_TRACE(golden.at("shape").dump());
    const at::Tensor images = numbers(golden.at("images"), at::kFloat).view(shape);
    const at::Tensor expected = numbers(golden.at("filtered"), at::kFloat).view(shape);
    EXPECT_TRUE(median_filter(images).equal(expected));
  }
}

/// Both encoders have the standard's tables, and differ in the rounding of cosine transforms, and
/// in the decoders' enlargement of colours.
TEST(Jpeg, HasSizeAndErrorOfLibjpeg) {
  for (const Json& golden : golden_compression().at("jpeg")) {
    const auto shape = golden.at("shape").get<std::vector<int>>();
    const auto pixels = golden.at("pixels").get<std::vector<uint8_t>>();
    for (const Json& coded : golden.at("coded")) {
      SCOPED_TRACE(golden.at("shape").dump() + " " + coded.at("quality").dump());
      const std::string file =
          encoded_jpeg(shape[1], shape[0], shape[2], pixels, coded.at("quality"));
      const double bits = coded.at("bits");
      EXPECT_NEAR(static_cast<double>(jpeg_data_bits(file, shape[1], shape[0], shape[2])), bits,
                  0.03 * bits);
      const std::vector<uint8_t> decoded = decoded_jpeg(file, shape[2]);
      ASSERT_EQ(decoded.size(), pixels.size());
      double error = 0;
      for (size_t i = 0; i < pixels.size(); ++i) {
        const double difference = static_cast<double>(decoded[i]) - pixels[i];
        error += difference * difference;
      }
      const double mse = coded.at("mse");
      EXPECT_NEAR(error / static_cast<double>(pixels.size()), mse, 0.05 * mse);
    }
  }
}

}  // namespace
}  // namespace ae
