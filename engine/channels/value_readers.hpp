// Readers of single JSON values: each says what is wrong with a value in terms of the field it stands in.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>
#include <simdjson.h>

#include "engine/channels/request.hpp"

namespace triaged::channels {

namespace ondemand = simdjson::ondemand;

/// Why a value, or a line, is not what it should be.
struct Fault {
    Error error;
    std::string field;
};
using Outcome = tl::expected<void, Fault>;

template <class T>
using Read = tl::expected<T, Fault>;

tl::unexpected<Fault> fault(ErrorCode code, std::string message, std::string_view field);
tl::unexpected<Fault> bad_value(std::string_view field, std::string_view message);
/// What simdjson found wrong with the bytes themselves.
tl::unexpected<Fault> bad_bytes(simdjson::error_code failure);
/// A getter failed: either the value is of another type or its bytes are broken.
tl::unexpected<Fault> wrong_type(std::string_view field, std::string_view wanted, ondemand::value& value,
                                 simdjson::error_code failure);

/// The type, for people: "a list".
std::string_view kind_of(ondemand::value& value);
Read<ondemand::json_type> type_of(ondemand::value& value);

/// What is read points into the parser's buffer.
Read<std::string_view> read_text(std::string_view field, ondemand::value& value);
/// A string of 1 to `name_bytes_max` bytes.
Read<std::string_view> read_name(std::string_view field, ondemand::value& value);
/// A string of at most `remark_bytes_max` bytes.
Read<std::string_view> read_remark(std::string_view field, ondemand::value& value);
Read<bool> read_flag(std::string_view field, ondemand::value& value);
Read<std::int64_t> read_integer(std::string_view field, ondemand::value& value, std::int64_t least,
                                std::int64_t most);
Read<Instant> read_instant(std::string_view field, ondemand::value& value);
Read<TicketId> read_ticket(std::string_view field, ondemand::value& value);
Read<ProblemId> read_problem(std::string_view field, ondemand::value& value);

/// Adds one declared fact to `facts`; a null says that nothing is known, as if it were left out.
/// \param prefix  of the facts that the field may hold, for suggestions
Outcome read_fact(FactSet& facts, std::string_view name, std::string_view prefix, ondemand::value& value,
                  const FactTable& table);

/// Puts what was read in its place.
template <class To, class From>
Outcome put(To& place, Read<From> read)
{
    if (!read) return tl::unexpected<Fault>(std::move(read.error()));
    place = std::move(*read);
    return {};
}

template <class T, class Parse>
Outcome read_choice(T& out, std::string_view field, ondemand::value& value, const Parse& parse,
                    std::string_view choices)
{
    const auto name = read_name(field, value);
    if (!name) return tl::unexpected<Fault>(name.error());
    const auto choice = parse(*name);
    if (!choice) return bad_value(field, fmt::format("cannot be '{}'; it is one of {}", *name, choices));
    out = *choice;
    return {};
}

/// Calls `take(key, value)` for each field of an object.
template <class Take>
Outcome for_each_field(std::string_view field, ondemand::value& value, std::size_t fields_max,
                       const Take& take)
{
    ondemand::object object;
    if (const auto failure = value.get_object().get(object); failure != simdjson::SUCCESS)
        return wrong_type(field, "an object", value, failure);
    std::size_t count = 0;
    for (auto entry : object) {
        std::string_view key;
        ondemand::value inner;
        if (const auto failure = entry.unescaped_key().get(key); failure != simdjson::SUCCESS)
            return bad_bytes(failure);
        if (const auto failure = entry.value().get(inner); failure != simdjson::SUCCESS)
            return bad_bytes(failure);
        if (++count > fields_max)
            return bad_value(field, fmt::format("has more than {} entries", fields_max));
        if (auto outcome = take(key, inner); !outcome) return outcome;
    }
    return {};
}

/// Calls `take(value)` for each value of a list. \param wanted  such as "a list of names"
template <class Take>
Outcome for_each_item(std::string_view field, std::string_view wanted, ondemand::value& value,
                      const Take& take)
{
    ondemand::array list;
    if (const auto failure = value.get_array().get(list); failure != simdjson::SUCCESS)
        return wrong_type(field, wanted, value, failure);
    for (auto entry : list) {
        ondemand::value inner;
        if (const auto failure = entry.get(inner); failure != simdjson::SUCCESS) return bad_bytes(failure);
        if (auto outcome = take(inner); !outcome) return outcome;
    }
    return {};
}

}  // namespace triaged::channels
