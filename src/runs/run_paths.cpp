#include "runs/run_paths.h"

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

RunPaths run_of_checkpoint(const fs::path& checkpoint) {
  return {fs::weakly_canonical(checkpoint).parent_path().parent_path()};
}

}  // namespace ae
