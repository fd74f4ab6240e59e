// Reply: reading what the daemon sent without trusting that every field is there.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "engine/model/result.hpp"
#include "engine/model/time.hpp"

namespace triaged::ctl {

/// Reads one line as a JSON object; `bad_json` otherwise.
Result<boost::json::object> parse_object(std::string_view line);

/// The text at `key`, else `otherwise`.
std::string text_at(const boost::json::object& object, std::string_view key, std::string_view otherwise = "");
/// The whole number at `key`, else 0.
std::int64_t number_at(const boost::json::object& object, std::string_view key);
bool is_true(const boost::json::object& object, std::string_view key);
/// The list or object at `key`, else an empty one.
const boost::json::array& list_at(const boost::json::object& object, std::string_view key);
const boost::json::object& object_at(const boost::json::object& object, std::string_view key);

/// Any value on one line as people read it: texts bare, lists with commas, objects as `a=1 b=2`.
std::string plain(const boost::json::value& value);

/// What a reply that is not `ok` says.
struct Refused {
    std::string code;
    std::string message;
    std::string field;  // of the request that it is about, or empty
};
Refused refusal_of(const boost::json::object& reply);

/// A span as people read it, two units at most: `0s`, `840ms`, `12s`, `3m 05s`, `2h 10m`, `4d 03h`.
std::string brief(Duration span);

/// A number with its thousands apart: `12,345`.
std::string grouped(std::int64_t number);

}  // namespace triaged::ctl
