#include "engine/outbox/mail.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "engine/outbox/sha256.hpp"

namespace triaged::outbox {

namespace json = boost::json;

namespace {

constexpr std::size_t subject_bytes_max = 200;
constexpr std::size_t word_bytes_max = 39;  // as base64 in an encoded word behind `Subject: `, 73 bytes
constexpr std::size_t line_bytes_max = 76;  // of quoted-printable

/// The most bytes of `text`, up to `max`, that end where a character of UTF-8 ends.
std::size_t whole_characters(std::string_view text, std::size_t max)
{
    if (text.size() <= max) return text.size();
    while (max > 0 && (static_cast<unsigned char>(text[max]) & 0xC0U) == 0x80U) --max;
    return max;
}

bool is_plain(std::string_view text)
{
    // `=?` begins an encoded word, whoever wrote it.
    return text.size() <= line_bytes_max - std::string_view("Subject: ").size() &&
           text.find("=?") == std::string_view::npos &&
           std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c < 0x7f; });
}

/// As RFC 2047 has it, unless it is plain. What is not to be printed is a space: a header is one line.
std::string header_text(std::string text)
{
    for (auto& c : text)
        if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = ' ';
    text.resize(whole_characters(text, subject_bytes_max));
    if (is_plain(text)) return text;
    std::string out;
    for (std::string_view rest = text; !rest.empty();) {
        const auto size = whole_characters(rest, word_bytes_max);
        out += fmt::format("{}=?utf-8?B?{}?=", out.empty() ? "" : "\r\n ", base64(rest.substr(0, size)));
        rest.remove_prefix(size);
    }
    return out;
}

/// `Thu, 26 Nov 2026 09:30:00 +0000`
std::string date_text(Instant at)
{
    static constexpr std::array weekdays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    using namespace std::chrono;
    const auto time = sys_time<milliseconds>{milliseconds{at.ms}};
    const auto day = floor<days>(time);
    const auto date = year_month_day{day};
    const auto clock = hh_mm_ss{floor<seconds>(time - day)};
    return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000", weekdays[weekday{day}.c_encoding()],
                       static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
                       static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                       clock.seconds().count());
}

/// Names may begin, end or be full of dots, which an identifier may not.
std::string message_id(const Mail& mail)
{
    std::string id;
    for (const char c : mail.key) id += c == '.' ? std::string("=2E") : std::string(1, c);
    return fmt::format("<{}{}>", id, mail.from.substr(mail.from.find('@')));
}

/// Quoted-printable (RFC 2045), which every relay passes on as it is.
std::string quoted_printable(std::string_view text)
{
    std::string out;
    std::size_t column = 0;
    const auto put = [&](std::string_view piece) {
        if (column + piece.size() >= line_bytes_max) {
            out += "=\r\n";
            column = 0;
        }
        out += piece;
        column += piece.size();
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        const bool last = i + 1 == text.size() || text[i + 1] == '\n';
        if (c == '\n') {
            out += "\r\n";
            column = 0;
        } else if (c > ' ' && c < 0x7f && c != '=') {
            put({&c, 1});
        } else if (c == ' ' && !last) {
            put(" ");
        } else {
            put(fmt::format("={:02X}", static_cast<unsigned char>(c)));
        }
    }
    return out;
}

std::string text_of(const json::value& value)
{
    if (const auto* const text = value.if_string()) return std::string(*text);
    if (!value.is_array()) return json::serialize(value);
    std::string out;
    for (const auto& item : value.get_array()) out += (out.empty() ? "" : ", ") + text_of(item);
    return out;
}

}  // namespace

Mail mail_about(std::string_view body)
{
    boost::system::error_code failure;
    const auto parsed = json::parse(json::string_view(body.data(), body.size()), failure);
    check(!failure && parsed.is_object(), "a notification is a JSON object");
    const auto& fields = parsed.get_object();
    const auto field = [&](const char* key) {
        const auto* const value = fields.if_contains(key);
        return value ? text_of(*value) : std::string();
    };
    const bool of_ticket = fields.contains("ticket");
    const auto id = field(of_ticket ? "ticket" : "problem");
    Mail mail;
    mail.subject = fmt::format("[{}] {} {}", field("desk"), field("type"), id);
    for (const auto* const key : {"rule", "about", "priority"})
        if (fields.contains(key)) mail.subject += ", " + field(key);
    for (const auto& [key, value] : fields)
        mail.text += fmt::format("{}: {}\n", std::string_view(key), text_of(value));
    mail.text += fmt::format("\nMore: triagectl {} {}\n", of_ticket ? "ticket" : "problem", id);
    return mail;
}

std::string message_of(const Mail& mail)
{
    std::string out;
    const auto header = [&](std::string_view name, std::string_view value) {
        out += fmt::format("{}: {}\r\n", name, value);
    };
    header("Date", date_text(mail.date));
    header("From", mail.from);
    header("To", mail.to);
    header("Message-ID", message_id(mail));
    header("Subject", header_text(mail.subject));
    header("Auto-Submitted", "auto-generated");  // RFC 3834: nobody's absence is to be answered to it
    header("MIME-Version", "1.0");
    header("Content-Type", "text/plain; charset=utf-8");
    header("Content-Transfer-Encoding", "quoted-printable");
    return out + "\r\n" + quoted_printable(mail.text);
}

}  // namespace triaged::outbox
