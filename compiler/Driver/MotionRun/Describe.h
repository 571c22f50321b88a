// Enters: a description. Leaves: text for people.
#ifndef MOTION_COMPILER_DRIVER_MOTIONRUN_DESCRIBE_H
#define MOTION_COMPILER_DRIVER_MOTIONRUN_DESCRIBE_H

#include "runtime/loader/Description.h"

namespace motion {

/// Returns everything the description says, a line each, names escaped as in JSON.
std::string describeModel(const Description &info);

} // namespace motion

#endif
