// Enters: the path of a library. Leaves: the loaded model, after the checks that the system's loader leaves out.
#include "runtime/loader/Library.h"
#include "runtime/loader/Error.h"
#include "runtime/loader/Files.h"

#include <cstdlib>
#include <cstring>
#include <dlfcn.h>
#include <elf.h>

namespace motion {

#if defined(__x86_64__)
static constexpr uint16_t machine = EM_X86_64;
#elif defined(__aarch64__)
static constexpr uint16_t machine = EM_AARCH64;
#else
#error "tell checkSharedLibrary the ELF machine number of this target"
#endif

void checkSharedLibrary(std::span<const std::byte> bytes) {
  Elf64_Ehdr header = {};
  if (bytes.size() < sizeof header || std::memcmp(bytes.data(), ELFMAG, SELFMAG) != 0)
    throw Error("expected a shared library (ELF), found another kind of file");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB || header.e_machine != machine)
    throw Error("it was made for another machine");
  if (header.e_type != ET_DYN)
    throw Error("expected a shared library, found an object file or a program: link it into a program, or make a .so");
  uint64_t table = header.e_phoff;
  if (header.e_phentsize != sizeof(Elf64_Phdr) || table > bytes.size() || header.e_phnum > (bytes.size() - table) / sizeof(Elf64_Phdr))
    throw Error("the file is cut short or damaged");
  for (uint16_t i = 0; i < header.e_phnum; ++i) {
    Elf64_Phdr segment;
    std::memcpy(&segment, bytes.data() + table + i * sizeof segment, sizeof segment);
    if (segment.p_type != PT_LOAD && segment.p_type != PT_DYNAMIC)
      continue;
    if (segment.p_offset > bytes.size() || segment.p_filesz > bytes.size() - segment.p_offset)
      throw Error("the file is cut short or damaged");
  }
}

std::vector<Description> describeLibrary(const std::string &path) {
  std::vector<std::byte> bytes = readFile(path);
  try {
    return findDescriptions(bytes);
  } catch (const Error &error) {
    throw Error(path + ": " + error.what());
  }
}

/// Picks the model of that name, or the only one.
static Description pick(std::vector<Description> found, const std::string &name) {
  std::string names;
  for (Description &candidate : found) {
    if (candidate.name == name || (name.empty() && found.size() == 1))
      return std::move(candidate);
    names += (names.empty() ? "" : ", ") + candidate.name;
  }
  if (name.empty())
    throw UsageError("it holds several models: choose one of " + names);
  throw UsageError("it holds no model " + quoted(name) + ": choose one of " + names);
}

static void checkAbilities(const Description &info) {
  if (info.model.required & MOTION_NEEDS_WEIGHTS)
    throw Error("its weights are in a file of their own, which this version cannot load");
  if (info.model.required & MOTION_NEEDS_PREPARE || info.model.device != 0)
    throw Error("it runs on a device, which this version cannot use");
}

Library::Library(const std::string &path, const std::string &name) {
  std::vector<std::byte> bytes = readFile(path);
  try {
    info = pick(findDescriptions(bytes), name);
    checkSharedLibrary(bytes);
    checkAbilities(info);
    std::unique_ptr<char, decltype(&std::free)> absolute(::realpath(path.c_str(), nullptr), &std::free);
    void *opened = absolute ? ::dlopen(absolute.get(), RTLD_NOW | RTLD_LOCAL) : nullptr;
    if (!opened)
      throw Error(std::string("the system cannot load it: ") + ::dlerror());
    handle = std::shared_ptr<void>(opened, [](void *pointer) { ::dlclose(pointer); });
    using ModelFunction = const motion_model *(motion_functions *);
    auto *model = reinterpret_cast<ModelFunction *>(::dlsym(opened, (info.name + "_model").c_str()));
    if (!model)
      throw Error("it does not export " + info.name + "_model");
    table.size = sizeof table;
    const motion_model *loaded = model(&table);
    if (!loaded || loaded->total_size != info.bytes.size() || std::memcmp(loaded, info.bytes.data(), info.bytes.size()) != 0)
      throw Error("the description in memory differs from the one in the file: was it replaced meanwhile?");
    if (!table.plan || !table.run)
      throw Error(info.name + "_model hands out no plan() or run()");
  } catch (const UsageError &error) {
    throw UsageError(path + ": " + error.what());
  } catch (const Error &error) {
    throw Error(path + ": " + error.what());
  }
}

} // namespace motion
