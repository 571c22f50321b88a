// Headers against golden files, and against the compilers that read them.
#include "test/Unit/Emit/EmitFixture.h"
#include <cstdlib>
#include <fstream>

namespace {

class Header : public EmitTest, public testing::WithParamInterface<const char *> {};

/// With MOTION_UPDATE_GOLDEN in the environment the golden files are written instead.
TEST_P(Header, IsAsTheGoldenFile) {
  const std::string name = GetParam();
  const std::vector<char> constants(name == "affine" ? 16 : 0);
  motion::EmitOptions options;
  options.cpu = "x86-64-v3";
  options.threads = name == "many" ? 8 : 1;
  emitFile(name, "lib" + name + ".so", options, constants);
  const std::string golden = std::string(MODULES_DIR) + "/" + name + ".h", text = readText(path(name + ".h"));
  if (std::getenv("MOTION_UPDATE_GOLDEN"))
    std::ofstream(golden) << text;
  EXPECT_EQ(text, readText(golden));
}

TEST_P(Header, IsCleanCAndCxx) {
  const std::string name = GetParam(), compiler = C_COMPILER " -fsyntax-only -Wall -Wextra -Wpedantic -Werror ";
  const std::string golden = std::string(MODULES_DIR) + "/" + name + ".h", both = "-include " + golden + " -include " + golden + " ";
  shell("echo | " + compiler + "-std=c99 -x c " + both + "-");
  shell("echo | " + compiler + "-std=c11 -x c " + both + "-");
  shell("echo | " + compiler + "-std=c++17 -x c++ " + both + "-");
}

INSTANTIATE_TEST_SUITE_P(All, Header, testing::Values("affine", "fixed", "many", "twice"), [](const auto &info) { return std::string(info.param); });

} // namespace
