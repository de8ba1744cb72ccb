#include "training/state.h"

#include <cmath>

#include "core/error.h"

namespace ae {

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
  if (mishaps != Mishaps()) {
    json["mishaps"] = {{"skipped_updates", mishaps.skipped_updates},
                       {"rollbacks", mishaps.rollbacks},
                       {"learning_rate_factor", mishaps.learning_rate_factor}};
  }
  return json;
}

TrainingState TrainingState::from_json(const Json& json, const std::string& source) {
  try {
    TrainingState state;
    state.epoch = json.at("epoch").get<int64_t>();
    state.step = json.at("step").get<int64_t>();
    state.rows_done = json.at("rows_done").get<int64_t>();
    for (const Json& sum : json.at("sums")) {
      state.sums.emplace_back(sum.at("name").get<std::string>(), sum.at("sum").get<double>());
    }
    state.samples = json.value("samples", state.rows_done);
    state.seconds = json.at("seconds").get<double>();
    if (const Json& best = json.at("best"); !best.is_null()) {
      state.best = {best.at("loss").get<double>(), best.at("epoch").get<int64_t>(),
                    best.at("step").get<int64_t>()};
    }
    // Only a schedule that watches the loss has one.
    if (const Json schedule = json.value("schedule", Json()); !schedule.is_null()) {
      state.schedule = {schedule.at("best").get<double>(), schedule.at("bad_epochs").get<int64_t>(),
                        schedule.at("factor").get<double>()};
    }
    if (const Json mishaps = json.value("mishaps", Json()); !mishaps.is_null()) {
      state.mishaps = {mishaps.at("skipped_updates").get<int64_t>(),
                       mishaps.at("rollbacks").get<int64_t>(),
                       mishaps.at("learning_rate_factor").get<double>()};
    }
    if (state.epoch < 0 || state.step < 0 || state.rows_done < 0) throw std::out_of_range("state");
    return state;
  } catch (const std::exception&) {
    throw data_error("{}: the training state is malformed: {}", source, brief(json, 200));
  }
}

}  // namespace ae
