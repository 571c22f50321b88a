// What a compilation is asked for: one plain struct, handed down.
#ifndef COMPILER_PIPELINES_OPTIONS_H
#define COMPILER_PIPELINES_OPTIONS_H
#include "compiler/Import/Import.h"
#include <string>
#include <vector>

namespace motion {

/// The command line, or what a program fills in instead.
struct Options {
  std::string model;                ///< path of the .onnx file
  std::string output;               ///< path; the suffix decides: .so .a .o .s .ll .mlir
  std::string header;               ///< path of the C header; empty: beside the library
  std::string name;                 ///< symbol prefix; empty: from the model's file name
  std::string cpu = "native";       ///< an LLVM processor name or a level: x86-64-v3, x86-64-v4
  std::string stopAfter;            ///< a stage's name: its IR is the output
  std::string dumpStages;           ///< folder that gets the IR after each stage
  std::vector<DimBinding> dims;
  std::vector<std::string> outputs; ///< results to keep; empty: all
  unsigned threads = 1;             ///< most threads that a call may use
  bool checks = true;               ///< argument checks in the library
  bool verbose = false;             ///< times of the stages, remarks
};

} // namespace motion
#endif
