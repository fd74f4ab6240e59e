#include "engine/channels/request.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <simdjson.h>

#include "engine/channels/fields.hpp"

namespace triaged::channels {

namespace {

/// Levels of objects and arrays in `line`, whether or not it is JSON otherwise.
int nesting_of(std::string_view line)
{
    int depth = 0;
    int deepest = 0;
    bool in_string = false;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        if (in_string) {
            if (c == '\\') ++i;
            if (c == '"') in_string = false;
        } else if (c == '"') {
            in_string = true;
        } else if (c == '{' || c == '[') {
            deepest = std::max(deepest, ++depth);
        } else if (c == '}' || c == ']') {
            --depth;
        }
    }
    return deepest;
}

}  // namespace

struct RequestParser::Engine {
    ondemand::parser parser;
    int nesting_max = 16;

    Outcome read_line(std::string_view line, const FactTable& facts, Draft& draft);
    void rescue(std::string_view line, Refusal& refusal);
};

Outcome RequestParser::Engine::read_line(std::string_view line, const FactTable& facts, Draft& draft)
{
    ondemand::document document;
    const auto padded = simdjson::padded_string_view(line.data(), line.size(), line.size() + padding);
    if (const auto failure = parser.iterate(padded).get(document); failure != simdjson::SUCCESS) {
        if (failure == simdjson::EMPTY) return fault(ErrorCode::bad_json, "expected a JSON object", "");
        return bad_bytes(failure);
    }
    ondemand::object object;
    if (const auto failure = document.get_object().get(object); failure != simdjson::SUCCESS) {
        if (failure == simdjson::INCORRECT_TYPE)
            return fault(ErrorCode::bad_json, "expected a JSON object", "");
        return bad_bytes(failure);
    }
    for (auto entry : object) {
        std::string_view key;
        ondemand::value value;
        if (const auto failure = entry.unescaped_key().get(key); failure != simdjson::SUCCESS)
            return bad_bytes(failure);
        if (const auto failure = entry.value().get(value); failure != simdjson::SUCCESS)
            return bad_bytes(failure);
        const auto field = parse_field(key);
        if (!field) {
            if (draft.unknown.empty()) draft.unknown = key.substr(0, name_bytes_max);
            continue;
        }
        if (draft.seen.has(*field)) return bad_value(key, "appears twice");
        draft.seen.add(*field);
        if (auto outcome = read_field(draft, *field, value, facts); !outcome) return outcome;
    }
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
        return fault(ErrorCode::bad_json, "more follows the JSON object on its line", "");
    return {};
}

/// Looks for `ref` and `id` in a line that was refused before they were reached.
void RequestParser::Engine::rescue(std::string_view line, Refusal& refusal)
{
    ondemand::document document;
    const auto padded = simdjson::padded_string_view(line.data(), line.size(), line.size() + padding);
    ondemand::object object;
    if (parser.iterate(padded).get(document) != simdjson::SUCCESS) return;
    if (document.get_object().get(object) != simdjson::SUCCESS) return;
    for (auto entry : object) {
        std::string_view key;
        ondemand::value value;
        if (entry.unescaped_key().get(key) != simdjson::SUCCESS) return;
        if (entry.value().get(value) != simdjson::SUCCESS) return;
        if (key == "id" && !read_id(refusal.id, value)) refusal.id.clear();
        if (key == "ref" && !put(refusal.ref, read_name(key, value))) refusal.ref.clear();
    }
}

RequestParser::RequestParser(int nesting_max) : engine_(std::make_unique<Engine>())
{
    engine_->nesting_max = nesting_max;
}

RequestParser::~RequestParser() = default;
RequestParser::RequestParser(RequestParser&&) noexcept = default;
RequestParser& RequestParser::operator=(RequestParser&&) noexcept = default;

tl::expected<Request, Refusal> RequestParser::parse(std::string_view line, const FactTable& facts)
{
    Draft draft;
    auto outcome = engine_->read_line(line, facts, draft);
    const bool strange = !outcome || !draft.unknown.empty();
    // No operation has a place for deep values, so depth only matters once a line is wrong anyway.
    if (strange && nesting_of(line) > engine_->nesting_max)
        outcome = fault(
            ErrorCode::nested_too_deep,
            fmt::format("the line has more than {} levels of objects and lists", engine_->nesting_max), "");
    if (outcome) return build_request(std::move(draft));
    auto refusal = Refusal{std::move(outcome.error().error), std::move(outcome.error().field), {}, {}};
    if (refusal.error.code != ErrorCode::bad_json && refusal.error.code != ErrorCode::bad_utf8)
        engine_->rescue(line, refusal);
    return tl::unexpected<Refusal>(std::move(refusal));
}

}  // namespace triaged::channels
