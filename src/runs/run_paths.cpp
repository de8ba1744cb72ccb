#include "runs/run_paths.h"

#include <charconv>
#include <string_view>

#include "core/error.h"

namespace ae {

namespace fs = std::filesystem;

fs::path find_checkpoint(const fs::path& run) {
  std::error_code ignored;
  if (!fs::exists(run, ignored)) {
    throw data_error("{}: no such run; expected a run directory, such as runs/NAME", run.string());
  }
  if (fs::exists(run / "model.safetensors", ignored)) return run;
  if (run.filename() == "model.safetensors") return run.parent_path();
  for (const char* name : {"best", "last"}) {
    const fs::path link = RunPaths{run}.checkpoints() / name;
    if (fs::exists(link / "model.safetensors", ignored)) return link;
  }
  throw data_error(
      "{}: holds no complete checkpoint; expected a run directory of ae-train, or a checkpoint in "
      "one",
      run.string());
}

fs::path resumable_checkpoint(const RunPaths& run) {
  std::error_code ignored;
  const auto is_complete = [&](const fs::path& folder) {
    return fs::exists(folder / "state.json", ignored);
  };
  fs::path found = run.checkpoints() / "last";
  if (is_complete(found)) return found;
  found.clear();
  int64_t most = -1;
  for (const fs::directory_entry& entry : fs::directory_iterator(run.checkpoints(), ignored)) {
    const std::optional<int64_t> step = step_of_name(entry.path());
    if (!step || *step <= most || !is_complete(entry.path())) continue;
    found = entry.path();
    most = *step;
  }
  return found;
}

std::optional<int64_t> step_of_name(const fs::path& folder) {
  constexpr std::string_view kPrefix = "step_";
  const std::string name = folder.filename().string();
  int64_t step = 0;
  if (!name.starts_with(kPrefix)) return std::nullopt;
  const auto [end, error] =
      std::from_chars(name.data() + kPrefix.size(), name.data() + name.size(), step);
  if (error != std::errc() || end != name.data() + name.size() || step < 0) return std::nullopt;
  return step;
}

RunPaths run_of_checkpoint(const fs::path& checkpoint) {
  return {fs::weakly_canonical(checkpoint).parent_path().parent_path()};
}

}  // namespace ae
