// Enters: bytes. Leaves: ELF header | .note.motion | .rodata.weights | .symtab | .strtab | section headers. The constants pass through no IR and are
// copied once, from the buffer that holds them to the file.
#include "compiler/Emit/DataObject.h"
#include "llvm/BinaryFormat/ELF.h"
#include "llvm/Support/MathExtras.h"
#include <cstring>

using namespace llvm;

namespace motion {
namespace {

/// In front of the description: a note's head with the name padded so that the description is aligned to 8.
struct NoteHead {
  uint32_t nameSize = 7, contentSize, type = 1;
  char name[12] = "motion";
};
static_assert(sizeof(NoteHead) == 24);

/// Collects names and returns their offsets.
class StringTable {
public:
  uint32_t add(StringRef name) {
    const size_t offset = text.size();
    text += name;
    text += '\0';
    return static_cast<uint32_t>(offset);
  }
  std::string text = std::string(1, '\0');
};

class ObjectWriter {
public:
  ObjectWriter(const DataObject &data, raw_ostream &out) : data(data), out(out) {}

  void write() {
    describeSections();
    ELF::Elf64_Ehdr header = {};
    std::memcpy(header.e_ident, ELF::ElfMagic, 4);
    header.e_ident[ELF::EI_CLASS] = ELF::ELFCLASS64;
    header.e_ident[ELF::EI_DATA] = ELF::ELFDATA2LSB;
    header.e_ident[ELF::EI_VERSION] = ELF::EV_CURRENT;
    header.e_type = ELF::ET_REL;
    header.e_machine = ELF::EM_X86_64;
    header.e_version = ELF::EV_CURRENT;
    header.e_ehsize = sizeof header;
    header.e_shentsize = sizeof(ELF::Elf64_Shdr);
    header.e_shnum = static_cast<uint16_t>(sections.size());
    header.e_shstrndx = header.e_shnum - 1;
    header.e_shoff = alignTo(end, 8);
    writeBytes(&header, sizeof header);
    NoteHead note{.contentSize = static_cast<uint32_t>(data.description.size())};
    padTo(sections[1].sh_offset);
    writeBytes(&note, sizeof note);
    writeBytes(data.description.data(), data.description.size());
    if (!data.constants.empty()) {
      padTo(sections[constantsSection].sh_offset);
      writeBytes(data.constants.data(), data.constants.size());
    }
    padTo(sections[sections.size() - 3].sh_offset);
    writeBytes(symbols.data(), symbols.size() * sizeof(ELF::Elf64_Sym));
    writeBytes(names.text.data(), names.text.size());
    writeBytes(sectionNames.text.data(), sectionNames.text.size());
    padTo(header.e_shoff);
    writeBytes(sections.data(), sections.size() * sizeof(ELF::Elf64_Shdr));
  }

private:
  static constexpr unsigned noteSection = 1, constantsSection = 2;

  unsigned addSection(StringRef name, unsigned type, uint64_t flags, uint64_t size, uint64_t alignment) {
    end = alignTo(end, alignment);
    ELF::Elf64_Shdr section = {};
    section.sh_name = sectionNames.add(name);
    section.sh_type = type;
    section.sh_flags = flags;
    section.sh_offset = end;
    section.sh_size = size;
    section.sh_addralign = alignment;
    sections.push_back(section);
    end += size;
    return static_cast<unsigned>(sections.size() - 1);
  }

  void addSymbol(StringRef name, unsigned section, uint64_t offset, uint64_t size) {
    ELF::Elf64_Sym symbol = {};
    symbol.st_name = names.add(name);
    symbol.setBindingAndType(ELF::STB_GLOBAL, ELF::STT_OBJECT);
    symbol.st_other = ELF::STV_HIDDEN;
    symbol.st_shndx = static_cast<uint16_t>(section);
    symbol.st_value = offset;
    symbol.st_size = size;
    symbols.push_back(symbol);
  }

  void describeSections() {
    sections.push_back({});
    symbols.push_back({});
    addSection(".note.motion", ELF::SHT_NOTE, ELF::SHF_ALLOC, sizeof(NoteHead) + data.description.size(), 8);
    addSymbol(data.descriptionName, noteSection, sizeof(NoteHead), data.description.size());
    if (!data.constants.empty()) {
      const bool large = data.constants.size() > largeConstantBytes;
      addSection(large ? ".lrodata.weights" : ".rodata.weights", ELF::SHT_PROGBITS,
                 ELF::SHF_ALLOC | (large ? static_cast<unsigned>(ELF::SHF_X86_64_LARGE) : 0), data.constants.size(), 4096);
      addSymbol(data.constantsName, constantsSection, 0, data.constants.size());
    }
    addSection(".note.GNU-stack", ELF::SHT_PROGBITS, 0, 0, 1);
    const unsigned table = addSection(".symtab", ELF::SHT_SYMTAB, 0, symbols.size() * sizeof(ELF::Elf64_Sym), 8);
    sections[table].sh_entsize = sizeof(ELF::Elf64_Sym);
    sections[table].sh_info = 1; // the first global symbol
    sections[table].sh_link = addSection(".strtab", ELF::SHT_STRTAB, 0, names.text.size(), 1);
    const unsigned last = addSection(".shstrtab", ELF::SHT_STRTAB, 0, 0, 1);
    sections[last].sh_size = sectionNames.text.size();
    end += sections[last].sh_size;
  }

  void writeBytes(const void *bytes, size_t size) {
    out.write(static_cast<const char *>(bytes), size);
    written += size;
  }
  void padTo(uint64_t offset) {
    out.write_zeros(static_cast<unsigned>(offset - written));
    written = offset;
  }

  const DataObject &data;
  raw_ostream &out;
  StringTable names, sectionNames;
  std::vector<ELF::Elf64_Shdr> sections;
  std::vector<ELF::Elf64_Sym> symbols;
  uint64_t end = sizeof(ELF::Elf64_Ehdr), written = 0;
};

} // namespace

void writeDataObject(const DataObject &data, raw_ostream &out) { ObjectWriter(data, out).write(); }

} // namespace motion
