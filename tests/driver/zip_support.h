// Zip files read back by zlib.
#pragma once

#include <gtest/gtest.h>
#include <zlib.h>

#include <cstdint>
#include <string>
#include <vector>

namespace covey::driver {

struct ZipEntry {
  std::string name, text;
  std::uint32_t time = 0;  ///< of DOS: date and time of day
};

/// Where the directory of a zip file without a comment ends.
constexpr std::size_t kZipEnd = 22;

inline std::uint32_t little_endian(const std::string& bytes, std::size_t at, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t byte = count; byte-- > 0;) {
    value = value << 8 | static_cast<unsigned char>(bytes.at(at + byte));
  }
  return value;
}

inline std::string inflated(std::string packed, std::size_t size) {
  std::string text(size, '\0');
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, -MAX_WBITS), Z_OK);
  stream.next_in = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(text.data());
  stream.avail_out = static_cast<uInt>(size);
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  inflateEnd(&stream);
  return text;
}

/// In the order of the directory; all of them deflated.
inline std::vector<ZipEntry> zip_entries(const std::string& bytes) {
  std::vector<ZipEntry> entries;
  const std::size_t end = bytes.size() - kZipEnd;
  const std::size_t count = little_endian(bytes, end + 10, 2);
  std::size_t at = little_endian(bytes, end + 16, 4);
  for (std::size_t entry = 0; entry < count; ++entry) {
    const std::size_t name = little_endian(bytes, at + 28, 2);
    const std::size_t local = little_endian(bytes, at + 42, 4);
    const std::size_t data =
        local + 30 + little_endian(bytes, local + 26, 2) + little_endian(bytes, local + 28, 2);
    entries.push_back({bytes.substr(at + 46, name),
                       inflated(bytes.substr(data, little_endian(bytes, at + 20, 4)),
                                little_endian(bytes, at + 24, 4)),
                       little_endian(bytes, at + 12, 4)});
    at += 46 + name + little_endian(bytes, at + 30, 2) + little_endian(bytes, at + 32, 2);
  }
  return entries;
}

/// The contents of the entry of that name.
inline std::string zip_text(const std::string& bytes, const std::string& name) {
  for (const ZipEntry& entry : zip_entries(bytes)) {
    if (entry.name == name) return entry.text;
  }
  ADD_FAILURE() << "no entry " << name;
  return "";
}

}  // namespace covey::driver
