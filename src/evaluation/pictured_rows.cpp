#include "evaluation/pictured_rows.h"

#include <ATen/ops/cat.h>

#include <algorithm>

#include "evaluation/decode_rows.h"
#include "inference/data_stream.h"
#include "report/page/image.h"
#include "report/picture.h"
#include "report/thumbnail.h"

namespace ae {

bool draws_rows(const Preprocessing& rows) {
  if (!Picture::can_draw(rows.shape)) return false;
  return is_image(rows.shape) || rows.feature_names().empty();
}

int64_t most_pictured(const std::vector<int64_t>& shape) {
  constexpr int64_t kMostPixels = int64_t{1} << 20;
  constexpr int64_t kLeastTile = 56 * 56;  // about the size to which small rows are enlarged
  const int64_t tile =
      is_image(shape) ? std::min(shape[1], kThumbnailSide) * std::min(shape[2], kThumbnailSide) : 0;
  return std::clamp<int64_t>(kMostPixels / std::max(tile, kLeastTile), 1, Picture::max_rows(shape));
}

void add_picture(const std::vector<int64_t>& shape, const at::Tensor& rows, int64_t columns,
                 FigureTexts texts, PageSection& section,
                 const std::optional<std::pair<double, double>>& range) {
  const Thumbnails tiles = thumbnails(rows, shape, kThumbnailSide);
  const auto [low, high] = range ? *range : drawn_range(tiles.rows);
  section.add<ImageFigure>(std::move(texts.title), std::move(texts.caption),
                           Picture(tiles.shape, low, high).png(tiles.rows, columns),
                           std::move(texts.description));
}

void add_decoded(const TrainedModel& trained, const at::Tensor& codes, const at::Tensor& labels,
                 int64_t columns, FigureTexts texts, PageSection& section) {
  const std::vector<int64_t>& shape = trained.info.preprocessing.output().shape;
  const int64_t most = most_pictured(shape);
  const int64_t lines = std::max<int64_t>(1, most / columns);
  const int64_t count = std::min(codes.size(0), lines * columns);
  const int64_t at_once = stream_rows(trained.model->widest());
  Thumbnails tiles;
  std::vector<at::Tensor> parts;
  for (int64_t begin = 0; begin < count; begin += at_once) {
    const int64_t some = std::min(at_once, count - begin);
    const at::Tensor part = labels.defined() ? labels.narrow(0, begin, some) : labels;
    tiles =
        thumbnails(decode_rows(*trained.model, codes.narrow(0, begin, some), part, trained.device),
                   shape, kThumbnailSide);
    parts.push_back(tiles.rows);
  }
  add_picture(tiles.shape, at::cat(parts), columns, std::move(texts), section);
}

}  // namespace ae
