# Tests by lit: every .mlir and .test file below this folder. Tools come from the build folder and from LLVM.
import os

import lit.formats

config.name = "motionc"
config.test_format = lit.formats.ShTest(True)
config.suffixes = [".mlir", ".test"]
config.excludes = ["Models", "Conformance", "Robustness", "Benchmark", "Structure", "Unit"]
config.test_source_root = os.path.dirname(__file__)
config.environment["PATH"] = os.pathsep.join([config.motion_tools_dir, config.llvm_tools_dir, os.environ["PATH"]])
config.substitutions.append(("%python", config.python))
config.substitutions.append(("%source", config.source_dir))
