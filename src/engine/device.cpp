#include "engine/device.h"

#include <ATen/Functions.h>
#include <ATen/Parallel.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>
#include <malloc.h>
#include <torch/cuda.h>

#include <algorithm>
#include <atomic>
#include <climits>
#include <fstream>
#include <latch>
#include <system_error>
#include <thread>
#include <vector>

#include "core/error.h"
#ifdef AE_WITH_CUDA
#include "engine/cuda/gpu_name.h"
#endif

namespace ae {
namespace {

/// Calls each vector function of MKL once. MKL selects a function's implementation at its first
/// call; if several threads make that call at once, one may get a less accurate implementation, so
/// that about one run in a hundred is not bit-identical.
/// Source: https://github.com/pytorch/pytorch/issues/188792.
void initialize_mkl_functions() {
  using Function = at::Tensor& (*)(at::Tensor&);
  constexpr Function kFunctions[] = {at::acos_, at::asin_, at::atan_, at::cos_,  at::erf_,
                                     at::erfc_, at::exp_,  at::log_,  at::log2_, at::log10_,
                                     at::sin_,  at::sqrt_, at::tan_,  at::tanh_, at::trunc_};
  for (const at::ScalarType type : {at::kFloat, at::kDouble}) {
    for (const Function function : kFunctions) {
      at::Tensor values = at::full({16}, 0.5, type);
      function(values);
    }
    at::full({16}, 0.5, type).erfinv_();
  }
}

/// Overrides OMP_DYNAMIC, which lets OpenMP use fewer threads than requested and so changes the
/// order of summation.
void disable_dynamic_threads() {
  using Function = void (*)(int);
  const auto set_dynamic = reinterpret_cast<Function>(::dlsym(RTLD_DEFAULT, "omp_set_dynamic"));
  if (set_dynamic != nullptr) set_dynamic(0);
}

/// Starts `count` threads of its own first, as OpenMP aborts the process if the system refuses one.
void check_startable(int64_t count) {
  static std::atomic<int64_t> startable{1};
  if (count <= startable) return;
  std::latch all_started(count);
  std::vector<std::thread> threads;
  std::string refused;
  try {
    for (int64_t i = 1; i < count; ++i) {
      threads.emplace_back([&] { all_started.arrive_and_wait(); });
    }
  } catch (const std::system_error& error) {
    refused = error.code().message();
  }
  all_started.count_down(count - static_cast<int64_t>(threads.size()));
  for (std::thread& thread : threads) thread.join();
  if (!refused.empty()) {
    throw data_error(
        "cannot start {} threads: {}; raise the system's limit (ulimit -u), or set "
        "OMP_NUM_THREADS or training.threads lower",
        count, refused);
  }
  startable = count;
}

}  // namespace

c10::Device choose_device(const std::string& name) {
  disable_dynamic_threads();
  check_startable(at::get_num_threads());
  initialize_mkl_functions();
  if (name == "cpu") return c10::kCPU;
  const bool available = torch::cuda::is_available();
  if (name == "auto") return available ? c10::kCUDA : c10::kCPU;
  if (name != "cuda") {
    throw usage_error("--device {}: unknown; expected auto, cpu or cuda", name);
  }
  if (!available) {
    throw usage_error(
        "--device cuda: no usable CUDA device (no GPU or driver, or a LibTorch without CUDA); use "
        "--device cpu or auto");
  }
  return c10::kCUDA;
}

std::string processor_name() {
  std::ifstream file("/proc/cpuinfo");
  for (std::string line; std::getline(file, line);) {
    const size_t colon = line.find(": ");
    if (line.starts_with("model name") && colon != std::string::npos) {
      return line.substr(colon + 2);
    }
  }
  return "unknown processor";
}

std::string device_text(c10::Device device) {
  if (device.is_cuda()) {
#ifdef AE_WITH_CUDA
    return fmt::format("CUDA ({})", cuda::gpu_name());
#else
    return "CUDA";
#endif
  }
  return fmt::format("CPU ({}, {} thread{})", processor_name(), threads(),
                     threads() == 1 ? "" : "s");
}

int64_t default_threads(int64_t parameters, int64_t batch_size, bool by_operation) {
  // Multiplications of a forward pass. On two idle cores, two threads with this many each trained
  // 1.3 to 1.6 times as fast as one; with half as many, 0.65 to 1.5 times.
  constexpr int64_t kMinMultiplications = int64_t{1} << 19;
  // By operation, two threads with less than this each gained 1.1 to 1.3 times on two idle cores,
  // and took 1.6 to 1.8 times as long as one beside two busy processes; with more, 1.6 to 1.7 times
  // and 0.9 to 1.1 times.
  constexpr int64_t kMinMultiplicationsByOperation = int64_t{1} << 27;
  const int64_t each = by_operation ? kMinMultiplicationsByOperation : kMinMultiplications;
  return std::clamp<int64_t>(parameters * batch_size / each, 1, at::get_num_threads());
}

void synchronize(c10::Device device) {
  if (!device.is_cpu()) c10::impl::VirtualGuardImpl(device.type()).synchronizeDevice(0);
}

void make_deterministic(c10::Device device) {
  if (device.is_cpu()) return;
  // Read when cuBLAS is first used.
  ::setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", /*overwrite=*/0);
  at::Context& context = at::globalContext();
  context.setDeterministicAlgorithms(true, /*warn_only=*/false);
  context.setDeterministicFillUninitializedMemory(false);  // no uninitialised memory is read
  context.setDeterministicCuDNN(true);
  context.setBenchmarkCuDNN(false);
}

void benchmark_convolutions(c10::Device device) {
  if (!device.is_cpu()) at::globalContext().setBenchmarkCuDNN(true);
}

void set_threads(int64_t threads) {
  // A thread's first get_num_threads() resets it to the number that any thread set last.
  at::get_num_threads();
  check_startable(threads);
  at::set_num_threads(static_cast<int>(threads));
}

int64_t threads() { return at::get_num_threads(); }

void keep_freed_memory() {
  mallopt(M_MMAP_THRESHOLD, 1 << 30);
  mallopt(M_TRIM_THRESHOLD, INT_MAX);
  mallopt(M_TOP_PAD, 64 << 20);
}

void release_freed_memory() {
  mallopt(M_MMAP_THRESHOLD, 1 << 20);
  mallopt(M_TRIM_THRESHOLD, 1 << 20);
  mallopt(M_TOP_PAD, 0);
  malloc_trim(0);
}

}  // namespace ae
