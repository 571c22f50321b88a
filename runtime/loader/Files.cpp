// Enters: paths. Leaves: whole files, read or written, or the system's reason why not.
#include "runtime/loader/Files.h"
#include "runtime/loader/Error.h"

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <memory>
#include <sys/stat.h>
#include <unistd.h>

namespace motion {

namespace {
/// A file descriptor that closes itself.
class Descriptor {
public:
  explicit Descriptor(int number) : number(number) {}
  Descriptor(const Descriptor &) = delete;
  Descriptor &operator=(const Descriptor &) = delete;
  ~Descriptor() {
    if (number >= 0)
      ::close(number);
  }
  int get() const { return number; }

private:
  int number;
};
} // namespace

[[noreturn]] static void fail(const char *action, const std::string &path) {
  throw Error(std::string("cannot ") + action + " " + path + ": " + std::strerror(errno));
}

std::vector<std::byte> readFile(const std::string &path) {
  Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status = {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0)
    fail("read", path);
  if (!S_ISREG(status.st_mode))
    throw Error("cannot read " + path + ": it is not a regular file");
  std::vector<std::byte> bytes(static_cast<size_t>(status.st_size));
  size_t done = 0;
  while (done < bytes.size()) {
    ssize_t count = ::read(file.get(), bytes.data() + done, bytes.size() - done);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0)
      fail("read", path);
    if (count == 0)
      break;
    done += static_cast<size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

static bool writeAll(int file, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    ssize_t count = ::write(file, bytes.data(), bytes.size());
    if (count < 0 && errno != EINTR)
      return false;
    bytes = bytes.subspan(count < 0 ? 0 : static_cast<size_t>(count));
  }
  return true;
}

void writeFile(const std::string &path, std::span<const std::byte> bytes) {
  std::string temporary = path + ".XXXXXX";
  Descriptor file(::mkstemp(temporary.data()));
  if (file.get() < 0)
    fail("write", path);
  mode_t mask = ::umask(0);
  ::umask(mask);
  if (writeAll(file.get(), bytes) && ::fchmod(file.get(), 0666 & ~mask) == 0 && ::rename(temporary.c_str(), path.c_str()) == 0)
    return;
  int reason = errno;
  ::unlink(temporary.c_str());
  errno = reason;
  fail("write", path);
}

} // namespace motion
