#include "engine/channels/request.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <simdjson.h>

#include "engine/channels/operations.hpp"
#include "engine/channels/reply.hpp"

namespace triaged::channels {

namespace {

namespace ondemand = simdjson::ondemand;

struct Fault {
    Error error;
    std::string field;
};
using Outcome = tl::expected<void, Fault>;

template <class T>
using Read = tl::expected<T, Fault>;

tl::unexpected<Fault> fault(ErrorCode code, std::string message, std::string_view field)
{
    return tl::unexpected<Fault>(Fault{{code, std::move(message)}, std::string(field)});
}

tl::unexpected<Fault> bad_value(std::string_view field, std::string_view message)
{
    return fault(ErrorCode::bad_value, fmt::format("{} {}", field, message), field);
}

/// What simdjson found wrong with the bytes themselves.
tl::unexpected<Fault> bad_bytes(simdjson::error_code failure)
{
    if (failure == simdjson::UTF8_ERROR) return fault(ErrorCode::bad_utf8, "the line is not UTF-8", "");
    return fault(ErrorCode::bad_json, fmt::format("not JSON: {}", simdjson::error_message(failure)), "");
}

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

/// A getter failed: either the value is of another type or its bytes are broken.
tl::unexpected<Fault> wrong_type(std::string_view field, std::string_view wanted, ondemand::value& value,
                                 simdjson::error_code failure)
{
    if (failure != simdjson::INCORRECT_TYPE && failure != simdjson::NUMBER_ERROR) return bad_bytes(failure);
    ondemand::json_type type{};
    if (const auto broken = value.type().get(type); broken != simdjson::SUCCESS) return bad_bytes(broken);
    if (failure == simdjson::NUMBER_ERROR) return bad_value(field, fmt::format("must be {}", wanted));
    return bad_value(field, fmt::format("must be {}, not {}", wanted, kind_of(value)));
}

Read<std::string_view> read_text(std::string_view field, ondemand::value& value)
{
    std::string_view text;
    if (const auto failure = value.get_string().get(text); failure != simdjson::SUCCESS)
        return wrong_type(field, "a string", value, failure);
    return text;
}

/// A string of 1 to `bytes_max` bytes.
Read<std::string_view> read_name(std::string_view field, ondemand::value& value,
                                 std::size_t bytes_max = name_bytes_max)
{
    const auto text = read_text(field, value);
    if (!text) return text;
    if (text->empty()) return bad_value(field, "must not be empty");
    if (text->size() > bytes_max) return bad_value(field, fmt::format("has more than {} bytes", bytes_max));
    return text;
}

Outcome read_name_into(std::string& out, std::string_view field, ondemand::value& value)
{
    const auto name = read_name(field, value);
    if (!name) return tl::unexpected<Fault>(name.error());
    out = *name;
    return {};
}

Outcome read_flag(bool& out, std::string_view field, ondemand::value& value)
{
    if (const auto failure = value.get_bool().get(out); failure != simdjson::SUCCESS)
        return wrong_type(field, "true or false", value, failure);
    return {};
}

Outcome read_remark_into(std::string& out, std::string_view field, ondemand::value& value)
{
    const auto text = read_text(field, value);
    if (!text) return tl::unexpected<Fault>(text.error());
    if (text->size() > remark_bytes_max)
        return bad_value(field, fmt::format("has more than {} bytes", remark_bytes_max));
    out = *text;
    return {};
}

Outcome read_text_into(std::string& out, std::string_view field, ondemand::value& value)
{
    const auto text = read_text(field, value);
    if (!text) return tl::unexpected<Fault>(text.error());
    out = *text;
    return {};
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

/// A fact's value; a string points into the parser's buffer.
Read<FactValue> read_fact_value(std::string_view field, ondemand::value& value)
{
    ondemand::json_type type{};
    if (const auto failure = value.type().get(type); failure != simdjson::SUCCESS) return bad_bytes(failure);
    if (type == ondemand::json_type::boolean) {
        bool flag = false;
        if (const auto failure = value.get_bool().get(flag); failure != simdjson::SUCCESS)
            return bad_bytes(failure);
        return FactValue(flag);
    }
    if (type == ondemand::json_type::number) {
        double number = 0;
        const auto failure = value.get_double().get(number);
        if (failure != simdjson::SUCCESS || !std::isfinite(number))
            return bad_value(field, "is not a number that can be held");
        return FactValue(number);
    }
    if (type != ondemand::json_type::string)
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

/// Adds one declared fact to `facts`; a null says that nothing is known, as if it were left out.
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

/// `customer` and `order`: their facts are declared with a prefix that the request leaves out.
Outcome read_prefixed(FactSet& facts, std::string_view prefix, std::string* id, ondemand::value& value,
                      const FactTable& table)
{
    std::string name(prefix);
    const auto place = prefix.substr(0, prefix.size() - 1);
    return for_each_field(place, value, facts_max,
                          [&](std::string_view key, ondemand::value& inner) -> Outcome {
                              name.resize(prefix.size());
                              name += key;
                              if (id == nullptr || key != "id")
                                  return read_fact(facts, name, prefix, inner, table);
                              if (!id->empty()) return bad_value(name, "appears twice");
                              return read_name_into(*id, name, inner);
                          });
}

Outcome read_declared(FactSet& facts, ondemand::value& value, const FactTable& table)
{
    return for_each_field(
        "facts", value, facts_max, [&](std::string_view key, ondemand::value& inner) -> Outcome {
            const std::string name(key);
            if (key == "problem") return bad_value(name, "is what the desk alone knows");
            const bool has_own_place = key.starts_with("customer.") || key == "channel" || key == "source";
            if (has_own_place) return bad_value(name, "has a field of its own and is not one of `facts`");
            return read_fact(facts, name, "", inner, table);
        });
}

Outcome read_skills(Skills& skills, ondemand::value& value)
{
    return for_each_field("skills", value, skills_max,
                          [&](std::string_view key, ondemand::value& inner) -> Outcome {
                              const auto field = fmt::format("skills.{}", key);
                              if (key.empty() || key.size() > name_bytes_max)
                                  return bad_value("skills", "has a name of no or too many bytes");
                              const auto level = read_integer(field, inner, 1, skill_level_max);
                              if (!level) return tl::unexpected<Fault>(level.error());
                              raise(skills, Skill{std::string(key), static_cast<int>(*level)});
                              return {};
                          });
}

Outcome read_events(std::vector<std::string>& events, ondemand::value& value)
{
    ondemand::array list;
    if (const auto failure = value.get_array().get(list); failure != simdjson::SUCCESS)
        return wrong_type("events", "a list of names", value, failure);
    for (auto entry : list) {
        ondemand::value inner;
        if (const auto failure = entry.get(inner); failure != simdjson::SUCCESS) return bad_bytes(failure);
        const auto name = read_name("events", inner);
        if (!name) return tl::unexpected<Fault>(name.error());
        if (!is_event_name(*name))
            return bad_value("events", fmt::format("cannot hold '{}': no event has this name", *name));
        events.emplace_back(*name);
    }
    return {};
}

/// Rules files by their names, which hold no folders.
Outcome read_rules(std::vector<std::pair<std::string, std::string>>& files, ondemand::value& value)
{
    return for_each_field(
        "rules", value, rules_files_max, [&](std::string_view key, ondemand::value& inner) -> Outcome {
            std::string name(key);
            const auto known = [&](const auto& file) { return file.first == name; };
            if (name.empty() || name.size() > name_bytes_max || name.find('/') != std::string::npos)
                return bad_value("rules", "names each file without its folder, as in `40-route.yaml`");
            if (std::any_of(files.begin(), files.end(), known))
                return bad_value("rules", fmt::format("has '{}' twice", name));
            const auto text = read_text("rules", inner);
            if (!text) return tl::unexpected<Fault>(text.error());
            files.emplace_back(std::move(name), *text);
            return {};
        });
}

/// The request's own name, kept as JSON so that it is repeated as it came.
Outcome read_id(std::string& id, ondemand::value& value)
{
    ondemand::json_type type{};
    if (const auto failure = value.type().get(type); failure != simdjson::SUCCESS) return bad_bytes(failure);
    if (type == ondemand::json_type::number) {
        auto raw = value.raw_json_token();
        double number = 0;
        if (const auto failure = value.get_double().get(number);
            failure != simdjson::SUCCESS || !std::isfinite(number))
            return bad_value("id", "is not a number that can be held");
        while (!raw.empty() && (raw.back() == ' ' || raw.back() == '\t' || raw.back() == '\r'))
            raw.remove_suffix(1);
        if (raw.size() > name_bytes_max)
            return bad_value("id", fmt::format("has more than {} bytes", name_bytes_max));
        id = raw;
        return {};
    }
    if (type != ondemand::json_type::string)
        return bad_value("id", fmt::format("must be a string or a number, not {}", kind_of(value)));
    const auto text = read_name("id", value);
    if (!text) return tl::unexpected<Fault>(text.error());
    id.clear();
    append_json_string(id, *text);
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

/// Mail ids as a list or as the header has them. Of very many those closest to the mail, which come last, are
/// kept.
Outcome read_references(FactSet& facts, ondemand::value& value, const FactTable& table)
{
    ondemand::json_type type{};
    if (const auto failure = value.type().get(type); failure != simdjson::SUCCESS) return bad_bytes(failure);
    std::string all;
    if (type == ondemand::json_type::array) {
        ondemand::array list;
        if (const auto failure = value.get_array().get(list); failure != simdjson::SUCCESS)
            return bad_bytes(failure);
        for (auto entry : list) {
            ondemand::value inner;
            if (const auto failure = entry.get(inner); failure != simdjson::SUCCESS)
                return bad_bytes(failure);
            const auto id = read_name("references", inner);
            if (!id) return tl::unexpected<Fault>(id.error());
            all += all.empty() ? "" : " ";
            all += *id;
        }
    } else {
        const auto text = read_text("references", value);
        if (!text) return tl::unexpected<Fault>(text.error());
        all = *text;
    }
    if (all.size() > fact_bytes_max) {
        const auto space = all.find(' ', all.size() - fact_bytes_max);
        all.erase(0, space == std::string::npos ? all.size() : space + 1);
    }
    if (facts.find("mail.references")) return bad_value("mail.references", "appears twice");
    if (!all.empty() && table.contains("mail.references"))
        facts.set("mail.references", std::string_view(all));
    return {};
}

Outcome read_instant_into(std::optional<Instant>& out, std::string_view field, ondemand::value& value)
{
    const auto text = read_name(field, value);
    if (!text) return tl::unexpected<Fault>(text.error());
    const auto at = parse_instant(*text);
    if (!at) return fault(at.error().code, fmt::format("{}: {}", field, at.error().message), field);
    out = *at;
    return {};
}

Outcome read_flag_into(bool& out, std::string_view field, ondemand::value& value)
{
    if (const auto failure = value.get_bool().get(out); failure != simdjson::SUCCESS)
        return wrong_type(field, "true or false", value, failure);
    return {};
}

Outcome read_ticket(TicketId& ticket, std::string_view field, ondemand::value& value)
{
    const auto text = read_name(field, value);
    if (!text) return tl::unexpected<Fault>(text.error());
    const auto id = parse_ticket_id(*text);
    if (!id) return fault(id.error().code, id.error().message, field);
    ticket = *id;
    return {};
}

Outcome read_problem(ProblemId& problem, std::string_view field, ondemand::value& value)
{
    const auto text = read_name(field, value);
    if (!text) return tl::unexpected<Fault>(text.error());
    const auto id = parse_problem_id(*text);
    if (!id) return fault(id.error().code, id.error().message, field);
    problem = *id;
    return {};
}

/// A ticket, or of problems a problem.
Outcome read_into(Draft& draft, ondemand::value& value)
{
    const auto text = read_name("into", value);
    if (!text) return tl::unexpected<Fault>(text.error());
    if (const auto problem = parse_problem_id(*text)) {
        draft.into_problem = *problem;
        return {};
    }
    const auto id = parse_ticket_id(*text);
    if (!id) return fault(id.error().code, id.error().message, "into");
    draft.into = *id;
    return {};
}

Outcome read_tickets(std::vector<TicketId>& tickets, ondemand::value& value)
{
    ondemand::array list;
    if (const auto failure = value.get_array().get(list); failure != simdjson::SUCCESS)
        return wrong_type("tickets", "a list of tickets", value, failure);
    for (auto entry : list) {
        ondemand::value inner;
        if (const auto failure = entry.get(inner); failure != simdjson::SUCCESS) return bad_bytes(failure);
        if (tickets.size() == tickets_named_max)
            return bad_value("tickets", fmt::format("has more than {} entries", tickets_named_max));
        if (auto outcome = read_ticket(tickets.emplace_back(), "tickets", inner); !outcome) return outcome;
    }
    if (tickets.empty()) return bad_value("tickets", "must not be empty");
    return {};
}

Outcome read_instant(Instant& at, std::string_view field, ondemand::value& value)
{
    const auto text = read_name(field, value);
    if (!text) return tl::unexpected<Fault>(text.error());
    const auto read = parse_instant(*text);
    if (!read) return bad_value(field, read.error().message);
    at = *read;
    return {};
}

Outcome read_field(Draft& draft, Field field, ondemand::value& value, const FactTable& table)
{
    const auto name = to_string(field);
    auto& contact = draft.contact;
    switch (field) {
        case Field::op:
            return read_name_into(draft.op, name, value);
        case Field::id:
            return read_id(draft.id, value);
        case Field::ref:
            return read_name_into(contact.ref, name, value);
        case Field::source:
            return read_name_into(contact.source, name, value);
        case Field::channel:
            return read_choice(contact.channel, name, value, parse_channel, "faq, chat, email, phone");
        case Field::subject:
            return read_text_into(contact.subject, name, value);
        case Field::body:
            return read_text_into(contact.body, name, value);
        case Field::customer:
            return read_prefixed(draft.customer, "customer.", &contact.customer.value, value, table);
        case Field::order:
            return read_prefixed(contact.facts, "order.", nullptr, value, table);
        case Field::facts:
            return read_declared(contact.facts, value, table);
        case Field::language:
        case Field::marketplace:
            return read_fact(contact.facts, name, "", value, table);
        case Field::ticket:
            return read_ticket(draft.ticket, name, value);
        case Field::into:
            return read_into(draft, value);
        case Field::problem:
            return read_problem(draft.problem, name, value);
        case Field::tickets:
            return read_tickets(draft.tickets, value);
        case Field::about:
            return read_remark_into(draft.about, name, value);
        case Field::agent:
            return read_name_into(draft.agent.value, name, value);
        case Field::name:
            return read_name_into(draft.name, name, value);
        case Field::skills:
            return read_skills(draft.skills, value);
        case Field::capacity:
            return read_integer(name, value, 1, capacity_max).map([&](std::int64_t units) {
                draft.capacity = static_cast<int>(units);
            });
        case Field::presence:
            return read_choice(draft.presence, name, value, parse_presence, "available, away, offline");
        case Field::reason:
            return read_remark_into(draft.reason, name, value);
        case Field::disposition:
            return read_remark_into(draft.disposition, name, value);
        case Field::token:
            return read_name_into(draft.token, name, value);
        case Field::from:
            return read_integer(name, value, 0, std::numeric_limits<std::int64_t>::max())
                .map([&](std::int64_t seq) { draft.from = static_cast<Seq>(seq); });
        case Field::events:
            return read_events(draft.events, value);
        case Field::message_id:
            return read_fact(contact.facts, "mail.message_id", "", value, table);
        case Field::in_reply_to:
            return read_fact(contact.facts, "mail.in_reply_to", "", value, table);
        case Field::references:
            return read_references(contact.facts, value, table);
        case Field::force:
            return read_flag(draft.force, name, value);
        case Field::note:
            return read_remark_into(draft.note, name, value);
        case Field::queue:
            return read_name_into(draft.queue.value, name, value);
        case Field::to:
            return read_name_into(draft.to.value, name, value);
        case Field::rules:
            return read_rules(draft.rules, value);
        case Field::phone:
            return read_fact(contact.facts, "phone.number", "", value, table);
        case Field::number:
            return read_name_into(draft.number, name, value);
        case Field::at:
            return read_instant_into(draft.at, name, value);
        case Field::callback:
            return read_flag_into(draft.callback, name, value);
        case Field::nps:
            return read_integer(name, value, 0, 10).map([&](std::int64_t answer) {
                draft.nps = static_cast<int>(answer);
            });
        case Field::csat:
            return read_integer(name, value, 1, 5).map([&](std::int64_t answer) {
                draft.csat = static_cast<int>(answer);
            });
        case Field::text:
            return read_text_into(draft.text, name, value);
        case Field::contract:
            return read_name_into(draft.contract, name, value);
        case Field::sla:
            return read_name_into(draft.sla, name, value);
        case Field::until:
            return read_instant(draft.until, name, value);
    }
    return {};
}

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
        if (key == "ref" && !read_name_into(refusal.ref, key, value)) refusal.ref.clear();
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
