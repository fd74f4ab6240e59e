#include "engine/ctl/reply.hpp"

#include <fmt/format.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace triaged::ctl {

namespace json = boost::json;

namespace {

std::string joined(const json::object& object)
{
    std::string out;
    for (const auto& [key, value] : object)
        out += fmt::format("{}{}={}", out.empty() ? "" : " ", std::string_view(key), plain(value));
    return out;
}

}  // namespace

Result<json::object> parse_object(std::string_view line)
{
    boost::system::error_code failure;
    auto value = json::parse(line, failure);
    if (failure) return fail(ErrorCode::bad_json, fmt::format("not JSON: {}", failure.message()));
    if (!value.is_object()) return fail(ErrorCode::bad_json, "not a JSON object");
    return std::move(value.as_object());
}

std::string text_at(const json::object& object, std::string_view key, std::string_view otherwise)
{
    const auto* const value = object.if_contains(key);
    return std::string(value && value->is_string() ? std::string_view(value->get_string()) : otherwise);
}

std::int64_t number_at(const json::object& object, std::string_view key)
{
    const auto* const value = object.if_contains(key);
    if (!value) return 0;
    boost::system::error_code failure;
    const auto number = value->to_number<std::int64_t>(failure);
    return failure ? 0 : number;
}

bool is_true(const json::object& object, std::string_view key)
{
    const auto* const value = object.if_contains(key);
    return value && *value == true;
}

const json::array& list_at(const json::object& object, std::string_view key)
{
    static const json::array none;
    const auto* const value = object.if_contains(key);
    return value && value->is_array() ? value->get_array() : none;
}

const json::object& object_at(const json::object& object, std::string_view key)
{
    static const json::object none;
    const auto* const value = object.if_contains(key);
    return value && value->is_object() ? value->get_object() : none;
}

std::string plain(const json::value& value)
{
    if (value.is_string()) return std::string(value.get_string());
    if (value.is_object()) return joined(value.get_object());
    if (value.is_double()) return fmt::format("{}", value.get_double());
    if (!value.is_array()) return json::serialize(value);
    std::string out;
    for (const auto& item : value.get_array()) {
        if (!out.empty()) out += ',';
        out += plain(item);
    }
    return out;
}

Refused refusal_of(const json::object& reply)
{
    const auto& error = object_at(reply, "error");
    return {text_at(error, "code", "internal"), text_at(error, "message", "the daemon gave no reason"),
            text_at(error, "field")};
}

std::string brief(Duration span)
{
    using namespace std::chrono;
    if (span < milliseconds{0}) span = milliseconds{0};
    if (span.count() > 0 && span < seconds{1}) return fmt::format("{}ms", span.count());
    const auto s = duration_cast<seconds>(span).count();
    if (s < 60) return fmt::format("{}s", s);
    if (s < 3'600) return fmt::format("{}m {:02}s", s / 60, s % 60);
    if (s < 86'400) return fmt::format("{}h {:02}m", s / 3'600, s % 3'600 / 60);
    return fmt::format("{}d {:02}h", s / 86'400, s % 86'400 / 3'600);
}

std::string grouped(std::int64_t number)
{
    const auto digits = std::to_string(number);
    const std::size_t first = number < 0 ? 1 : 0;
    std::string out;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > first && (digits.size() - i) % 3 == 0) out += ',';
        out += digits[i];
    }
    return out;
}

}  // namespace triaged::ctl
