// Names of a model as C identifiers.
#ifndef COMPILER_EMIT_NAMES_H
#define COMPILER_EMIT_NAMES_H
#include "llvm/ADT/StringRef.h"
#include "llvm/ADT/StringSet.h"
#include <string>

namespace motion {

/// Gives each name of a model its C name; to be asked in the order of the parameters. Every run of characters other than letters and digits becomes
/// one `_`, a leading digit gets a prefix, long names are cut and end in digits of their SHA-256, keywords get a final `_`, and what is taken `_2`.
/// Two names differ in more than case, because macros carry them in capitals.
class CNames {
public:
  CNames();
  /// `role` is `in`, `out` or `dim`; `fallback` is for names without a letter or a digit: input0.
  std::string add(llvm::StringRef name, llvm::StringRef role, llvm::StringRef fallback);

private:
  llvm::StringSet<> reserved, taken; ///< `taken` in lower case
};

/// `text` with capitals, for macros.
std::string upperCase(llvm::StringRef text);

/// `text` as it can stand between quotes in a C comment: no end of the comment, no control or reordering characters.
std::string quotedForComment(llvm::StringRef text);

} // namespace motion
#endif
