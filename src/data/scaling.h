#pragma once

namespace ae {

/// Linear scaling x' = (x - offset) / divisor.
struct Scaling {
  double offset = 0;
  double divisor = 1;

  float forward(float x) const {
    return (x - static_cast<float>(offset)) / static_cast<float>(divisor);
  }
  bool is_identity() const { return offset == 0 && divisor == 1; }
};

/// True if offset and divisor are finite in float32, and the divisor is normal and positive.
bool is_usable(const Scaling& scaling);

}  // namespace ae
