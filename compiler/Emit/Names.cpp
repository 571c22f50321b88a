// Model names in, C identifiers and comment text out.
#include "compiler/Emit/Names.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/SHA256.h"

using namespace llvm;

namespace motion {
namespace {

/// Keywords of C, C++ and C#, the names that our headers and stdint.h use, and macros that platforms are known to define.
constexpr StringRef reservedWords =
    "alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class co_await co_return co_yield compl "
    "concept const const_cast consteval constexpr constinit continue decltype default delete do double dynamic_cast else enum explicit export extern "
    "false float for friend goto if inline int long mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public "
    "register reinterpret_cast requires restrict return short signed sizeof static static_assert static_cast struct switch template this thread_local "
    "throw true try typedef typeid typename typeof typeof_unqual union unsigned using virtual void volatile wchar_t while xor xor_eq "
    "abstract as base byte checked decimal delegate event finally fixed foreach implicit in interface internal is lock null object out override params "
    "readonly ref sbyte sealed stackalloc string uint ulong unchecked unsafe ushort "
    "args state weights workspace host position functions "
    "size_t int8_t int16_t int32_t int64_t uint8_t uint16_t uint32_t uint64_t NULL motion_host motion_model motion_functions "
    "near far min max I errno linux unix assert stdin stdout stderr complex imaginary minor major interface small";

std::string identifier(StringRef name) {
  std::string result;
  for (char c : name)
    if (isAlnum(c))
      result += c;
    else if (!result.empty() && result.back() != '_')
      result += '_';
  while (!result.empty() && result.back() == '_')
    result.pop_back();
  return result;
}

std::string hashDigits(StringRef text, unsigned count) {
  return toHex(SHA256::hash(arrayRefFromStringRef(text)), /*LowerCase=*/true).substr(0, count);
}

} // namespace

CNames::CNames() {
  SmallVector<StringRef> words;
  reservedWords.split(words, ' ');
  reserved.insert_range(words);
}

std::string CNames::add(StringRef name, StringRef role, StringRef fallback) {
  std::string result = identifier(name);
  if (result.empty())
    result = fallback.str();
  if (isDigit(result[0]))
    result = (role + "_" + result).str();
  if (result.size() > 48)
    result = StringRef(result).take_front(40).rtrim('_').str() + "_" + hashDigits(name, 6);
  if (reserved.contains(result))
    result += '_';
  std::string unique = result;
  for (unsigned number = 2; !taken.insert(StringRef(unique).lower()).second; ++number)
    unique = result + (result.back() == '_' ? "" : "_") + std::to_string(number);
  return unique;
}

std::string upperCase(StringRef text) { return text.upper(); }

std::string quotedForComment(StringRef text) {
  const std::string valid = json::fixUTF8(text);
  std::string result = "\"";
  for (size_t i = 0; i < valid.size(); ++i) {
    const unsigned char c = valid[i], next = i + 1 < valid.size() ? valid[i + 1] : 0;
    // E2 80 xx and E2 81 xx: invisible characters and those that reverse the direction of text.
    const bool isInvisible = c == 0xe2 && (next == 0x80 || next == 0x81);
    if (c < 0x20 || c == 0x7f) {
      result += "\\x" + toHex(ArrayRef<uint8_t>(c), /*LowerCase=*/true);
    } else if (isInvisible) {
      result += "\\x" + toHex(arrayRefFromStringRef(StringRef(valid).substr(i, 3)), /*LowerCase=*/true);
      i += 2;
    } else {
      result += c == '"' ? "\\\"" : std::string(1, static_cast<char>(c));
      if ((c == '*' && next == '/') || (c == '/' && next == '*') || (c == '?' && next == '?'))
        result += '\\';
    }
  }
  return result + "\"";
}

} // namespace motion
