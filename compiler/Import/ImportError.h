// How the files of this stage report what the user must change: the ONNX library throws, so does this stage; Import.cpp catches.
#ifndef COMPILER_IMPORT_IMPORTERROR_H
#define COMPILER_IMPORT_IMPORTERROR_H
#include "llvm/Support/raw_ostream.h"
#include <stdexcept>
#include <string>

namespace motion {

/// A model that is refused; the text names the place, what was found and what was expected.
class ImportError : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

template <typename... Parts> [[noreturn]] void refuse(const Parts &...parts) {
  std::string text;
  llvm::raw_string_ostream out(text);
  (out << ... << parts);
  throw ImportError(text);
}

} // namespace motion
#endif
