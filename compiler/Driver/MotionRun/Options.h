// Enters: the command line of motion-run. Leaves: what it asks for.
#ifndef MOTION_COMPILER_DRIVER_MOTIONRUN_OPTIONS_H
#define MOTION_COMPILER_DRIVER_MOTIONRUN_OPTIONS_H

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace motion {

/// What the command line asks for; unset members are the defaults of --help.
struct RunOptions {
  std::string library, model;
  std::string inputs, outputs, expect; ///< .npz files; "" = not asked for
  std::optional<double> rtol, atol;
  std::vector<std::pair<std::string, int64_t>> dims;
  uint32_t threads = 1;
  uint64_t seed = 0;
  bool bench = false, json = false, describe = false, help = false;
};

/// Text of --help.
extern const char *const runUsage;

/// Parses the arguments after the program's name; throws UsageError.
RunOptions parseRunOptions(const std::vector<std::string> &arguments);

} // namespace motion

#endif
