#pragma once

#include <c10/core/Device.h>

#include <string>

namespace ae {

/// "cpu", "cuda", or "auto": CUDA where there is a GPU that LibTorch can use.
/// @throws Error(usage) where CUDA is asked for and absent
c10::Device choose_device(const std::string& name);

/// What the device is, for people: "CPU (AMD EPYC, 2 threads)".
std::string device_text(c10::Device device);

/// Threads of LibTorch's operations; 0 leaves one for each core.
void set_threads(int64_t threads);
int64_t threads();

/// Keeps freed memory with the process, as the same sizes are asked for at every step. To be
/// called first thing in a program that trains.
void keep_freed_memory();

}  // namespace ae
