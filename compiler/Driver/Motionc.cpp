// motionc: compiles an ONNX model into a library and its C header. Exit code 0: done; 1: the model is refused; 2: wrong usage.
#include "compiler/Driver/CommandLine.h"
#include "compiler/Driver/Compile.h"
#include "llvm/Support/raw_ostream.h"
#include <cstdlib>

int main(int argc, char **argv) {
  std::optional<motion::Options> options = motion::parseCommandLine(argc, argv);
  if (!options)
    return 2;
  const bool done = llvm::succeeded(motion::compile(*options, llvm::errs()));
  llvm::outs().flush();
  // Files are in place. To free what the libraries hold, the ONNX schemas above all, would take a tenth of a small model's time.
  std::_Exit(done ? 0 : 1);
}
