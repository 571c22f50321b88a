// Enters: outputs and expected arrays. Leaves: where they differ, as text.
#ifndef MOTION_COMPILER_DRIVER_MOTIONRUN_COMPARE_H
#define MOTION_COMPILER_DRIVER_MOTIONRUN_COMPARE_H

#include "runtime/loader/Description.h"
#include "runtime/loader/Npz.h"

#include <optional>

namespace motion {

/// Allowed differences: |found - expected| <= atol + rtol * |expected|, as numpy.allclose has it.
struct Tolerance {
  std::optional<double> rtol, atol; ///< not given: 1e-5 and 1e-6 for floats, 0 for integers and booleans
};

/// Compares every expected array with the output of its name. NaN equals NaN; infinities must be equal. Returns one line
/// for each output that differs, none when all agree.
std::vector<std::string> compareOutputs(const Description &info, const NamedArrays &found, const NamedArrays &expected,
                                        const Tolerance &tolerance);

} // namespace motion

#endif
