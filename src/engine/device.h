#pragma once

#include <c10/core/Device.h>

#include <string>

namespace ae {

/// Selects a device by name: "cpu", "cuda", or "auto" (CUDA if LibTorch can use a GPU).
/// Also prepares LibTorch's functions for use by several threads.
/// @throws Error(usage) if the name is unknown, or CUDA is requested and not available
/// @throws Error(data)  if the system refuses to start LibTorch's number of threads
c10::Device choose_device(const std::string& name);

/// Processor name as the system reports it: "AMD EPYC".
std::string processor_name();

/// Description of the device for the log: "CPU (AMD EPYC, 2 threads)".
std::string device_text(c10::Device device);

/// Default number of threads per batch: as many as have enough work to outweigh synchronisation, at
/// most one per core. Depends on the model and the batch size alone, so that runs are reproducible.
/// @param parameters  number of parameters of the model
/// @param batch_size  rows per step
/// @param by_operation  threads share each operation, not the rows: they then wait for each other
///                      after every one, so that it takes more work to be worth it
int64_t default_threads(int64_t parameters, int64_t batch_size, bool by_operation);

/// Enables deterministic GPU operations for this process; an operation without a deterministic
/// implementation then throws.
void make_deterministic(c10::Device device);
/// Enables cuDNN benchmarking: each convolution shape selects its fastest algorithm at first use.
void benchmark_convolutions(c10::Device device);
/// Waits until the GPU has finished all queued work.
void synchronize(c10::Device device);

/// Sets the number of intra-op threads of LibTorch for the calling thread.
/// @throws Error(data) if the system refuses to start that many
void set_threads(int64_t threads);
int64_t threads();

/// Configures malloc to keep freed memory in the process, as every step allocates the same sizes.
/// Call at the start of a program that trains.
void keep_freed_memory();
/// Ends that: gives freed memory back to the system, now and from now on. Call after training.
void release_freed_memory();

}  // namespace ae
