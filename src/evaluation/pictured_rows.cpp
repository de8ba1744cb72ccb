#include "evaluation/pictured_rows.h"

#include <algorithm>

#include "evaluation/decode_rows.h"
#include "report/page/image.h"
#include "report/picture.h"

namespace ae {

bool draws_rows(const Preprocessing& rows) {
  if (!Picture::can_draw(rows.shape)) return false;
  return is_image(rows.shape) || rows.feature_names().empty();
}

int64_t most_pictured(const std::vector<int64_t>& shape) {
  constexpr int64_t kPixels = int64_t{1} << 22;
  constexpr int64_t kLeastTile = 56 * 56;  // about the size to which small rows are enlarged
  const int64_t tile = is_image(shape) ? shape[1] * shape[2] : 0;
  return std::clamp<int64_t>(kPixels / std::max(tile, kLeastTile), 1, Picture::max_rows(shape));
}

void add_picture(const std::vector<int64_t>& shape, const at::Tensor& rows, int64_t columns,
                 FigureTexts texts, PageSection& section,
                 const std::optional<std::pair<double, double>>& range) {
  const auto [low, high] = range ? *range : drawn_range(rows);
  section.add<ImageFigure>(std::move(texts.title), std::move(texts.caption),
                           Picture(shape, low, high).png(rows, columns),
                           std::move(texts.description));
}

void add_decoded(const TrainedModel& trained, const at::Tensor& codes, const at::Tensor& labels,
                 int64_t columns, FigureTexts texts, PageSection& section) {
  const std::vector<int64_t>& shape = trained.info.preprocessing.output().shape;
  const int64_t most = most_pictured(shape);
  const int64_t lines = std::max<int64_t>(1, most / columns);
  const int64_t count = std::min(codes.size(0), lines * columns);
  add_picture(shape, decode_rows(*trained.model, codes.narrow(0, 0, count), labels, trained.device),
              columns, std::move(texts), section);
}

}  // namespace ae
