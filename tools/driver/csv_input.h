// Bytes of a CSV file or of standard input, with gzip undone.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace arrow::util {
class Decompressor;
}

namespace covey::driver {

class ByteInput {
 public:
  /// "-": standard input. Throws covey::Error (kIo) where the file cannot be opened or is a
  /// directory.
  explicit ByteInput(std::string file);
  ~ByteInput();
  ByteInput(const ByteInput&) = delete;
  ByteInput& operator=(const ByteInput&) = delete;

  /// Fills `to` with up to `size` bytes; fewer only at the end. Throws kIo where reading fails,
  /// kData where the gzip stream is damaged or cut off.
  std::size_t read(char* to, std::size_t size);

  /// The first bytes as they stand in the file, at most 8; nothing is consumed.
  const std::string& magic() const { return magic_; }
  bool is_gzip() const { return decompressor_ != nullptr; }
  /// Bytes of the file: read so far, and in all (0: unknown).
  std::int64_t bytes_done() const { return bytes_done_; }
  std::int64_t bytes_in_all() const { return bytes_in_all_; }

 private:
  std::size_t read_raw(char* to, std::size_t size);
  std::size_t read_gzip(char* to, std::size_t size);
  [[noreturn]] void fail_gzip(const std::string& detail) const;

  std::string file_;
  int descriptor_ = -1;
  std::string magic_;
  std::size_t magic_taken_ = 0;
  std::int64_t bytes_done_ = 0;
  std::int64_t bytes_in_all_ = 0;

  std::shared_ptr<arrow::util::Decompressor> decompressor_;
  std::vector<char> packed_;  ///< compressed bytes [packed_begin_, packed_end_) wait
  std::size_t packed_begin_ = 0, packed_end_ = 0;
  bool member_open_ = false;  ///< inside a gzip member: the end of the file here is damage
};

}  // namespace covey::driver
