// Code points of UTF-8, bytes that are none told apart.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace covey::driver {

constexpr std::uint32_t kInvalidUtf8 = 0xFFFFFFFF;

/// The code point at the start of text and its bytes; kInvalidUtf8 and 1 where there is none.
struct DecodedUtf8 {
  std::uint32_t code;
  std::size_t bytes;
};

/// Of text that is not empty.
DecodedUtf8 decode_utf8(std::string_view text);

}  // namespace covey::driver
