#include <fstream>

#include "fuzz/target.h"
#include "run_directory/manifest.h"
#include "small_checkpoint.h"

namespace ae {

// The input is a state.json: alone, beside valid tensors, and as the manifest.
void try_bytes(std::string_view bytes) {
  static const SmallCheckpoint checkpoint;
  static TrainingSnapshot snapshot = checkpoint.snapshot();
  refusable([&] {
    const Json json = parse_json(bytes, "input");
    const Json training = json.is_object() ? json.value("training", Json()) : json;
    const TrainingState state = TrainingState::from_json(training, "input");
    const Json written = state.to_json();
    if (TrainingState::from_json(parse_json(written.dump(), "written"), "written").to_json() !=
        written) {
      report("the state does not survive a round trip");
    }
  });
  refusable([&] { Preprocessing::from_json(parse_json(bytes, "input"), "input").to_json(); });
  static const TempDir place;
  place.write("manifest.json", bytes);
  refusable([&] { brief(read_manifest(place.path())); });
  refusable([&] { recorded_threads(place.path()); });
  refusable([&] { recorded_fingerprint(place.path(), "train"); });
  std::ofstream(checkpoint.folder() / "state.json", std::ios::binary) << bytes;
  refusable([&] { load_snapshot(checkpoint.folder(), checkpoint.parameters(), snapshot); });
}

}  // namespace ae
