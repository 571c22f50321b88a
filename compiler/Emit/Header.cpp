// Enters: interface and facts. Leaves: a header in C99, C11 and C++17 that stands alone: facts as a comment, sizes as macros, three functions.
#include "compiler/Emit/Header.h"
#include "compiler/Emit/Names.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Format.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/raw_ostream.h"

namespace motion {
namespace {

using llvm::StringRef;

constexpr size_t lineWidth = 150;

/// 1234567 as 1,234,567.
std::string withCommas(uint64_t number) {
  std::string digits = std::to_string(number);
  for (int i = static_cast<int>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<size_t>(i), ",");
  return digits;
}

/// head item, item, ...tail with breaks at `lineWidth`; further lines are indented to the end of `head`.
std::string wrapList(const std::string &head, llvm::ArrayRef<std::string> items, const std::string &tail, const std::string &indent) {
  std::string result = head;
  size_t column = head.size();
  for (auto [index, item] : llvm::enumerate(items)) {
    const bool isLast = index + 1 == items.size();
    if (index != 0 && column + 1 + item.size() + (isLast ? tail.size() : 1) > lineWidth) {
      result += "\n" + indent;
      column = indent.size();
    } else if (index != 0) {
      result += " ";
      ++column;
    }
    result += item + (isLast ? "" : ",");
    column += item.size() + 1;
  }
  return result + tail;
}

class HeaderWriter {
public:
  HeaderWriter(const ModelInterface &model, const LibraryFacts &facts, StringRef fileName)
      : model(model), facts(facts), fileName(fileName), prefix(upperCase(model.name)), out(text) {
    for (const InterfaceDim &dim : model.dims)
      if (dim.isFree())
        freeDims.push_back(&dim);
  }

  std::string write() {
    writeComment();
    const std::string guard = prefix + "_H";
    out << "#ifndef " << guard << "\n#define " << guard << "\n#include <stddef.h>\n#include <stdint.h>\n"
        << "#ifdef __cplusplus\nextern \"C\" {\n#endif\n"
        << "#ifndef MOTION_NONBLOCKING   /* define it as __attribute__((nonblocking)), noexcept or both, for the compiler to check your callers */\n"
        << "#define MOTION_NONBLOCKING\n#endif\nstruct motion_model;\nstruct motion_functions;\n";
    if (model.hasHost)
      out << "struct motion_host;\n";
    writeMacros();
    writeFunctions();
    out << "#ifdef __cplusplus\n}\n#endif\n#endif\n";
    return std::move(text);
  }

private:
  // ---- The comment ----

  void writeComment() {
    out << "/* " << fileName << ": made by " << facts.compiler << " from " << unquoted(model.source) << ", SHA-256 "
        << llvm::toHex(model.sha256, /*LowerCase=*/true) << ". Do not edit.\n";
    writeTensors();
    std::vector<std::string> parts;
    for (const InterfaceDim &dim : model.dims)
      parts.push_back(dim.isFree() ? llvm::formatv("{0} {1} .. {2}", dim.cName, dim.min, dim.max).str()
                                   : dim.cName + " = " + unquoted(*dim.formula) + " follows from these");
    parts.push_back(workspaceText());
    if (facts.constantBytes)
      parts.push_back("weights " + withCommas(facts.constantBytes) + " bytes, inside");
    parts.push_back("stack " + withCommas(facts.stackBytes) + " bytes");
    if (model.hasHost)
      parts.push_back("up to " + std::to_string(facts.threads) + " threads");
    parts.push_back(facts.cpu);
    out << " *   " << llvm::join(parts, "; ") << "\n"
        << " * Arrays are row-major, aligned like their type, and do not overlap. No allocation, lock, system call or exception.\n"
        << " * Any number of threads may call at once, each with its own outputs and workspace.\n";
    // Whether these are indices is not known here.
    if (llvm::any_of(model.inputs, [](const InterfaceTensor &input) { return StringRef(input.type->name).starts_with("int") && input.type->bits >= 32; }))
      out << " * Values are not checked: an index outside of its axis counts as the nearest inside.\n";
    writeExample();
  }

  void writeTensors() {
    struct Row {
      std::string role, cName, name, shape, bytes, unit;
    };
    std::vector<Row> rows;
    size_t widths[4] = {};
    const auto add = [&](StringRef role, const InterfaceTensor &tensor) {
      auto [bytes, unit] = bytesText(tensor);
      Row row{role.str(), tensor.cName, quotedForComment(tensor.name), shapeText(tensor), bytes, unit};
      const std::string *cells[] = {&row.role, &row.cName, &row.name, &row.shape};
      for (unsigned i = 0; i < 4; ++i)
        widths[i] = std::max(widths[i], cells[i]->size());
      rows.push_back(row);
    };
    for (const InterfaceTensor &tensor : model.inputs)
      add("input", tensor);
    for (const InterfaceTensor &tensor : model.outputs)
      add("output", tensor);
    for (const Row &row : rows) {
      out << " *   " << llvm::left_justify(row.role, unsigned(widths[0])) << "  " << llvm::left_justify(row.cName, unsigned(widths[1])) << "  "
          << llvm::left_justify(row.name, unsigned(widths[2])) << "  ";
      if (row.bytes.empty())
        out << row.shape << "\n";
      else
        out << llvm::left_justify(row.shape, unsigned(widths[3])) << "  " << llvm::right_justify(row.bytes, 8) << " bytes" << row.unit << "\n";
    }
  }

  std::string shapeText(const InterfaceTensor &tensor) const {
    std::string result = std::string(tensor.type->name) + " ";
    if (tensor.dims.empty())
      result += "scalar";
    else
      result += "[" + llvm::join(llvm::map_range(tensor.dims, [&](int64_t dim) { return dimText(dim); }), ", ") + "]";
    if (tensor.type->isContainer)
      result += std::string(", as ") + tensor.type->cType;
    return result;
  }

  std::string dimText(int64_t dim) const { return dim >= 0 ? std::to_string(dim) : model.dims[size_t(-1 - dim)].cName; }

  /// Whether the first axis, and it alone, has a variable size.
  static bool hasRows(const InterfaceTensor &tensor) {
    return !tensor.dims.empty() && tensor.dims[0] < 0 && llvm::all_of(llvm::drop_begin(tensor.dims), [](int64_t dim) { return dim >= 0; });
  }

  /// The bytes of a tensor, or of a row of it; nothing where that is no constant.
  std::pair<std::string, std::string> bytesText(const InterfaceTensor &tensor) const {
    const bool isStatic = llvm::all_of(tensor.dims, [](int64_t dim) { return dim >= 0; });
    if (!isStatic && !(hasRows(tensor) && tensor.type->bits >= 8))
      return {};
    const std::optional<uint64_t> bytes = model.byteCount(tensor, std::vector<int64_t>(model.dims.size(), 1));
    return {bytes ? withCommas(*bytes) : "", isStatic ? "" : " a row"};
  }

  std::string workspaceText() const {
    const auto text = [](std::optional<uint64_t> bytes) { return bytes ? withCommas(*bytes) + " bytes" : std::string("more than memory"); };
    std::vector<int64_t> smallest, largest;
    for (const InterfaceDim *dim : freeDims) {
      smallest.push_back(std::max<int64_t>(dim->min, std::min<int64_t>(dim->max, 1)));
      largest.push_back(dim->max);
    }
    const std::optional<uint64_t> least = facts.workspaceBytes(smallest), most = facts.workspaceBytes(largest);
    if (least == most)
      return "workspace " + text(least);
    if (smallest.size() == 1 && smallest[0] == 1 && least && most && *most == *least * uint64_t(largest[0]))
      return "workspace " + withCommas(*least) + " bytes a row";
    return "workspace " + text(least) + " for " + sizesText(smallest) + ", " + text(most) + " for " + sizesText(largest);
  }

  std::string sizesText(llvm::ArrayRef<int64_t> sizes) const {
    std::vector<std::string> parts;
    for (auto [dim, size] : llvm::zip_equal(freeDims, sizes))
      parts.push_back(dim->cName + " " + std::to_string(size));
    return llvm::join(parts, ", ");
  }

  static std::string unquoted(StringRef text) { return quotedForComment(text).substr(1, quotedForComment(text).size() - 2); }

  /// Two lines that call the library, with the smallest sizes.
  void writeExample() {
    const auto size = [](const InterfaceDim &dim) { return std::to_string(std::max<int64_t>(dim.min, std::min<int64_t>(dim.max, 1))); };
    std::vector<std::string> items, sizes;
    for (const Parameter &parameter : model.parameters()) {
      if (parameter.kind == Parameter::Dim)
        sizes.push_back(size(model.dims[parameter.index]));
      if (parameter.kind <= Parameter::Output)
        items.push_back(parameter.kind == Parameter::Dim ? sizes.back() : parameterName(parameter));
    }
    std::vector<std::string> lines;
    const std::string workspace = freeDims.empty() ? prefix + "_WORKSPACE" : model.name + "_workspace(" + llvm::join(sizes, ", ") + ")";
    for (const InterfaceTensor &tensor : model.outputs)
      lines.push_back(std::string(tensor.type->cType) + " " + tensor.cName + "[" + countMacro(tensor, size) + "];");
    lines.push_back("void *workspace = aligned_alloc(64, " + workspace + ");");
    if (model.usesStruct())
      lines.push_back(wrapList("struct " + model.name + "_args args = {", items, "};", " *       "));
    std::string last = wrapList(" *   if (" + model.name + "_run(", model.usesStruct() ? std::vector<std::string>{"&args"} : items,
                                ", workspace" + std::string(model.hasHost ? ", host" : "") + ") != 0) ... */\n", " *       ");
    out << " *   " << llvm::join(lines, model.usesStruct() ? "\n *   " : "  ") << "\n" << last;
  }

  // ---- Macros ----

  template <typename Size> std::string countMacro(const InterfaceTensor &tensor, Size size) const {
    std::vector<std::string> sizes;
    for (const InterfaceDim *dim : dimsOf(tensor))
      sizes.push_back(dim->isFree() ? size(*dim) : dim->cName);
    return prefix + "_" + upperCase(tensor.cName) + "_COUNT" + (sizes.empty() ? "" : "(" + llvm::join(sizes, ", ") + ")");
  }

  /// The variable dims of a tensor, each once.
  std::vector<const InterfaceDim *> dimsOf(const InterfaceTensor &tensor) const {
    std::vector<const InterfaceDim *> result;
    for (int64_t size : tensor.dims)
      if (size < 0 && !llvm::is_contained(result, &model.dims[size_t(-1 - size)]))
        result.push_back(&model.dims[size_t(-1 - size)]);
    return result;
  }

  /// Elements of the C type: constants are one factor, at the place of the first.
  std::string countText(const InterfaceTensor &tensor) const {
    InterfaceTensor constants = tensor;
    llvm::erase_if(constants.dims, [](int64_t dim) { return dim < 0; });
    uint64_t constant = model.elementCount(constants, {}).value_or(UINT64_MAX);
    const bool isStatic = constants.dims.size() == tensor.dims.size();
    const unsigned bits = tensor.type->bits, cBits = tensor.type->cBits;
    if (bits > cBits)
      constant *= bits / cBits;
    if (isStatic)
      return std::to_string(bits < cBits ? (constant * bits + cBits - 1) / cBits : constant);
    std::vector<std::string> factors;
    bool hasConstant = constant == 1;
    for (int64_t dim : tensor.dims)
      if (dim < 0)
        factors.push_back("(" + dimText(dim) + ")");
      else if (!std::exchange(hasConstant, true))
        factors.push_back(std::to_string(constant));
    if (!hasConstant) // pairs of a type without constant sizes
      factors.push_back(std::to_string(constant));
    const std::string product = factors.size() == 1 ? factors[0] : "(" + llvm::join(factors, " * ") + ")";
    return bits < cBits ? llvm::formatv("(({0} + {1}) / {2})", product, cBits / bits - 1, cBits / bits).str() : product;
  }

  void writeMacros() {
    out << "#define " << prefix << "_INTERFACE UINT64_C(" << llvm::format_hex(model.hash(), 18) << ")\n";
    const auto write = [&](const InterfaceTensor &tensor) {
      out << "#define " << countMacro(tensor, [](const InterfaceDim &dim) { return dim.cName; }) << " " << countText(tensor) << "\n";
    };
    llvm::for_each(model.inputs, write);
    llvm::for_each(model.outputs, write);
    if (freeDims.empty())
      if (std::optional<uint64_t> bytes = facts.workspaceBytes({}))
        out << "#define " << prefix << "_WORKSPACE " << *bytes << "        /* all dimensions fixed: a constant */\n";
  }

  // ---- Functions ----

  std::string parameterName(const Parameter &parameter) const {
    switch (parameter.kind) {
    case Parameter::Input:
      return model.inputs[parameter.index].cName;
    case Parameter::Dim:
      return model.dims[parameter.index].cName;
    case Parameter::Output:
      return model.outputs[parameter.index].cName;
    case Parameter::Workspace:
      return "workspace";
    case Parameter::Host:
      return "host";
    }
    llvm_unreachable("all kinds are above");
  }

  std::string parameterText(const Parameter &parameter) const {
    const std::string name = parameterName(parameter);
    switch (parameter.kind) {
    case Parameter::Input:
      return std::string("const ") + model.inputs[parameter.index].type->cType + " *" + name;
    case Parameter::Dim:
      return "int64_t " + name;
    case Parameter::Output:
      return std::string(model.outputs[parameter.index].type->cType) + " *" + name;
    case Parameter::Workspace:
      return "void *" + name;
    case Parameter::Host:
      return "const struct motion_host *" + name;
    }
    llvm_unreachable("all kinds are above");
  }

  void writeFunctions() {
    std::vector<std::string> dims, run, fields;
    for (const InterfaceDim *dim : freeDims)
      dims.push_back("int64_t " + dim->cName);
    if (model.usesStruct())
      run.push_back("const struct " + model.name + "_args *args");
    for (const Parameter &parameter : model.parameters())
      (model.usesStruct() && parameter.kind <= Parameter::Output ? fields : run).push_back(parameterText(parameter));
    if (dims.empty())
      out << "/* Bytes to align to 64; (size_t)-1: this CPU cannot run the code. */\n";
    else
      out << "/* Bytes to align to 64, growing with the dimensions; (size_t)-1: a dimension is out of range, or this CPU cannot run the code. */\n";
    const auto declare = [&](const std::string &head, llvm::ArrayRef<std::string> items, const std::string &tail) {
      out << wrapList(head, items, tail, std::string(head.size(), ' ')) << "\n";
    };
    declare("size_t " + model.name + "_workspace(", dims.empty() ? std::vector<std::string>{"void"} : dims, ");");
    if (model.usesStruct()) {
      out << "struct " << model.name << "_args {\n";
      for (const std::string &field : fields)
        out << "  " << field << ";\n";
      out << "};\n/* 0, or negative: -result & 255 is a code of motion_abi.h, -result >> 8 the position of the wrong one among the struct's fields, "
          << "workspace" << (model.hasHost ? " and host" : "") << " last. */\n";
    } else {
      out << "/* 0, or negative: -result & 255 is a code of motion_abi.h, -result >> 8 the position of the wrong argument. */\n";
    }
    declare("int " + model.name + "_run(", run, std::string(") MOTION_NONBLOCKING;") + (model.hasHost ? "   /* host may be NULL */" : ""));
    out << "const struct motion_model *" << model.name << "_model(struct motion_functions *functions);   /* for bindings: motion_abi.h */\n";
  }

  const ModelInterface &model;
  const LibraryFacts &facts;
  StringRef fileName;
  std::string prefix;
  std::vector<const InterfaceDim *> freeDims;
  std::string text;
  llvm::raw_string_ostream out;
};

} // namespace

std::string writeHeader(const ModelInterface &model, const LibraryFacts &facts, StringRef fileName) {
  return HeaderWriter(model, facts, fileName).write();
}

} // namespace motion
