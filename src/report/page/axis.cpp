#include "report/page/axis.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "report/page/markup.h"

namespace ae {
namespace {

constexpr double kMaxMagnitude = 1e300;  // differences of drawn values stay finite
constexpr double kMinLogValue = 1e-300;

bool is_drawable(double value) { return std::isfinite(value) && std::fabs(value) <= kMaxMagnitude; }

double to_scale(double value, Scale scale) {
  return scale == Scale::log ? std::log10(value) : value;
}

double from_scale(double value, Scale scale) {
  return scale == Scale::log ? std::pow(10.0, value) : value;
}

/// Range about [low, high] that is wide enough to divide by, with room at both ends.
std::pair<double, double> widened(double low, double high, Scale scale, double margin) {
  const double magnitude = std::max(std::fabs(low), std::fabs(high));
  if (high - low <= 1e-11 * magnitude || high - low < 1e-290) {
    const double half = scale == Scale::log ? 0.5 : (magnitude > 1e-280 ? 0.5 * magnitude : 0.5);
    return {low - half, high + half};
  }
  const double room = margin * (high - low);
  if (scale == Scale::linear) return {low - room, high + room};
  return {std::max(low - room, -305.0), std::min(high + room, 305.0)};
}

/// Least of 1, 2, 5 times a power of ten that divides the length into at most `most` steps.
double nice_step(double length, int most) {
  const double least = length / most;
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double factor : {1.0, 2.0, 5.0}) {
    if (factor * power >= least * (1 - 1e-9)) return factor * power;
  }
  return 10 * power;
}

/// The value with as many digits as tell neighbouring ticks apart.
std::string tick_text(double value, double step, double magnitude) {
  if (std::fabs(value) < 1e-9 * step) return "0";
  if (magnitude < 1e6 && magnitude >= 1e-3) {
    const double decimals = std::max(0.0, -std::floor(std::log10(step) + 1e-9));
    return fmt::format("{:.{}f}", value, static_cast<int>(decimals));
  }
  const double digits =
      std::floor(std::log10(std::fabs(value)) + 1e-9) - std::floor(std::log10(step) + 1e-9);
  if (digits < 3) return short_number(value);
  return fmt::format("{:.{}e}", value, static_cast<int>(digits));
}

}  // namespace

bool LeftOut::can_draw(double value, Scale scale) {
  if (!is_drawable(value)) {
    ++non_finite;
    return false;
  }
  if (scale == Scale::log && value < kMinLogValue) {
    ++non_positive;
    return false;
  }
  return true;
}

bool LeftOut::can_draw(double x, Scale x_scale, double y, Scale y_scale) {
  if (!is_drawable(y)) return can_draw(y, y_scale);  // a pair counts as non-finite first
  return can_draw(x, x_scale) && can_draw(y, y_scale);
}

std::string LeftOut::sentence(const std::string& what) const {
  const int64_t all = non_finite + non_positive;
  if (all == 0) return "";
  std::string reasons;
  if (non_finite > 0) reasons = fmt::format("{} not finite", non_finite);
  if (non_positive > 0) {
    reasons += fmt::format("{}{} not positive on a logarithmic axis", reasons.empty() ? "" : ", ",
                           non_positive);
  }
  return fmt::format("{} {} not drawn ({}).", all, what + (all == 1 ? " is" : "s are"), reasons);
}

Axis::Axis(std::span<const double> values, Scale scale, double margin)
    : low_{scale == Scale::log ? 1.0 : 0.0},
      high_{scale == Scale::log ? 10.0 : 1.0},
      scale_{scale} {
  if (values.empty()) return;
  const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
  const auto [low, high] =
      widened(to_scale(*least, scale), to_scale(*greatest, scale), scale, margin);
  low_ = from_scale(low, scale);
  high_ = from_scale(high, scale);
  whole_ = std::ranges::all_of(values, [](double x) { return x == std::nearbyint(x); });
}

Axis::Axis(double low, double high, Scale scale) : low_{low}, high_{high}, scale_{scale} {}

double Axis::position(double value) const {
  const double low = to_scale(low_, scale_);
  return (to_scale(value, scale_) - low) / (to_scale(high_, scale_) - low);
}

double Axis::value(double position) const {
  const double low = to_scale(low_, scale_);
  return from_scale(low + position * (to_scale(high_, scale_) - low), scale_);
}

std::vector<Tick> Axis::ticks(int most) const {
  std::vector<Tick> ticks = scale_ == Scale::log ? log_ticks(most) : std::vector<Tick>{};
  return ticks.size() < 2 ? linear_ticks(most) : ticks;
}

std::vector<Tick> Axis::log_ticks(int most) const {
  const auto first = static_cast<int>(std::ceil(std::log10(low_) - 1e-9));
  const auto last = static_cast<int>(std::floor(std::log10(high_) + 1e-9));
  std::vector<Tick> ticks;
  if (last - first >= 2) {
    const int stride = (last - first) / most + 1;
    for (int power = first; power <= last; power += stride) {
      const double value = std::pow(10.0, power);
      ticks.push_back({value, short_number(value)});
    }
    return ticks;
  }
  for (int power = first - 1; power <= last; ++power) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double value = factor * std::pow(10.0, power);
      if (value >= low_ && value <= high_) ticks.push_back({value, short_number(value)});
    }
  }
  return ticks;
}

std::vector<Tick> Axis::linear_ticks(int most) const {
  const double fitting = nice_step(high_ - low_, most);
  const double step = whole_ ? std::max(1.0, fitting) : fitting;
  const double magnitude = std::max(std::fabs(low_), std::fabs(high_));
  const double first = std::ceil(low_ / step - 1e-9);
  std::vector<Tick> ticks;
  for (int i = 0; i <= most && (first + i) * step <= high_ + 1e-9 * step; ++i) {
    const double value = (first + i) * step;
    ticks.push_back({value, tick_text(value, step, magnitude)});
  }
  return ticks;
}

}  // namespace ae
