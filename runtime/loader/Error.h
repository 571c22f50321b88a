// Enters: nothing. Leaves: the two exceptions of the loader, both with a text for the user.
#ifndef MOTION_RUNTIME_LOADER_ERROR_H
#define MOTION_RUNTIME_LOADER_ERROR_H

#include <stdexcept>
#include <string>
#include <string_view>

namespace motion {

/// A file, library or array that cannot be used. what() says what was expected and what was found.
class Error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
};

/// A request that does not fit the library or the command line, such as a dimension it does not have.
class UsageError : public Error {
public:
  using Error::Error;
};

/// Returns `text` in double quotes with control characters, quotes and backslashes escaped as JSON writes them.
inline std::string quoted(std::string_view text) {
  static const char digits[] = "0123456789abcdef";
  std::string result = "\"";
  for (char c : text) {
    auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      result += "\\u00";
      result += digits[byte >> 4];
      result += digits[byte & 15];
      continue;
    }
    if (c == '"' || c == '\\')
      result += '\\';
    result += c;
  }
  return result + '"';
}

} // namespace motion

#endif
