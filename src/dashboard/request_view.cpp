#include "dashboard/request_view.hpp"

#include "dashboard/answer.hpp"
#include "view/pretty.hpp"

namespace carillon::dashboard {
namespace {

constexpr std::string_view mail_policy =
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'";

// Within '...' of a shell.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text)
    out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

// Within "..." of a shell, with $TOKEN where a secret stood: "***", and "/..." of a secret path.
std::string quoted_url(std::string_view url) {
  std::string text;
  for (const char c : url) {
    if (std::string_view("\"$`\\").find(c) != std::string_view::npos) text += '\\';
    text += c;
  }
  const auto replace = [&](std::string_view secret) {
    for (auto at = text.find(secret); at != std::string::npos; at = text.find(secret, at + 6))
      text.replace(at, secret.size(), "$TOKEN");
  };
  replace("***");
  if (text.ends_with("/...")) replace("...");
  return '"' + text + '"';
}

Html mail_of(const json::object& mail, const std::string& html_at) {
  Html fields;
  const json::array* headers = array_at(mail, "headers");
  for (std::size_t i = 0; headers != nullptr && i < headers->size(); ++i) {
    const json::array* field = headers->at(i).if_array();
    if (field == nullptr || field->size() != 2 || !field->at(0).is_string() || !field->at(1).is_string())
      continue;
    fields += html("<dt>{}</dt><dd>{}</dd>", std::string_view(field->at(0).get_string()),
                   std::string_view(field->at(1).get_string()));
  }
  Html files;
  for (const json::object* file : objects_at(mail, "attachments"))
    files += html("<li>{}, {} bytes</li>", text_at(*file, "name"), integer_at(*file, "size").value_or(0));
  const std::string words = text_at(mail, "text");
  const Html content =
      text_at(mail, "type") == "text/html"
          ? html(
                R"(<iframe sandbox src="{}" title="The mail as it looks"></iframe><details><summary>its HTML</summary><pre tabindex="0">{}</pre></details>)",
                html_at, words)
          : html(R"(<pre tabindex="0">{}</pre>)", words);
  return html(R"(<dl class="facts">{}</dl>{}{})", fields, content,
              files.empty() ? Html() : html("<p>attached:</p><ul>{}</ul>", files));
}

Html content_of(const json::object& request, const std::string& html_at) {
  if (const json::object* mail = object_at(request, "mail")) return mail_of(*mail, html_at);
  const json::value* value = request.if_contains("json");
  const std::string words = value != nullptr ? view::pretty(*value) : text_at(request, "content");
  return words.empty() ? html("<p>It has no body.</p>") : html(R"(<pre tabindex="0">{}</pre>)", words);
}

bool is_cut(const json::object& request) {
  const json::value* cut = request.if_contains("cut");
  return cut != nullptr && *cut == json::value(true);
}

}  // namespace

std::vector<std::string> texts_in(const json::object& told, std::string_view member) {
  std::vector<std::string> texts;
  const json::array* list = array_at(told, member);
  for (std::size_t i = 0; list != nullptr && i < list->size(); ++i) {
    if (const json::string* text = list->at(i).if_string()) texts.emplace_back(*text);
  }
  return texts;
}

Html shown_request(const json::object& request, const std::string& html_at) {
  const Html cut = is_cut(request) ? html(R"(<p class="note">Only its first 100 kB are shown.</p>)") : Html();
  const std::string command = curl_of(request);
  const Html copy =
      command.empty()
          ? Html()
          : html(
                R"(<details><summary>as curl</summary><pre tabindex="0">{}</pre><p class="dim">Headers with the reporter's login, where it has one, are yours to add.</p></details>)",
                command);
  return html("<p><code>{}</code>, {} bytes</p>{}{}{}", text_at(request, "how"),
              integer_at(request, "size").value_or(0), cut, content_of(request, html_at), copy);
}

std::string mail_html(const json::object& request) {
  const json::object* mail = object_at(request, "mail");
  return mail != nullptr && text_at(*mail, "type") == "text/html" ? text_at(*mail, "text") : std::string();
}

web::Response mail_document(const Site& site, const std::string& html, const Asked& asked) {
  if (html.empty()) return site.sorry(404, "This is no mail with an HTML part.", asked);
  web::Response response;
  response.content_type = "text/html; charset=utf-8";
  response.body = html;
  response.headers.emplace_back("Content-Security-Policy", std::string(mail_policy));
  response.headers.emplace_back("X-Content-Type-Options", "nosniff");
  response.headers.emplace_back("Referrer-Policy", "no-referrer");
  response.headers.emplace_back("X-Robots-Tag", "noindex");
  return tagged(std::move(response), asked.request);
}

std::string curl_of(const json::object& request) {
  const std::string how = text_at(request, "how");
  const auto space = how.find(' ');
  if (space == std::string::npos || is_cut(request)) return {};
  const std::string method = how.substr(0, space);
  const std::string url = how.substr(space + 1);
  const bool is_http = url.starts_with("http://") || url.starts_with("https://");
  if (!is_http || method.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ") != std::string::npos) return {};
  std::string command = "curl -X " + method + " " + quoted_url(url);
  const std::string content = text_at(request, "content");
  if (text_at(request, "form") == "json") command += " \\\n  -H 'Content-Type: application/json'";
  if (!content.empty()) command += " \\\n  --data-binary " + quoted(content);
  return command;
}

}  // namespace carillon::dashboard
