#pragma once

#include <gtest/gtest.h>

#include "engine/device.h"

namespace ae {

/// Runs a program's tests on one thread: with models as small as theirs, threads only wait for each
/// other, many times as long as the work takes where the machine is busy.
class OneThread : public testing::Environment {
 public:
  void SetUp() override { set_threads(1); }
};

inline testing::Environment* const kOneThread = testing::AddGlobalTestEnvironment(new OneThread);

}  // namespace ae
