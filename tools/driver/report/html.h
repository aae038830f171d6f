// Text from the data as text of a page, never as markup.
#pragma once

#include <string>
#include <string_view>

namespace covey::driver {

/// Fit for element contents and for attribute values in quotes: & < > " ' as character references,
/// control characters and bytes that are not UTF-8 written out (text_table.h).
std::string html_text(std::string_view text);

/// A name from the data: html_text in an element that keeps its direction of writing to itself.
std::string isolated_html(std::string_view name);

/// The same text without those elements, for an attribute value.
std::string attribute_of(std::string_view html);

/// RFC 4648.
std::string base64_text(std::string_view bytes);

/// 64 hexadecimal digits as the base64 form of the same 32 bytes, for a security policy.
std::string base64_of_hex(std::string_view hex);

}  // namespace covey::driver
