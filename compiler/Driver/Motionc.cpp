// motionc: compiles an ONNX model into a library and its C header. Exit code 0: done; 1: the model is refused; 2: wrong usage.
#include "compiler/Driver/CommandLine.h"
#include "compiler/Driver/Compile.h"

int main(int argc, char **argv) {
  std::optional<motion::Options> options = motion::parseCommandLine(argc, argv);
  if (!options)
    return 2;
  return llvm::succeeded(motion::compile(*options, llvm::errs())) ? 0 : 1;
}
