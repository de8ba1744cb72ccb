#pragma once

#include <c10/core/Device.h>

#include <string>

namespace ae {

/// "cpu", "cuda", or "auto": CUDA where there is a GPU that LibTorch can use.
/// Also makes LibTorch's functions ready to be used by several threads.
/// @throws Error(usage) where CUDA is asked for and absent; Error(data) where the system does not
///         let so many threads start as LibTorch takes
c10::Device choose_device(const std::string& name);

/// "AMD EPYC", as the system calls it.
std::string processor_name();

/// What the device is, for people: "CPU (AMD EPYC, 2 threads)".
std::string device_text(c10::Device device);

/// Threads that share a batch, unless the config says: as many as have enough to do not to wait
/// for each other most of the time, at most one for each core. Depends on the model alone, so that
/// equal runs are equal.
/// @param parameters  of the model
/// @param batch_size  rows in a step
int64_t default_threads(int64_t parameters, int64_t batch_size);
/// From here on a GPU's operations give the same bits each time; one that cannot is an error.
void make_deterministic(c10::Device device);
/// From here on a GPU's convolutions are tried out in each way when first met, and done in the
/// fastest.
void try_convolutions(c10::Device device);
/// Waits until a GPU has done what it was given.
void synchronize(c10::Device device);

/// Threads of LibTorch's operations in the calling thread, whatever others set for themselves.
/// @throws Error(data) where the system does not let so many start
void set_threads(int64_t threads);
int64_t threads();

/// Keeps freed memory with the process, as the same sizes are asked for at every step. To be
/// called first thing in a program that trains.
void keep_freed_memory();

}  // namespace ae
