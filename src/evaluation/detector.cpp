#include "evaluation/detector.h"

#include <ATen/ops/empty.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "evaluation/ecod.h"
#include "evaluation/isolation_forest.h"
#include "evaluation/knn_detector.h"
#include "evaluation/pca.h"
#include "kernels/tensor_jobs.h"

namespace ae {
namespace {

constexpr int64_t kValuesOfBlock = int64_t{1} << 18;  // 2 MB a thread

int64_t rows_of_block(int64_t features) { return std::max<int64_t>(1, kValuesOfBlock / features); }

/// Squared distance from the principal subspace.
class PcaResidual : public Detector {
 public:
  PcaResidual(at::Tensor rows, int64_t components)
      : rows_(std::move(rows)), pca_(fit_pca(chunks(), components)) {}

  at::Tensor score(const at::Tensor& rows, int threads) const override {
    const int64_t count = rows.size(0);
    const int64_t step = rows_of_block(rows.size(1));
    at::Tensor out = at::empty({count}, at::kDouble);
    run_tensor_jobs(static_cast<size_t>((count + step - 1) / step), threads, [&](size_t block) {
      const int64_t first = static_cast<int64_t>(block) * step;
      const int64_t size = std::min(step, count - first);
      out.narrow(0, first, size).copy_(pca_.squared_error(rows.narrow(0, first, size)));
    });
    return out;
  }
  at::Tensor score_training_rows(int threads) const override { return score(rows_, threads); }

 private:
  RowChunks chunks() const {
    return [rows = rows_] {
      return [rows, first = int64_t{0}]() mutable -> std::optional<at::Tensor> {
        if (first >= rows.size(0)) return std::nullopt;
        const int64_t size = std::min(rows_of_block(rows.size(1)), rows.size(0) - first);
        first += size;
        return rows.narrow(0, first - size, size);
      };
    };
  }

  at::Tensor rows_;  // [N, D]
  Pca pca_;
};

std::unique_ptr<Detector> fit_pca_residual(const at::Tensor& rows, const DetectorOptions& options) {
  const int64_t wanted = options.components > 0 ? options.components : (rows.size(1) + 1) / 2;
  return std::make_unique<PcaResidual>(rows,
                                       std::min({wanted, rows.size(1) - 1, rows.size(0) - 1}));
}

std::unique_ptr<Detector> fit_isolation_forest(const at::Tensor& rows,
                                               const DetectorOptions& options) {
  return std::make_unique<IsolationForest>(
      rows, IsolationForestOptions{.trees = options.trees, .seed = options.seed});
}

std::unique_ptr<Detector> fit_knn(const at::Tensor& rows, const DetectorOptions& options) {
  return std::make_unique<KnnDetector>(rows, std::min(options.neighbours, rows.size(0) - 1));
}

std::unique_ptr<Detector> fit_ecod(const at::Tensor& rows, const DetectorOptions& /*options*/) {
  return std::make_unique<Ecod>(rows);
}

constexpr DetectorKind kDetectors[] = {
    {"pca", "squared distance from the principal subspace", &fit_pca_residual},
    {"isolation_forest", "depth at which random splits isolate a row", &fit_isolation_forest},
    {"knn", "distance from the k-th nearest training row", &fit_knn},
    {"ecod", "tail probabilities of the columns' empirical distributions", &fit_ecod},
};

}  // namespace

std::span<const DetectorKind> detectors() { return kDetectors; }

}  // namespace ae
