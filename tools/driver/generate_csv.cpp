// CSV: eight short cells a row, formatted into one large buffer.
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstring>
#include <utility>

#include "covey/error.h"
#include "generate_output.h"

namespace covey::driver {
namespace {

class FileSink : public ByteSink {
 public:
  explicit FileSink(const PendingFile& target)
      : file_(target.file()), stream_(std::fopen(target.pending().c_str(), "wbx")) {
    if (stream_ == nullptr) fail("cannot be created");
    std::setvbuf(stream_.get(), nullptr, _IONBF, 0);
  }

  void write(std::string_view bytes) override {
    if (std::fwrite(bytes.data(), 1, bytes.size(), stream_.get()) != bytes.size()) {
      fail("cannot be written");
    }
  }

  void close() override {
    if (std::fclose(stream_.release()) != 0) fail("cannot be written");
  }

 private:
  struct Close {
    void operator()(std::FILE* stream) const { std::fclose(stream); }
  };

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(ErrorKind::kIo, what + " (" + std::strerror(errno) + ")", file_.string(),
                "check the folder, its permissions and the free space");
  }

  std::filesystem::path file_;
  std::unique_ptr<std::FILE, Close> stream_;
};

/// A text cell as CSV: in quotes where it needs them.
std::string quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

class CsvWriter : public SessionWriter {
 public:
  CsvWriter(std::unique_ptr<ByteSink> sink, DefectList* defects)
      : sink_(std::move(sink)), defects_(defects) {
    std::string header;
    for (const std::string_view column : kGeneratedColumns) {
      if (!header.empty()) header += ',';
      header += column;
    }
    sink_->write(header += '\n');
    if (defects_ != nullptr) defects_->sink->write("row,column,text,kind\n");
  }

  void write(std::span<const GeneratedSession> sessions) override {
    buffer_.resize(sessions.size() * kMostBytesPerRow);
    char* end = buffer_.data();
    for (const GeneratedSession& session : sessions) {
      end = defects_ == nullptr ? format(session, end) : format_or_plant(session, end);
    }
    sink_->write({buffer_.data(), static_cast<std::size_t>(end - buffer_.data())});
  }

  void close() override { sink_->close(); }

 private:
  static constexpr std::size_t kMostBytesPerRow = 128;

  template <typename Number>
  static char* number(Number value, char* end) {
    end = std::to_chars(end, end + 20, value).ptr;
    *end++ = ',';
    return end;
  }

  static char* text(std::string_view value, char* end) {
    end = std::copy(value.begin(), value.end(), end);
    *end++ = ',';
    return end;
  }

  static char* format(const GeneratedSession& session, char* end) {
    end = number(session.id, end);
    end = number(session.clicks, end);
    end = number(session.page_views, end);
    end = number(session.time_spent, end);
    *end++ = static_cast<char>('0' + session.add_to_cart);
    *end++ = ',';
    end = text(kChannelNames[session.channel], end);
    end = text(kDeviceNames[session.device], end);
    *end++ = static_cast<char>('0' + session.conversion);
    *end++ = '\n';
    return end;
  }

  char* format_or_plant(const GeneratedSession& session, char* end) {
    const auto kind = defects_->plan.at(session.id);
    if (kind) {
      const PlantedRow planted = defects_->plan.plant(*kind, session, previous_);
      end = std::copy(planted.line.begin(), planted.line.end(), end);
      defects_->sink->write(std::to_string(session.id) + ',' + planted.column + ',' +
                            quoted(planted.text) + ',' +
                            std::string(kDefectNames[static_cast<int>(*kind)]) + '\n');
      ++defects_->planted;
    } else {
      end = format(session, end);
    }
    previous_ = session;
    return end;
  }

  std::unique_ptr<ByteSink> sink_;
  DefectList* defects_;
  std::string buffer_;
  GeneratedSession previous_{};
};

}  // namespace

std::unique_ptr<ByteSink> make_file_sink(const PendingFile& target) {
  return std::make_unique<FileSink>(target);
}

std::unique_ptr<SessionWriter> make_csv_writer(std::unique_ptr<ByteSink> sink,
                                               DefectList* defects) {
  return std::make_unique<CsvWriter>(std::move(sink), defects);
}

}  // namespace covey::driver
