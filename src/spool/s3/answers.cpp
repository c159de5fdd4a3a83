#include "spool/s3/answers.hpp"

#include <charconv>

#include "base/encoding.hpp"
#include "base/moment.hpp"
#include "base/text.hpp"
#include "base/xml.hpp"

namespace carillon::spool::s3 {
namespace {

constexpr std::size_t longest_text = 200;  // characters of what a server says of an error

// The root, which has that name.
Result<pugi::xml_document> document_of(std::string_view xml, std::string_view root) {
  auto document = read_xml(xml);
  if (!document) return unreachable("its answer is no document: " + document.error().what);
  const std::string_view name = element_name(document->document_element());
  if (name == root) return document;
  if (name == "Error") {
    const Refusal refusal = read_refusal(xml);
    return unreachable(refusal.code + ": " + refusal.message);
  }
  return unreachable("its answer is another document than " + std::string(root));
}

pugi::xml_node child_of(const pugi::xml_node& node, std::string_view name) {
  for (const pugi::xml_node& child : node.children()) {
    if (element_name(child) == name) return child;
  }
  return {};
}

std::string text_of(const pugi::xml_node& node, std::string_view name) {
  return child_of(node, name).text().get();
}

std::string line_of(const pugi::xml_node& node, std::string_view name) {
  return ellipsize(fold_to_line(valid_utf8(text_of(node, name))), longest_text);
}

bool is_truncated(const pugi::xml_node& root) {
  return text_of(root, "IsTruncated") == "true";
}

}  // namespace

Result<Objects> read_objects(std::string_view xml) {
  const auto document = document_of(xml, "ListBucketResult");
  if (!document) return failed(document);
  const pugi::xml_node root = document->document_element();
  Objects objects;
  for (const pugi::xml_node& node : root.children()) {
    if (element_name(node) != "Contents") continue;
    Object object{.key = text_of(node, "Key"), .etag = text_of(node, "ETag")};
    const std::string size = text_of(node, "Size");
    const auto [end, error] = std::from_chars(size.data(), size.data() + size.size(), object.size);
    if (object.key.empty() || error != std::errc() || end != size.data() + size.size())
      return unreachable("its list has an object without a name or a size");
    objects.list.push_back(std::move(object));
  }
  if (!is_truncated(root)) return objects;
  objects.next = text_of(root, "NextContinuationToken");
  if (objects.next.empty()) return unreachable("its list is cut, and does not say where to go on");
  return objects;
}

Result<Uploads> read_uploads(std::string_view xml) {
  const auto document = document_of(xml, "ListMultipartUploadsResult");
  if (!document) return failed(document);
  const pugi::xml_node root = document->document_element();
  Uploads uploads;
  for (const pugi::xml_node& node : root.children()) {
    if (element_name(node) != "Upload") continue;
    const auto begun = parse_moment(text_of(node, "Initiated"), 0, Zone::utc);
    Upload upload{.key = text_of(node, "Key"), .id = text_of(node, "UploadId"), .begun = begun.value_or(0)};
    if (upload.key.empty() || upload.id.empty() || !begun)
      return unreachable("its list has an upload without a name, a number or a time");
    uploads.list.push_back(std::move(upload));
  }
  if (!is_truncated(root)) return uploads;
  uploads.next_key = text_of(root, "NextKeyMarker");
  uploads.next_id = text_of(root, "NextUploadIdMarker");
  if (uploads.next_key.empty()) return unreachable("its list is cut, and does not say where to go on");
  return uploads;
}

Result<std::string> read_upload_id(std::string_view xml) {
  const auto document = document_of(xml, "InitiateMultipartUploadResult");
  if (!document) return failed(document);
  std::string id = text_of(document->document_element(), "UploadId");
  if (id.empty()) return unreachable("its answer has no UploadId");
  return id;
}

Result<void> read_completed(std::string_view xml) {
  const auto document = document_of(xml, "CompleteMultipartUploadResult");
  if (!document) return failed(document);
  return ok();
}

std::string complete_text(const std::vector<std::string>& etags) {
  std::string text = "<CompleteMultipartUpload xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">";
  for (std::size_t i = 0; i < etags.size(); ++i) {
    text += "<Part><PartNumber>" + std::to_string(i + 1) + "</PartNumber><ETag>" + escape_html(etags[i]) +
            "</ETag></Part>";
  }
  return text + "</CompleteMultipartUpload>";
}

Refusal read_refusal(std::string_view xml) {
  const auto document = read_xml(xml);
  if (!document) return {};
  const pugi::xml_node root = document->document_element();
  if (element_name(root) != "Error") return {};
  return {line_of(root, "Code"), line_of(root, "Message"), line_of(root, "Region")};
}

}  // namespace carillon::spool::s3
