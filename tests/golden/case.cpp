#include "case.h"

#include <ATen/Functions.h>
#include <c10/core/GradMode.h>

#include <filesystem>
#include <map>

#include "temp_dir.h"

namespace ae {
namespace {

const Json& all_cases(const std::string& file) {
  static std::map<std::string, Json> parsed;
  const auto found = parsed.find(file);
  return (found != parsed.end() ? found : parsed.emplace(file, golden_file(file)).first)
      ->second.at("cases");
}

const Json& find_case(const std::string& file, const std::string& name) {
  for (const Json& each : all_cases(file)) {
    if (each.at("name") == name) return each;
  }
  throw std::runtime_error("no case " + name);
}

/// Replaces the encoder's input by a given one, whatever the target.
class GivenInput : public Corruption {
 public:
  explicit GivenInput(at::Tensor input) : input_(std::move(input)) {}
  at::Tensor apply(const at::Tensor& /*x*/, const Noise& /*noise*/) const override {
    return input_;
  }

 private:
  at::Tensor input_;
};

class GivenInputSpec : public CorruptionSpec {
 public:
  explicit GivenInputSpec(at::Tensor input) : input_(std::move(input)) {}
  std::unique_ptr<Corruption> build(const InputInfo& /*input*/) const override {
    return std::make_unique<GivenInput>(input_);
  }

 private:
  at::Tensor input_;
};

class GivenNoise : public Noise {
 public:
  explicit GivenNoise(at::Tensor values) : values_(std::move(values)) {}
  at::Tensor normal(Purpose /*purpose*/, int64_t /*width*/, uint32_t /*layer*/) const override {
    return values_;
  }
  at::Tensor uniform(Purpose /*purpose*/, int64_t /*width*/, uint32_t /*layer*/) const override {
    throw std::logic_error("no case draws uniform numbers");
  }
  std::unique_ptr<Noise> part(int64_t first, int64_t count) const override {
    return std::make_unique<GivenNoise>(values_.dim() > 1 ? values_.narrow(0, first, count)
                                                          : values_);
  }

 private:
  at::Tensor values_;
};

}  // namespace

Json golden_file(const std::string& name) {
  const std::filesystem::path folder = std::filesystem::path(AE_SOURCE_DIR) / "tests" / "golden";
  return parse_json(bytes_of(folder / name), name);
}

at::Tensor numbers(const Json& list, at::ScalarType type) {
  const auto values = list.get<std::vector<double>>();
  return at::tensor(values, at::kDouble).to(type);
}

double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  const at::Tensor expected = b.detach().to(at::kDouble);
  const at::Tensor difference = (a.detach().to(at::kDouble) - expected).abs();
  return (difference / expected.abs().clamp_min(1)).max().item<double>();
}

GoldenCase::GoldenCase(const std::string& file, const std::string& name, at::ScalarType type)
    : case_(find_case(file, name)),
      figures_(type == at::kDouble ? &case_ : &case_.at("float32")),
      type_(type),
      // The defaults for counts are not those of the reference.
      experiment_(experiment_of(
          layered({{"model", {{"input_transform", "none"}, {"output_bias_from_data", false}}}},
                  case_.at("config")))) {}

std::vector<std::string> GoldenCase::names(const std::string& file) {
  std::vector<std::string> names;
  for (const Json& each : all_cases(file)) names.push_back(each.at("name"));
  return names;
}

void PrintTo(const TestedCase& tested, std::ostream* stream) { *stream << tested.text(); }

std::vector<TestedCase> every_case(const std::string& file) {
  std::vector<TestedCase> tested;
  for (const std::string& name : GoldenCase::names(file)) {
    tested.push_back({file, name, at::kDouble});
    tested.push_back({file, name, at::kFloat});
  }
  return tested;
}

std::shared_ptr<Autoencoder> GoldenCase::model() const {
  auto model = std::make_shared<Autoencoder>(experiment_.model, experiment_.objective, input_info(),
                                             static_cast<uint64_t>(experiment_.seed));
  model->to(type_);
  const c10::NoGradGuard no_grad;
  auto parameters = model->named_parameters();
  const Json& given = case_.at("parameters");
  if (given.size() != parameters.size()) throw std::logic_error("other parameters than the case's");
  for (const auto& [key, value] : given.items()) {
    parameters[key].copy_(
        numbers(value.at("values"), type_).view(value.at("shape").get<std::vector<int64_t>>()));
  }
  return model;
}

Objective GoldenCase::objective() const {
  CorruptionPart corruption = experiment_.corruption;
  corruption.adopt(experiment_.corruption.type(), std::make_shared<GivenInputSpec>(input()));
  return {experiment_.model, experiment_.objective, corruption, input_info()};
}

InputInfo GoldenCase::input_info() const {
  InputInfo info = rows_of(input().size(1));
  if (case_.contains("shape")) info.shape = case_.at("shape").get<std::vector<int64_t>>();
  return info;
}

std::unique_ptr<Noise> GoldenCase::noise() const {
  return std::make_unique<GivenNoise>(case_.contains("noise") ? matrix(case_.at("noise"))
                                                              : at::Tensor());
}

at::Tensor GoldenCase::integers(const char* name) const {
  if (!case_.contains(name)) return {};
  return at::tensor(case_.at(name).get<std::vector<int64_t>>(), at::kLong);
}

at::Tensor GoldenCase::matrix(const Json& rows) const {
  std::vector<at::Tensor> tensors;
  for (const Json& row : rows) tensors.push_back(numbers(row, type_));
  return at::stack(tensors);
}

}  // namespace ae
