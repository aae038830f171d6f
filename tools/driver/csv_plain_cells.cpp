#include "csv_plain_cells.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

#include "ingest_hash.h"

namespace covey::driver {
namespace {

static_assert(std::endian::native == std::endian::little, "words are read from text");

constexpr std::uint64_t kLowBits = 0x7F7F7F7F7F7F7F7Fu, kEveryByte = 0x0101010101010101u;

std::uint64_t word_at(const char* text) {
  std::uint64_t word;
  std::memcpy(&word, text, sizeof word);
  return word;
}

/// A bit for each of the eight bytes, set where the byte is 0.
std::uint64_t zero_bytes(std::uint64_t word) {
  const std::uint64_t high = ~(((word & kLowBits) + kLowBits) | word | kLowBits);
  return ((high >> 7) * 0x0102040810204080u) >> 56;
}

/// Offsets of separators.
class Separators {
 public:
  Separators(std::string_view text, char delimiter)
      : text_(text), delimiters_(byte_pattern(delimiter)), newlines_(byte_pattern('\n')) {}

  /// Offsets of delimiters and line ends, behind a first entry of -1; a last line that does not end
  /// ends with the text. Counts the lines.
  std::vector<std::uint32_t> find(std::size_t& lines) {
    std::vector<std::uint32_t> offsets(text_.size() / 3 + kWindow + 2);
    offsets[0] = static_cast<std::uint32_t>(-1);
    std::size_t count = 1;
    lines = 0;
    for (std::size_t begin = 0; begin < text_.size(); begin += kWindow) {
      if (offsets.size() - count < kWindow + 1) offsets.resize(offsets.size() * 2);
      auto [found, newlines] = masks(begin);
      lines += static_cast<std::size_t>(std::popcount(newlines));
      for (; found != 0; found &= found - 1) {
        offsets[count++] =
            static_cast<std::uint32_t>(begin) + static_cast<std::uint32_t>(std::countr_zero(found));
      }
    }
    if (!text_.empty() && text_.back() != '\n') {
      offsets[count++] = static_cast<std::uint32_t>(text_.size());
      ++lines;
    }
    offsets.resize(count);
    return offsets;
  }

 private:
  static constexpr std::size_t kWindow = 64;

  static std::uint64_t byte_pattern(char c) { return kEveryByte * static_cast<unsigned char>(c); }

  /// Of the window's bytes: separators, and line ends among them.
  std::pair<std::uint64_t, std::uint64_t> masks(std::size_t begin) const {
    std::array<char, kWindow> last{};
    const char* window = text_.data() + begin;
    if (text_.size() - begin < kWindow) {
      std::memcpy(last.data(), window, text_.size() - begin);
      window = last.data();
    }
    std::uint64_t delimiters = 0, newlines = 0;
    for (std::size_t i = 0; i < kWindow; i += sizeof(std::uint64_t)) {
      const std::uint64_t word = word_at(window + i);
      delimiters |= zero_bytes(word ^ delimiters_) << i;
      newlines |= zero_bytes(word ^ newlines_) << i;
    }
    return {delimiters | newlines, newlines};
  }

  std::string_view text_;
  std::uint64_t delimiters_, newlines_;
};

class PlainCells final : public Cells {
 public:
  PlainCells(std::string_view text, char delimiter, std::size_t columns,
             std::vector<std::uint32_t> ends)
      : text_(text),
        delimiter_(delimiter),
        columns_(columns),
        rows_((ends.size() - 1) / columns),
        ends_(std::move(ends)) {}

  std::int32_t rows() const override { return static_cast<std::int32_t>(rows_); }
  std::span<const RaggedRow> ragged() const override { return {}; }

  void numbers(int column, double* value, std::vector<Flaw>& flaws) const override {
    for_each(column, [&](std::size_t row, std::string_view text) {
      if (const auto digits = short_digits(text)) {
        value[row] = static_cast<double>(*digits);
        return;
      }
      const CellState state = parse_number(text, value[row]);
      if (state != CellState::kValue) flaws.push_back({static_cast<std::int32_t>(row), state});
    });
  }

  void categories(int column, Dictionary& dictionary, std::int32_t* code) const override {
    for_each(column,
             [&](std::size_t row, std::string_view text) { code[row] = dictionary.code(text); });
  }

  void ids(int column, IdList& ids) const override {
    for_each(column, [&](std::size_t, std::string_view text) {
      const auto digits = short_digits(text);
      if (digits && (text.front() != '0' || text.size() == 1)) {
        ids.add(std::int64_t{*digits});
      } else {
        ids.add(text);
      }
    });
  }

  void hash(std::span<const int> order, std::span<RowHash> hashes) const override {
    bool as_it_stands = delimiter_ == kHashedDelimiter;
    for (std::size_t c = 0; c < columns_; ++c) as_it_stands &= order[c] == static_cast<int>(c);
    RowText bytes;
    for (std::size_t row = 0; row < rows_; ++row) {
      if (as_it_stands) {
        const std::size_t begin = ends_[row * columns_] + std::uint32_t{1};
        add_row(hashes[row], text_.substr(begin, ends_[(row + 1) * columns_] - begin));
        continue;
      }
      bytes.clear();
      for (const int column : order) bytes.add(cell(row, column));
      add_row(hashes[row], bytes.view());
    }
  }

  std::vector<std::string> texts(int column, std::span<const std::int32_t> rows) const override {
    std::vector<std::string> found;
    for (const std::int32_t row : rows) {
      found.emplace_back(cell(static_cast<std::size_t>(row), column));
    }
    return found;
  }

  void visit(int column, const TextVisitor& visitor) const override {
    for_each(column, [&](std::size_t, std::string_view text) { visitor(text); });
  }

 private:
  std::string_view cell(std::size_t row, int column) const {
    const std::size_t at = row * columns_ + static_cast<std::size_t>(column);
    const std::uint32_t begin = ends_[at] + 1;
    return {text_.data() + begin, ends_[at + 1] - begin};
  }

  template <typename Use>
  void for_each(int column, Use&& use) const {
    for (std::size_t row = 0; row < rows_; ++row) use(row, cell(row, column));
  }

  /// The value of one to eight digits, all at once: pairs of neighbours are joined three times
  /// (Lemire, "Quickly parsing eight digits", 2018). A shorter text gets zeros before it.
  std::optional<std::uint32_t> short_digits(std::string_view text) const {
    const bool fits = text.size() - 1 < sizeof(std::uint64_t) &&
                      text.data() + sizeof(std::uint64_t) <= text_.data() + text_.size();
    if (!fits) return std::nullopt;
    std::uint64_t digits = word_at(text.data()) ^ (kEveryByte * '0');
    digits <<= (sizeof(std::uint64_t) - text.size()) * 8;
    if ((((digits + kEveryByte * 0x76) | digits) & ~kLowBits) != 0) return std::nullopt;
    digits = digits * 10 + (digits >> 8);
    constexpr std::uint64_t kPairs = 0x000000FF000000FFu;
    digits =
        (digits & kPairs) * 0x000F424000000064u + ((digits >> 16) & kPairs) * 0x0000271000000001u;
    return static_cast<std::uint32_t>(digits >> 32);
  }

  std::string_view text_;
  char delimiter_;
  std::size_t columns_, rows_;
  std::vector<std::uint32_t> ends_;  ///< of cell i at [i + 1], its start at [i] + 1
};

}  // namespace

std::unique_ptr<Cells> plain_csv(std::string_view text, char delimiter, int columns) {
  if (text.size() >= std::numeric_limits<std::uint32_t>::max() || columns < 1) return nullptr;
  for (const char special : {'"', '\r'}) {
    if (text.find(special) != std::string_view::npos) return nullptr;
  }
  std::size_t lines = 0;
  auto ends = Separators(text, delimiter).find(lines);
  const auto width = static_cast<std::size_t>(columns);
  if (ends.size() - 1 != lines * width) return nullptr;
  // As many separators as rows need, and a line end behind each row: then none within one.
  for (std::size_t row = 1; row <= lines; ++row) {
    const std::uint32_t end = ends[row * width];
    const bool ends_row = end == text.size() || text[end] == '\n';
    if (!ends_row || (width == 1 && end == ends[row - 1] + 1)) return nullptr;
  }
  return std::make_unique<PlainCells>(text, delimiter, width, std::move(ends));
}

}  // namespace covey::driver
