// From the operator schemas of the ONNX library to OnnxOps.td: one operation per operator of the newest opset.
// usage: motion-onnx-ods OUTPUT.td
//   ai.onnx Relu -> def Onnx_ReluOp : Onnx_Op<"Relu", ...>, class onnx::ReluOp; other domains prefix their last part: ai.onnx.ml Scaler ->
//   "ml.Scaler", onnx::MlScalerOp.
#include "onnx/defs/operator_sets.h"
#include "onnx/defs/schema.h"
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>

using onnx::AttributeProto;
using onnx::OpSchema;

namespace {

std::string cppName(const OpSchema &schema) {
  std::string domain = schema.domain();
  if (domain.empty())
    return schema.Name();
  domain = domain.substr(domain.rfind('.') + 1);
  domain[0] = static_cast<char>(toupper(domain[0]));
  return domain + schema.Name();
}

std::string mnemonic(const OpSchema &schema) {
  const std::string &domain = schema.domain();
  return domain.empty() ? schema.Name() : domain.substr(domain.rfind('.') + 1) + "." + schema.Name();
}

std::string storageType(AttributeProto::AttributeType type) {
  switch (type) {
  case AttributeProto::FLOAT: return "F32Attr";
  case AttributeProto::INT: return "SI64Attr";
  case AttributeProto::STRING: return "StrAttr";
  case AttributeProto::FLOATS: return "DenseF32ArrayAttr";
  case AttributeProto::INTS: return "DenseI64ArrayAttr";
  case AttributeProto::STRINGS: return "StrArrayAttr";
  case AttributeProto::TENSOR: return "ElementsAttr";
  default: return "AnyAttr";
  }
}

/// The ODS spelling of an attribute: with the schema's default, optional, or required.
std::string attributeType(const OpSchema::Attribute &attribute) {
  const std::string type = storageType(attribute.type);
  const AttributeProto &value = attribute.default_value;
  std::ostringstream result;
  switch (value.has_name() ? value.type() : AttributeProto::UNDEFINED) {
  case AttributeProto::FLOAT:
    result << "DefaultValuedAttr<" << type << ", \"" << std::hexfloat << value.f() << "f\">";
    return result.str();
  case AttributeProto::INT: return "DefaultValuedAttr<" + type + ", \"" + std::to_string(value.i()) + "\">";
  case AttributeProto::STRING: return "DefaultValuedStrAttr<" + type + ", \"" + value.s() + "\">";
  default: return attribute.required ? type : "OptionalAttr<" + type + ">";
  }
}

bool isVariable(const OpSchema::FormalParameter &p) { return p.GetOption() != OpSchema::Single; }

std::string valueType(const OpSchema::FormalParameter &p) {
  return p.GetOption() == OpSchema::Optional ? "Optional<AnyType>" : p.GetOption() == OpSchema::Variadic ? "Variadic<AnyType>" : "AnyType";
}

void printValues(std::ostream &out, const std::vector<OpSchema::FormalParameter> &values, bool results, const char *&separator) {
  for (const auto &value : values) {
    // A result may be left out by any node, so all but the first are optional here.
    const bool optional = results && value.GetOption() == OpSchema::Single && &value != &values.front();
    out << separator << (optional ? "Optional<AnyType>" : valueType(value)) << ":$" << value.GetName();
    separator = ", ";
  }
}

bool isRandom(const std::string &name) { return name.find("Random") == 0 || name == "Bernoulli" || name == "Multinomial" || name == "Dropout"; }

void printOp(std::ostream &out, const OpSchema &schema) {
  bool hasRegion = false;
  for (const auto &[name, attribute] : schema.attributes())
    hasRegion |= attribute.type == AttributeProto::GRAPH;
  const long variable = std::count_if(schema.inputs().begin(), schema.inputs().end(), isVariable);
  long variableResults = 0;
  for (const auto &output : schema.outputs())
    variableResults += isVariable(output) || &output != &schema.outputs().front();
  out << "def Onnx_" << cppName(schema) << "Op : Onnx_Op<\"" << mnemonic(schema) << "\", [";
  const char *separator = "";
  if (hasRegion)
    out << "RecursiveMemoryEffects", separator = ", ";
  else if (!isRandom(schema.Name()))
    out << "Pure", separator = ", ";
  if (variable > 1)
    out << separator << "AttrSizedOperandSegments", separator = ", ";
  if (variableResults > 1)
    out << separator << "AttrSizedResultSegments";
  out << "]> {\n  let arguments = (ins ";
  separator = "";
  printValues(out, schema.inputs(), false, separator);
  for (const auto &[name, attribute] : schema.attributes())
    if (attribute.type != AttributeProto::GRAPH && attribute.type != AttributeProto::GRAPHS) {
      out << separator << attributeType(attribute) << ":$" << name;
      separator = ", ";
    }
  out << ");\n  let results = (outs ";
  separator = "";
  printValues(out, schema.outputs(), true, separator);
  out << ");\n";
  if (hasRegion) {
    out << "  let regions = (region ";
    separator = "";
    for (const auto &[name, attribute] : std::map(schema.attributes().begin(), schema.attributes().end())) // by name: import adds them so
      if (attribute.type == AttributeProto::GRAPH) {
        out << separator << "AnyRegion:$" << name;
        separator = ", ";
      }
    out << ");\n";
  }
  out << "}\n";
}

} // namespace

int main(int argc, char **argv) {
  if (argc != 2) {
    std::cerr << "usage: motion-onnx-ods OUTPUT.td\n";
    return 2;
  }
  std::map<std::string, OpSchema> newest;
  for (const OpSchema &schema : onnx::OpSchemaRegistry::get_all_schemas_with_history()) {
    auto [it, inserted] = newest.try_emplace(cppName(schema), schema);
    if (!inserted && it->second.SinceVersion() < schema.SinceVersion())
      it->second = schema;
  }
  std::ofstream out(argv[1]);
  out << "// Generated by motion-onnx-ods from the schemas of the ONNX library.\ninclude \"dialects/Onnx/OnnxDialect.td\"\n"
         "include \"mlir/Interfaces/SideEffectInterfaces.td\"\n"
         "class Onnx_Op<string mnemonic, list<Trait> traits> : Op<Onnx_Dialect, mnemonic, traits>;\n"
         "// Ends the region of a graph attribute.\n"
         "def Onnx_YieldOp : Onnx_Op<\"Yield\", [Pure, Terminator]> {\n  let arguments = (ins Variadic<AnyType>:$values);\n}\n";
  for (const auto &[name, schema] : newest)
    if (!schema.Deprecated())
      printOp(out, schema);
  out.close();
  return out.good() ? 0 : 1;
}
