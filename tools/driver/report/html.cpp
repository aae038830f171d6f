#include "report/html.h"

#include <charconv>

#include "text_table.h"

namespace covey::driver {
namespace {

constexpr std::string_view kIsolate = "<bdi>", kIsolateEnd = "</bdi>";

}  // namespace

std::string html_text(std::string_view text) {
  std::string escaped;
  for (const char c : visible_text(text)) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\'':
        escaped += "&#39;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string isolated_html(std::string_view name) {
  return std::string(kIsolate) + html_text(name) + std::string(kIsolateEnd);
}

std::string attribute_of(std::string_view html) {
  std::string text(html);
  for (const std::string_view tag : {kIsolate, kIsolateEnd}) {
    for (std::size_t at = text.find(tag); at != std::string::npos; at = text.find(tag, at)) {
      text.erase(at, tag.size());
    }
  }
  return text;
}

std::string base64_text(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  text.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t at = 0; at < bytes.size(); at += 3) {
    unsigned group = 0;
    const std::size_t held = std::min<std::size_t>(3, bytes.size() - at);
    for (std::size_t byte = 0; byte < 3; ++byte) {
      group = group << 8 | (byte < held ? static_cast<unsigned char>(bytes[at + byte]) : 0U);
    }
    for (std::size_t digit = 0; digit < 4; ++digit) {
      text += digit <= held ? kDigits[group >> (18 - 6 * digit) & 63U] : '=';
    }
  }
  return text;
}

std::string base64_of_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t at = 0; at + 1 < hex.size(); at += 2) {
    unsigned value = 0;
    std::from_chars(hex.data() + at, hex.data() + at + 2, value, 16);
    bytes += static_cast<char>(value);
  }
  return base64_text(bytes);
}

}  // namespace covey::driver
