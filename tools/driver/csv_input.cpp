#include "csv_input.h"

#include <arrow/util/compression.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "covey/error.h"
#include "ingest_source.h"

namespace covey::driver {
namespace {

constexpr std::size_t kPackedBytes = std::size_t{1} << 18;

}  // namespace

ByteInput::ByteInput(std::string file) : file_(std::move(file)) {
  if (file_ == "-") {
    descriptor_ = STDIN_FILENO;
  } else {
    descriptor_ = ::open(file_.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor_ < 0) {
      throw Error(ErrorKind::kIo, std::string("cannot open the file: ") + std::strerror(errno),
                  file_, "check the path and its permissions");
    }
    struct stat status {};
    const bool known = ::fstat(descriptor_, &status) == 0;
    if (known && S_ISDIR(status.st_mode)) {
      ::close(descriptor_);
      throw Error(ErrorKind::kIo, "is a directory", file_, "name the files in it");
    }
    if (known && S_ISREG(status.st_mode)) bytes_in_all_ = status.st_size;
  }
  char first[8];
  magic_.assign(first, read_raw(first, sizeof first));
  if (magic_.compare(0, 2, "\x1f\x8b") == 0) {
    auto codec = arrow::util::Codec::Create(arrow::Compression::GZIP);
    if (!codec.ok()) fail_gzip(codec.status().message());
    auto decompressor = (*codec)->MakeDecompressor();
    if (!decompressor.ok()) fail_gzip(decompressor.status().message());
    decompressor_ = *decompressor;
    packed_.resize(kPackedBytes);
  }
}

ByteInput::~ByteInput() {
  if (descriptor_ > STDIN_FILENO) ::close(descriptor_);
}

std::size_t ByteInput::read(char* to, std::size_t size) {
  if (is_gzip()) return read_gzip(to, size);
  const std::size_t waiting = std::min(size, magic_.size() - magic_taken_);
  std::memcpy(to, magic_.data() + magic_taken_, waiting);
  magic_taken_ += waiting;
  return waiting + read_raw(to + waiting, size - waiting);
}

std::size_t ByteInput::read_raw(char* to, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    const ssize_t got = ::read(descriptor_, to + done, size - done);
    if (got == 0) break;
    if (got < 0) {
      if (errno == EINTR) continue;
      throw Error(ErrorKind::kIo, std::string("reading failed: ") + std::strerror(errno),
                  shown_name(file_));
    }
    done += static_cast<std::size_t>(got);
    bytes_done_ += got;
  }
  return done;
}

std::size_t ByteInput::read_gzip(char* to, std::size_t size) {
  std::size_t done = 0;
  while (done < size) {
    if (packed_begin_ == packed_end_) {
      packed_begin_ = 0;
      packed_end_ = std::min(packed_.size(), magic_.size() - magic_taken_);
      std::memcpy(packed_.data(), magic_.data() + magic_taken_, packed_end_);
      magic_taken_ += packed_end_;
      packed_end_ += read_raw(packed_.data() + packed_end_, packed_.size() - packed_end_);
      if (packed_end_ == 0) {
        if (member_open_) fail_gzip("it is cut off");
        break;
      }
    }
    member_open_ = true;
    const auto step = decompressor_->Decompress(
        static_cast<std::int64_t>(packed_end_ - packed_begin_),
        reinterpret_cast<const std::uint8_t*>(packed_.data() + packed_begin_),
        static_cast<std::int64_t>(size - done), reinterpret_cast<std::uint8_t*>(to + done));
    if (!step.ok()) fail_gzip(step.status().message());
    packed_begin_ += static_cast<std::size_t>(step->bytes_read);
    done += static_cast<std::size_t>(step->bytes_written);
    if (decompressor_->IsFinished()) {
      member_open_ = false;
      if (const auto reset = decompressor_->Reset(); !reset.ok()) fail_gzip(reset.message());
    } else if (step->bytes_read == 0 && step->bytes_written == 0 && packed_begin_ != packed_end_) {
      fail_gzip("it makes no progress");
    }
  }
  return done;
}

void ByteInput::fail_gzip(const std::string& detail) const {
  throw Error(ErrorKind::kData, "the gzip stream is damaged: " + detail, shown_name(file_),
              "compress or download the file again");
}

}  // namespace covey::driver
