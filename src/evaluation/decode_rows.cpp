#include "evaluation/decode_rows.h"

#include <ATen/ops/empty.h>

#include <algorithm>

#include "inference/data_stream.h"

namespace ae {

at::Tensor decode_rows(Autoencoder& model, const at::Tensor& codes, const at::Tensor& labels,
                       at::Device device) {
  const int64_t at_once = stream_rows(model.widest());
  at::Tensor rows = at::empty({codes.size(0), model.features()}, at::kFloat);
  for (int64_t begin = 0; begin < codes.size(0); begin += at_once) {
    const int64_t count = std::min(at_once, codes.size(0) - begin);
    ForwardContext context;
    if (model.classes() > 0) {
      context.condition = model.condition(labels.narrow(0, begin, count).to(device));
    }
    rows.narrow(0, begin, count)
        .copy_(model.decode_to_data(codes.narrow(0, begin, count).to(device), context));
  }
  return rows;
}

}  // namespace ae
