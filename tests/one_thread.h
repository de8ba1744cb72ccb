#pragma once

#include <gtest/gtest.h>

#include "engine/device.h"

namespace ae {

/// Runs a program's tests on one thread: with small models on a busy machine, synchronisation of
/// threads takes many times as long as the work.
class OneThread : public testing::Environment {
 public:
  void SetUp() override { set_threads(1); }
};

inline testing::Environment* const kOneThread = testing::AddGlobalTestEnvironment(new OneThread);

}  // namespace ae
