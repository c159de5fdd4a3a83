#include "reporter/common/long_body.hpp"

#include <algorithm>

#include "base/encoding.hpp"

namespace carillon::reporter {
namespace {

constexpr std::size_t piece = std::size_t{48} << 10U;  // of a file; 64 KB as base64
constexpr std::size_t text_piece = std::size_t{64} << 10U;
constexpr std::uint64_t line_search = 1024;
constexpr std::string_view lost_text = "[this log is not kept any more]\n";

}  // namespace

std::uint64_t LongBody::Part::bytes() const {
  if (file == nullptr && !inside) return instead.size();
  return cut() ? head + marker.size() + tail : facts.size;
}

LongBody::LongBody(spool::Spool* spool, std::string_view payload, std::vector<PayloadFile> files,
                   Encoding encoding, std::vector<InlineText> texts)
    : spool_(spool), payload_(payload), encoding_(encoding) {
  for (PayloadFile& file : files) {
    Part part;
    part.facts = std::move(file);
    part.facts.at = std::min<std::uint64_t>(part.facts.at, payload_.size());
    parts_.push_back(std::move(part));
  }
  for (InlineText& text : texts) {
    if (text.at > payload_.size() || text.size > payload_.size() - text.at) continue;
    Part part;
    part.inside = true;
    part.width = text.size;
    part.facts.at = text.at;
    part.facts.size = Base64Lines::fitting(text.size);
    part.facts.label = std::move(text.label);
    parts_.push_back(std::move(part));
  }
  if (!texts.empty()) std::ranges::sort(parts_, {}, [](const Part& part) { return part.facts.at; });
}

Task<void> LongBody::open() {
  lost_.clear();
  for (Part& part : parts_) {
    if (part.inside) continue;
    if (spool_ == nullptr) co_return unreachable("there is no spool");
    auto file = co_await spool_->open(part.facts.name, part.facts.size);
    if (!file) co_return failed(file);
    part.file = std::move(*file);
    if (part.file != nullptr) continue;
    part.instead = lost_text;
    lost_.push_back(part.facts.label);
  }
  co_return ok();
}

Task<void> LongBody::begin(std::uint64_t max_size) {
  cut_.clear();
  std::uint64_t fixed = payload_.size();  // what cannot be cut
  std::uint64_t rest = 0;
  std::vector<Part*> long_ones;
  for (Part& part : parts_) {
    part.marker.clear();
    if (part.facts.most > 0) {
      auto done = co_await shorten(part, part.facts.most);
      if (!done) co_return done;
    }
    const bool long_one = part.file != nullptr || part.inside;
    (long_one ? rest : fixed) += encoded_size(part);
    fixed -= part.width;
    if (long_one) long_ones.push_back(&part);
  }
  if (encoding_ == Encoding::base64 && max_size > 0 && fixed + rest > max_size && max_size > fixed) {
    // The shortest first: what one does not need is there for the others.
    std::uint64_t room = max_size - fixed;
    std::ranges::sort(long_ones, {}, [](const Part* part) { return part->bytes(); });
    std::size_t left = long_ones.size();
    for (Part* part : long_ones) {
      const std::uint64_t share = Base64Lines::fitting(room / left--);
      if (part->bytes() > share) {
        const std::uint64_t before = part->bytes();
        auto done = co_await shorten(*part, share);
        if (!done) co_return done;
        if (part->bytes() < before) cut_.push_back(part->facts.label);
      }
      room -= std::min(room, encoded_size(*part));
    }
  }
  lay_out();
  co_return ok();
}

Task<std::string> LongBody::look(const Part& part, std::uint64_t at, std::uint64_t size) const {
  if (part.inside) co_return part.content.substr(at, size);
  co_return co_await part.file->read(at, size);
}

// Cuts between lines where there are some near.
Task<void> LongBody::shorten(Part& part, std::uint64_t most) {
  if (part.inside && part.content.empty()) {
    std::string lines(payload_.substr(part.facts.at, part.width));
    std::erase_if(lines, [](char c) { return c == '\r' || c == '\n'; });
    part.content = base64_decode(lines).value_or("");
    part.facts.size = part.content.size();
  }
  if ((part.file == nullptr && !part.inside) || part.facts.size <= most) co_return ok();
  std::string marker =
      "\n[... the middle of " + std::to_string(part.facts.size) + " bytes is left out ...]\n";
  if (marker.size() >= part.facts.size) co_return ok();  // it would become longer
  const std::uint64_t half = (most - std::min<std::uint64_t>(most, marker.size())) / 2;
  const std::uint64_t looked = std::min(half, line_search);
  auto before = co_await look(part, half - looked, looked);
  if (!before) co_return failed(before);
  auto after = co_await look(part, part.facts.size - half, looked);
  if (!after) co_return failed(after);
  const auto line = before->rfind('\n');
  const std::size_t all_but_one = before->empty() ? 0 : before->size() - 1;  // to look where a character ends
  const std::size_t kept = line != std::string::npos ? line + 1 : utf8_prefix(*before, all_but_one).size();
  auto begin = after->find('\n');
  begin = begin == std::string::npos ? 0 : begin + 1;
  while (begin < after->size() && (static_cast<unsigned char>((*after)[begin]) & 0xC0U) == 0x80U)
    ++begin;
  part.head = half - looked + kept;
  part.tail = half - begin;
  part.marker = line != std::string::npos ? marker.substr(1) : marker;
  co_return ok();
}

std::uint64_t LongBody::encoded_size(const Part& part) const {
  if (part.inside && !part.cut()) return part.width;
  if (encoding_ == Encoding::base64) return Base64Lines::size_of(part.bytes());
  return part.file == nullptr ? json_escaped_size(part.instead) : part.facts.escaped;
}

void LongBody::lay_out() {
  stretches_.clear();
  size_ = payload_.size();
  std::uint64_t done = 0;
  using Kind = Stretch::Kind;
  const auto text_until = [&](std::uint64_t end) {
    if (end > done) stretches_.push_back({Kind::text, payload_.substr(done, end - done), nullptr, 0, 0});
    done = std::max(done, end);
  };
  for (const Part& part : parts_) {
    if (part.inside && !part.cut()) continue;
    text_until(part.facts.at);
    size_ += encoded_size(part);
    size_ -= part.width;
    if (part.inside) {
      const std::string_view content = part.content;
      stretches_.push_back({Kind::encoded, content.substr(0, part.head), nullptr, 0, 0});
      stretches_.push_back({Kind::encoded, part.marker, nullptr, 0, 0});
      stretches_.push_back({Kind::encoded, content.substr(content.size() - part.tail), nullptr, 0, 0});
      done = part.facts.at + part.width;
    } else if (part.file == nullptr) {
      stretches_.push_back({Kind::encoded, part.instead, nullptr, 0, 0});
    } else if (part.cut()) {
      stretches_.push_back({Kind::file, {}, part.file, 0, part.head});
      stretches_.push_back({Kind::encoded, part.marker, nullptr, 0, 0});
      stretches_.push_back({Kind::file, {}, part.file, part.facts.size - part.tail, part.facts.size});
    } else {
      stretches_.push_back({Kind::file, {}, part.file, 0, part.facts.size});
    }
    stretches_.push_back({Kind::end, {}, nullptr, 0, 0});
  }
  text_until(payload_.size());
  at_ = 0;
  offset_ = 0;
  given_ = 0;
  lines_ = {};
}

void LongBody::encode(std::string_view bytes) {
  if (encoding_ == Encoding::json) return append_json_escaped(out_, bytes);
  lines_.add(out_, bytes);
}

Task<std::string_view> LongBody::read() {
  out_.clear();
  while (at_ < stretches_.size() && out_.size() < piece) {
    const Stretch& now = stretches_[at_];
    if (now.kind == Stretch::Kind::text && offset_ < now.text.size()) {
      const std::string_view text = now.text.substr(offset_, text_piece);
      out_ += text;
      offset_ += text.size();
      continue;
    }
    if (now.kind == Stretch::Kind::file && now.begin + offset_ < now.end) {
      const std::uint64_t begin = now.begin + offset_;
      auto bytes = co_await now.file->read(begin, std::min<std::uint64_t>(piece, now.end - begin));
      if (!bytes) co_return failed(bytes);
      if (bytes->empty()) co_return unreachable("a file of the spool ends too early");
      offset_ += bytes->size();
      encode(*bytes);
      continue;
    }
    if (now.kind == Stretch::Kind::encoded && offset_ < now.text.size()) {
      const std::string_view text = now.text.substr(offset_, piece);
      encode(text);
      offset_ += text.size();
      continue;
    }
    if (now.kind == Stretch::Kind::end && encoding_ == Encoding::base64) lines_.end(out_);
    offset_ = 0;
    ++at_;
  }
  given_ += out_.size();
  if (out_.empty() && given_ != size_) co_return unreachable("a file of the spool is not as it was");
  co_return std::string_view(out_);
}

}  // namespace carillon::reporter
