#include "data/missing.h"

#include <numeric>

#include "data/step.h"

#define AE_MISSING(part) part(refuse) part(mask) part(mean) part(median) part(most_frequent)

namespace ae {
namespace {

class Refuse : public MissingSpec {
 public:
  bool refuses() const override { return true; }
  double fill(std::span<const double> /*sorted*/) const override { return 0; }
};

class Mask : public MissingSpec {
 public:
  void visit(OptionVisitor& visitor) override {
    visitor.option("indicator", indicator_,
                   "Gives the encoder, for each column with missing values, a further input that "
                   "is 1 where the value is missing.");
  }
  bool masks() const override { return true; }
  bool has_indicator() const override { return indicator_; }
  double fill(std::span<const double> /*sorted*/) const override { return 0; }

 private:
  bool indicator_ = true;
};

class FillByMean : public MissingSpec {
 public:
  double fill(std::span<const double> sorted) const override {
    return std::accumulate(sorted.begin(), sorted.end(), 0.0) / static_cast<double>(sorted.size());
  }
};

class FillByMedian : public MissingSpec {
 public:
  double fill(std::span<const double> sorted) const override { return quantile_of(sorted, 0.5); }
};

class FillByMostFrequent : public MissingSpec {
 public:
  double fill(std::span<const double> sorted) const override { return ae::most_frequent(sorted); }
};

}  // namespace

namespace missing {

PartEntry<MissingSpec> refuse() {
  return {"refuse", "a missing value is an error", make_part<MissingSpec, Refuse>};
}
PartEntry<MissingSpec> mask() {
  return {"mask",
          "missing values are left out of the loss, and the encoder is told which they are; the "
          "reconstruction fills them",
          make_part<MissingSpec, Mask>};
}
PartEntry<MissingSpec> mean() {
  return {"mean", "by the mean of the column's training rows; of categories the most frequent",
          make_part<MissingSpec, FillByMean>};
}
PartEntry<MissingSpec> median() {
  return {"median", "by the median of the column's training rows; of categories the most frequent",
          make_part<MissingSpec, FillByMedian>};
}
PartEntry<MissingSpec> most_frequent() {
  return {"most_frequent", "by the most frequent value of the column's training rows",
          make_part<MissingSpec, FillByMostFrequent>};
}

}  // namespace missing

AE_PART_TABLE(MissingSpec, missing, AE_MISSING)

void MissingPart::visit_shared(const std::string& /*type*/, OptionVisitor& visitor) {
  visitor.texts("values", values,
                "Texts that stand for a missing value, such as \"-9999\" or \"unknown\", and the "
                "empty text; empty for the usual ones (the empty text, NA, N/A, NaN, NULL, None, "
                "?, -, .).");
  visitor.option("unknown_categories", unknown_categories,
                 "Reads a category that the training rows do not have as a missing value, rather "
                 "than refusing it.");
}

double most_frequent(std::span<const double> sorted) {
  double best = sorted.front();
  size_t most = 0;
  for (size_t begin = 0, end = 0; begin < sorted.size(); begin = end) {
    for (end = begin + 1; end < sorted.size() && sorted[end] == sorted[begin];) ++end;
    if (end - begin > most) {
      most = end - begin;
      best = sorted[begin];
    }
  }
  return best;
}

}  // namespace ae
