#include "engine/channels/value_readers.hpp"

#include <cmath>

namespace triaged::channels {

std::string_view kind_of(ondemand::value& value)
{
    ondemand::json_type type{};
    if (value.type().get(type) != simdjson::SUCCESS) return "something that is not JSON";
    switch (type) {
        case ondemand::json_type::array:
            return "a list";
        case ondemand::json_type::object:
            return "an object";
        case ondemand::json_type::number:
            return "a number";
        case ondemand::json_type::string:
            return "a string";
        case ondemand::json_type::boolean:
            return "true or false";
        case ondemand::json_type::null:
            return "null";
    }
    return "something else";
}

tl::unexpected<Fault> fault(ErrorCode code, std::string message, std::string_view field)
{
    return tl::unexpected<Fault>(Fault{{code, std::move(message)}, std::string(field)});
}

tl::unexpected<Fault> bad_value(std::string_view field, std::string_view message)
{
    return fault(ErrorCode::bad_value, fmt::format("{} {}", field, message), field);
}

tl::unexpected<Fault> bad_bytes(simdjson::error_code failure)
{
    if (failure == simdjson::UTF8_ERROR) return fault(ErrorCode::bad_utf8, "the line is not UTF-8", "");
    return fault(ErrorCode::bad_json, fmt::format("not JSON: {}", simdjson::error_message(failure)), "");
}

tl::unexpected<Fault> wrong_type(std::string_view field, std::string_view wanted, ondemand::value& value,
                                 simdjson::error_code failure)
{
    if (failure != simdjson::INCORRECT_TYPE && failure != simdjson::NUMBER_ERROR) return bad_bytes(failure);
    if (const auto type = type_of(value); !type) return tl::unexpected<Fault>(type.error());
    if (failure == simdjson::NUMBER_ERROR) return bad_value(field, fmt::format("must be {}", wanted));
    return bad_value(field, fmt::format("must be {}, not {}", wanted, kind_of(value)));
}

Read<ondemand::json_type> type_of(ondemand::value& value)
{
    ondemand::json_type type{};
    if (const auto failure = value.type().get(type); failure != simdjson::SUCCESS) return bad_bytes(failure);
    return type;
}

Read<std::string_view> read_text(std::string_view field, ondemand::value& value)
{
    std::string_view text;
    if (const auto failure = value.get_string().get(text); failure != simdjson::SUCCESS)
        return wrong_type(field, "a string", value, failure);
    return text;
}

Read<std::string_view> read_name(std::string_view field, ondemand::value& value)
{
    const auto text = read_text(field, value);
    if (!text) return text;
    if (text->empty()) return bad_value(field, "must not be empty");
    if (text->size() > name_bytes_max)
        return bad_value(field, fmt::format("has more than {} bytes", name_bytes_max));
    return text;
}

Read<std::string_view> read_remark(std::string_view field, ondemand::value& value)
{
    const auto text = read_text(field, value);
    if (!text) return text;
    if (text->size() > remark_bytes_max)
        return bad_value(field, fmt::format("has more than {} bytes", remark_bytes_max));
    return text;
}

Read<bool> read_flag(std::string_view field, ondemand::value& value)
{
    bool flag = false;
    if (const auto failure = value.get_bool().get(flag); failure != simdjson::SUCCESS)
        return wrong_type(field, "true or false", value, failure);
    return flag;
}

Read<std::int64_t> read_integer(std::string_view field, ondemand::value& value, std::int64_t least,
                                std::int64_t most)
{
    const auto wanted = [&] { return fmt::format("a whole number from {} to {}", least, most); };
    std::int64_t number = 0;
    if (const auto failure = value.get_int64().get(number); failure != simdjson::SUCCESS)
        return wrong_type(field, wanted(), value, failure);
    if (number < least || number > most) return bad_value(field, fmt::format("must be {}", wanted()));
    return number;
}

Read<Instant> read_instant(std::string_view field, ondemand::value& value)
{
    const auto text = read_name(field, value);
    if (!text) return tl::unexpected<Fault>(text.error());
    const auto at = parse_instant(*text);
    if (!at) return fault(at.error().code, fmt::format("{}: {}", field, at.error().message), field);
    return *at;
}

Read<TicketId> read_ticket(std::string_view field, ondemand::value& value)
{
    const auto text = read_name(field, value);
    if (!text) return tl::unexpected<Fault>(text.error());
    const auto id = parse_ticket_id(*text);
    if (!id) return fault(id.error().code, id.error().message, field);
    return *id;
}

Read<ProblemId> read_problem(std::string_view field, ondemand::value& value)
{
    const auto text = read_name(field, value);
    if (!text) return tl::unexpected<Fault>(text.error());
    const auto id = parse_problem_id(*text);
    if (!id) return fault(id.error().code, id.error().message, field);
    return *id;
}

namespace {

/// A fact's value; a string points into the parser's buffer.
Read<FactValue> read_fact_value(std::string_view field, ondemand::value& value)
{
    const auto type = type_of(value);
    if (!type) return tl::unexpected<Fault>(type.error());
    if (*type == ondemand::json_type::boolean) {
        bool flag = false;
        if (const auto failure = value.get_bool().get(flag); failure != simdjson::SUCCESS)
            return bad_bytes(failure);
        return FactValue(flag);
    }
    if (*type == ondemand::json_type::number) {
        double number = 0;
        const auto failure = value.get_double().get(number);
        if (failure != simdjson::SUCCESS || !std::isfinite(number))
            return bad_value(field, "is not a number that can be held");
        return FactValue(number);
    }
    if (*type != ondemand::json_type::string)
        return bad_value(field,
                         fmt::format("must be a string, a number or true or false, not {}", kind_of(value)));
    const auto text = read_text(field, value);
    if (!text) return tl::unexpected<Fault>(text.error());
    if (text->size() > fact_bytes_max)
        return bad_value(field, fmt::format("has more than {} bytes", fact_bytes_max));
    return FactValue(*text);
}

tl::unexpected<Fault> unknown_fact(std::string_view name, std::string_view prefix, const FactTable& table)
{
    std::vector<std::string> known;
    for (const auto& [declared, declaration] : table)
        if (declared.starts_with(prefix)) known.push_back(declared);
    auto message = fmt::format("no fact '{}' is declared", name);
    if (const auto near = closest(name, known); !near.empty())
        message += fmt::format("; did you mean '{}'?", near);
    return fault(ErrorCode::unknown_field, std::move(message), name);
}

}  // namespace

Outcome read_fact(FactSet& facts, std::string_view name, std::string_view prefix, ondemand::value& value,
                  const FactTable& table)
{
    const auto declared = table.find(name);
    if (declared == table.end()) return unknown_fact(name, prefix, table);
    if (bool null = false; value.is_null().get(null) == simdjson::SUCCESS && null) return {};
    const auto fact = read_fact_value(name, value);
    if (!fact) return tl::unexpected<Fault>(fact.error());
    if (const auto fit = fits(declared->second, *fact); !fit)
        return fault(fit.error().code, fit.error().message, name);
    if (facts.find(name)) return bad_value(name, "appears twice");
    facts.set(name, *fact);
    return {};
}

}  // namespace triaged::channels
