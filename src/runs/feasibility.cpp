#include "runs/feasibility.h"

#include "core/error.h"
#include "core/memory.h"
#include "core/text.h"

namespace ae {

void check_memory(const Autoencoder& model, bool averages, int64_t rows, c10::Device device) {
  if (!device.is_cpu()) return;
  constexpr double kGigabyte = 1e9;
  const int64_t parameters = model.parameter_count();
  const int64_t needed = parameters * (averages ? 5 : 4) * static_cast<int64_t>(sizeof(float));
  const int64_t available = available_memory_bytes();
  if (needed > available) {
    throw usage_error(
        "training a model of {} parameters needs {:.4g} GB more memory, {:.4g} GB are free; choose "
        "smaller widths (hidden, latent_dim)",
        grouped(parameters), static_cast<double>(needed) / kGigabyte,
        static_cast<double>(available) / kGigabyte);
  }
  const double batch =
      2.0 * sizeof(float) * static_cast<double>(model.widest()) * static_cast<double>(rows);
  if (batch <= static_cast<double>(available)) return;
  throw usage_error(
      "a batch of {} rows (times posterior samples) needs {:.4g} GB in the model's widest layer, "
      "which has {} values per row; {:.4g} GB are free; choose a smaller training.batch_size, "
      "fewer channels, smaller widths or fewer posterior samples",
      grouped(rows), batch / kGigabyte, grouped(model.widest()),
      static_cast<double>(available) / kGigabyte);
}

void check_precision(const std::string& name, c10::Device device, const std::string& config) {
  const bool for_cpu = name == "float32" || name == "float64";
  const bool for_gpu = name != "float64";
  if (device.is_cpu() ? for_cpu : for_gpu) return;
  throw usage_error(
      "{}: training.precision \"{}\" is for the {}, and training is on the {}; choose {}", config,
      name, for_gpu ? "GPU" : "CPU", for_gpu ? "CPU" : "GPU",
      for_gpu ? "\"float32\" or \"float64\"" : "\"float32\", \"tf32\" or \"bf16\"");
}

}  // namespace ae
