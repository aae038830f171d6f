#include "ingest_ids.h"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

#include "cells.h"

namespace covey::driver {
namespace {

/// Grows by doubling: reserve() alone would reallocate at every append.
template <typename T>
void append_all(std::vector<T>& to, std::vector<T>&& from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

template <typename T>
void keep_rows(std::vector<T>& values, std::span<const std::int32_t> rows) {
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const auto row = static_cast<std::size_t>(rows[i]);
    if (row != i) values[i] = std::move(values[row]);
  }
  values.resize(rows.size());
}

}  // namespace

void IdList::add(std::string_view text) {
  if (!is_text_) {
    if (const auto number = canonical_integer(text)) {
      ids_.number.push_back(*number);
      return;
    }
    become_text();
  }
  ids_.text.emplace_back(text);
}

void IdList::add(std::int64_t number) {
  if (is_text_) {
    ids_.text.push_back(std::to_string(number));
  } else {
    ids_.number.push_back(number);
  }
}

void IdList::reserve(std::size_t rows) {
  if (is_text_) {
    ids_.text.reserve(rows);
  } else {
    ids_.number.reserve(rows);
  }
}

void IdList::keep(std::span<const std::int32_t> rows) {
  if (is_text_) {
    keep_rows(ids_.text, rows);
  } else {
    keep_rows(ids_.number, rows);
  }
}

void IdList::append(IdList&& later) {
  if (later.is_text_ && !is_text_) become_text();
  if (is_text_ && !later.is_text_) later.become_text();
  append_all(ids_.number, std::move(later.ids_.number));
  append_all(ids_.text, std::move(later.ids_.text));
}

IdRange IdList::range() const {
  const auto& number = ids_.number;
  if (is_text_ || number.empty()) return {};
  const bool rises =
      std::adjacent_find(number.begin(), number.end(), std::greater_equal<>()) == number.end();
  return {rises, number.front(), number.back()};
}

std::vector<std::int32_t> IdList::not_utf8() const {
  std::vector<std::int32_t> rows;
  for (std::size_t i = 0; i < ids_.text.size(); ++i) {
    if (!is_utf8(ids_.text[i])) rows.push_back(static_cast<std::int32_t>(i));
  }
  return rows;
}

Ids IdList::take() { return std::move(ids_); }

void IdList::become_text() {
  is_text_ = true;
  ids_.text.reserve(std::max(ids_.number.capacity(), ids_.number.size() + 1));
  for (const std::int64_t number : ids_.number) ids_.text.push_back(std::to_string(number));
  ids_.number = {};
}

}  // namespace covey::driver
