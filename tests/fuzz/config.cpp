#include "config/writer.h"
#include "fuzz/target.h"
#include "training/experiment.h"

namespace ae {

void try_bytes(std::string_view bytes) {
  refusable([&] {
    const Experiment experiment = read_experiment(file_of(bytes), {});
    // A config stored in a checkpoint must survive a round trip, or the run cannot be resumed.
    const Json written = options_json(experiment);
    const Json again =
        options_json(stored_experiment(parse_json(written.dump(), "written"), {"written", {}, {}}));
    if (written != again) report("the config does not survive a round trip");
  });
}

}  // namespace ae
