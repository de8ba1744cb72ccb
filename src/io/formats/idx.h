#pragma once

#include "io/formats/format.h"

namespace ae {

/// The IDX format of MNIST: big-endian numbers of six types with up to 8 axes. Images [N, H, W] are
/// delivered with a channel axis, {1, H, W}; other shapes are unchanged.
/// Source: yann.lecun.com/exdb/mnist.
extern const Format kIdxFormat;

}  // namespace ae
