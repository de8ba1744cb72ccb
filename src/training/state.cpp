#include "training/state.h"

#include <cmath>
#include <stdexcept>

#include "core/error.h"

namespace ae {
namespace {

/// Reads a non-negative count, bounded so that adding to it cannot overflow.
int64_t count_at(const Json& json, const char* key) {
  constexpr int64_t kMax = int64_t{1} << 61;
  const Json& value = json.at(key);
  if (!value.is_number_integer()) throw std::invalid_argument(key);
  const auto count = value.get<int64_t>();
  if (count < 0 || count > kMax) throw std::out_of_range(key);
  return count;
}

}  // namespace

Json TrainingState::to_json() const {
  Json sum_list = Json::array();
  for (const auto& [name, value] : sums) sum_list.push_back({{"name", name}, {"sum", value}});
  Json json = {{"epoch", epoch},     {"step", step},     {"rows_done", rows_done},
               {"samples", samples}, {"sums", sum_list}, {"seconds", seconds},
               {"best", nullptr}};
  if (best.epoch > 0) {
    json["best"] = {{"loss", best.loss}, {"epoch", best.epoch}, {"step", best.step}};
  }
  if (std::isfinite(schedule.best)) {
    json["schedule"] = {
        {"best", schedule.best}, {"bad_epochs", schedule.bad_epochs}, {"factor", schedule.factor}};
  }
  if (non_finite_events != NonFiniteEvents()) {
    json["mishaps"] = {{"skipped_updates", non_finite_events.skipped_updates},
                       {"rollbacks", non_finite_events.rollbacks},
                       {"learning_rate_factor", non_finite_events.learning_rate_factor}};
  }
  return json;
}

TrainingState TrainingState::from_json(const Json& json, const std::string& source) {
  try {
    TrainingState state;
    state.epoch = count_at(json, "epoch");
    state.step = count_at(json, "step");
    state.rows_done = count_at(json, "rows_done");
    for (const Json& sum : json.at("sums")) {
      state.sums.emplace_back(sum.at("name").get<std::string>(), sum.at("sum").get<double>());
    }
    state.samples = json.contains("samples") ? count_at(json, "samples") : state.rows_done;
    state.seconds = json.at("seconds").get<double>();
    if (const Json& best = json.at("best"); !best.is_null()) {
      state.best = {best.at("loss").get<double>(), count_at(best, "epoch"), count_at(best, "step")};
    }
    // Present only for a schedule that depends on the loss.
    if (const Json schedule = member(json, "schedule"); !schedule.is_null()) {
      state.schedule = {schedule.at("best").get<double>(), count_at(schedule, "bad_epochs"),
                        schedule.at("factor").get<double>()};
    }
    if (const Json non_finite_events = member(json, "mishaps"); !non_finite_events.is_null()) {
      state.non_finite_events = {count_at(non_finite_events, "skipped_updates"),
                                 count_at(non_finite_events, "rollbacks"),
                                 non_finite_events.at("learning_rate_factor").get<double>()};
    }
    // Samples counted imply sums and processed rows.
    if (state.samples > (state.sums.empty() ? 0 : state.rows_done)) {
      throw std::out_of_range("samples");
    }
    return state;
  } catch (const std::exception&) {
    throw data_error("{}: the training state is malformed: {}", source, brief(json, 200));
  }
}

}  // namespace ae
