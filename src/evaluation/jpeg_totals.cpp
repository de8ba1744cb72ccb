#include "evaluation/jpeg_totals.h"

#include <ATen/TensorOperators.h>

#include <span>
#include <string>

#include "io/formats/jpeg.h"
#include "kernels/tensor_jobs.h"

namespace ae {

JpegTotals jpeg_totals(const at::Tensor& images, const std::vector<int64_t>& shape,
                       const DataRange& range, int quality, int threads) {
  const int64_t count = images.size(0);
  const double scale = 255 / (range.high > range.low ? range.width() : 1);
  std::vector<JpegTotals> of_image(static_cast<size_t>(count));
  run_tensor_jobs(of_image.size(), threads, [&](size_t i) {
    const at::Tensor levels = (images[static_cast<int64_t>(i)].to(at::kDouble) - range.low)
                                  .mul_(scale)
                                  .view(shape)
                                  .permute({1, 2, 0})
                                  .contiguous();  // [H, W, C]
    const at::Tensor bytes = levels.round().clamp_(0, 255).to(at::kByte);
    const auto width = static_cast<int>(shape[2]);
    const auto height = static_cast<int>(shape[1]);
    const auto channels = static_cast<int>(shape[0]);
    const std::string file = encoded_jpeg(
        width, height, channels,
        {bytes.const_data_ptr<uint8_t>(), static_cast<size_t>(bytes.numel())}, quality);
    const std::vector<uint8_t> decoded = decoded_jpeg(file, channels);
    const auto* exact = levels.const_data_ptr<double>();
    double sum = 0;
    for (size_t k = 0; k < decoded.size(); ++k) {
      const double error = static_cast<double>(decoded[k]) - exact[k];
      sum += error * error;
    }
    of_image[i] = {static_cast<double>(jpeg_data_bits(file, width, height, channels)),
                   sum / (scale * scale)};
  });
  JpegTotals totals;
  for (const JpegTotals& image : of_image) {
    totals.bits += image.bits;
    totals.squared_error += image.squared_error;
  }
  return totals;
}

}  // namespace ae
