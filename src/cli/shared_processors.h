#pragma once

namespace ae {

/// Asks the scheduler for short time slices, at the same share of the processors: beside other busy
/// programs a thread that others wait for runs again sooner. Does nothing on kernels before Linux
/// 6.12, or where it is not allowed.
void request_short_time_slices();

}  // namespace ae
