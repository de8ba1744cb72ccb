#ifdef AE_WITH_CUDA
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/cuda/kernels.h"
#include "error_matchers.h"

namespace ae::cuda {
namespace {

TEST(CompiledKernels, ThereAreForOldAndNewGpus) {
  for (const int capability : {75, 80, 90}) {
    EXPECT_GT(compiled_kernels(capability).size(), 10000U) << capability;
  }
}

TEST(CompiledKernels, AreRefusedForAGpuThatTheCompilerDoesNotKnow) {
  EXPECT_THAT([] { compiled_kernels(999); },
              fails_with(ErrorKind::internal, "compute capability 999"));
}

}  // namespace
}  // namespace ae::cuda
#endif
