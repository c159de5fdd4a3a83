#include "reporter/long_body.hpp"

#include <algorithm>

#include "base/encoding.hpp"

namespace carillon::reporter {
namespace {

constexpr std::size_t piece = std::size_t{48} << 10U;  // of a file; 64 KB as base64
constexpr std::size_t text_piece = std::size_t{64} << 10U;
constexpr std::uint64_t least_left = 2048;  // bytes of a file that is cut: less is of no use
constexpr std::uint64_t line_search = 1024;
constexpr std::string_view lost_text = "[this log is not kept any more]\n";

}  // namespace

std::uint64_t LongBody::Part::bytes() const {
  if (file == nullptr) return instead.size();
  return cut() ? head + marker.size() + tail : facts.size;
}

LongBody::LongBody(spool::Spool& spool, std::string_view payload, std::vector<PayloadFile> files,
                   Encoding encoding)
    : spool_(spool), payload_(payload), encoding_(encoding) {
  for (PayloadFile& file : files) {
    Part part;
    part.facts = std::move(file);
    part.facts.at = std::min<std::uint64_t>(part.facts.at, payload_.size());
    parts_.push_back(std::move(part));
  }
}

Task<void> LongBody::open() {
  lost_.clear();
  for (Part& part : parts_) {
    auto file = co_await spool_.open(part.facts.name, part.facts.size);
    if (!file) co_return tl::unexpected<Failure>(std::move(file.error()));
    part.file = std::move(*file);
    if (part.file != nullptr) continue;
    part.instead = lost_text;
    lost_.push_back(part.facts.label);
  }
  co_return ok();
}

Task<void> LongBody::begin(std::uint64_t max_size) {
  cut_.clear();
  std::uint64_t fixed = payload_.size();
  std::uint64_t files = 0;
  std::vector<Part*> long_ones;
  for (Part& part : parts_) {
    part.marker.clear();
    if (part.facts.most > 0) {
      auto done = co_await shorten(part, part.facts.most);
      if (!done) co_return done;
    }
    (part.file == nullptr ? fixed : files) += encoded_size(part);
    if (part.file != nullptr) long_ones.push_back(&part);
  }
  if (encoding_ == Encoding::base64 && max_size > 0 && fixed + files > max_size && max_size > fixed) {
    // The shortest first: what one does not need is there for the others.
    std::uint64_t room = max_size - fixed;
    std::ranges::sort(long_ones, {}, [](const Part* part) { return part->bytes(); });
    std::size_t left = long_ones.size();
    for (Part* part : long_ones) {
      const std::uint64_t share = Base64Lines::fitting(room / left--);
      if (part->bytes() > share) {
        auto done = co_await shorten(*part, std::max(share, least_left));
        if (!done) co_return done;
        cut_.push_back(part->facts.label);
      }
      room -= std::min(room, encoded_size(*part));
    }
  }
  lay_out();
  co_return ok();
}

// Cuts between lines where there are some near.
Task<void> LongBody::shorten(Part& part, std::uint64_t most) {
  if (part.file == nullptr || part.facts.size <= most) co_return ok();
  std::string marker =
      "\n[... the middle of " + std::to_string(part.facts.size) + " bytes is left out ...]\n";
  const std::uint64_t half = (most - std::min<std::uint64_t>(most, marker.size())) / 2;
  const std::uint64_t looked = std::min(half, line_search);
  auto before = co_await part.file->read(half - looked, looked);
  if (!before) co_return tl::unexpected<Failure>(std::move(before.error()));
  auto after = co_await part.file->read(part.facts.size - half, looked);
  if (!after) co_return tl::unexpected<Failure>(std::move(after.error()));
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
    text_until(part.facts.at);
    size_ += encoded_size(part);
    if (part.file == nullptr) {
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
      if (!bytes) co_return tl::unexpected<Failure>(std::move(bytes.error()));
      if (bytes->empty()) co_return unreachable("a file of the spool ends too early");
      offset_ += bytes->size();
      encode(*bytes);
      continue;
    }
    if (now.kind == Stretch::Kind::encoded) encode(now.text);
    if (now.kind == Stretch::Kind::end && encoding_ == Encoding::base64) lines_.end(out_);
    offset_ = 0;
    ++at_;
  }
  given_ += out_.size();
  if (out_.empty() && given_ != size_) co_return unreachable("a file of the spool is not as it was");
  co_return std::string_view(out_);
}

}  // namespace carillon::reporter
