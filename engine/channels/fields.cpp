#include "engine/channels/fields.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <type_traits>
#include <utility>

#include "engine/channels/reply.hpp"

namespace triaged::channels {

Outcome read_id(std::string& id, ondemand::value& value)
{
    const auto type = type_of(value);
    if (!type) return tl::unexpected<Fault>(type.error());
    if (*type == ondemand::json_type::number) {
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
    if (*type != ondemand::json_type::string)
        return bad_value("id", fmt::format("must be a string or a number, not {}", kind_of(value)));
    const auto text = read_name("id", value);
    if (!text) return tl::unexpected<Fault>(text.error());
    id.clear();
    append_json_string(id, *text);
    return {};
}

namespace {

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
                              return put(*id, read_name(name, inner));
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
    return for_each_item("events", "a list of names", value, [&](ondemand::value& inner) -> Outcome {
        const auto name = read_name("events", inner);
        if (!name) return tl::unexpected<Fault>(name.error());
        if (!is_event_name(*name))
            return bad_value("events", fmt::format("cannot hold '{}': no event has this name", *name));
        events.emplace_back(*name);
        return {};
    });
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

/// Mail ids as a list or as the header has them. Of very many those closest to the mail, which come last, are
/// kept.
Outcome read_references(FactSet& facts, ondemand::value& value, const FactTable& table)
{
    const auto type = type_of(value);
    if (!type) return tl::unexpected<Fault>(type.error());
    std::string all;
    const auto add = [&](ondemand::value& inner) -> Outcome {
        const auto id = read_name("references", inner);
        if (!id) return tl::unexpected<Fault>(id.error());
        all += all.empty() ? "" : " ";
        all += *id;
        return {};
    };
    auto outcome = *type == ondemand::json_type::array ? for_each_item("references", "a list", value, add)
                                                       : put(all, read_text("references", value));
    if (!outcome) return outcome;
    if (all.size() > fact_bytes_max) {
        const auto space = all.find(' ', all.size() - fact_bytes_max);
        all.erase(0, space == std::string::npos ? all.size() : space + 1);
    }
    if (facts.find("mail.references")) return bad_value("mail.references", "appears twice");
    if (!all.empty() && table.contains("mail.references"))
        facts.set("mail.references", std::string_view(all));
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
    auto outcome =
        for_each_item("tickets", "a list of tickets", value, [&](ondemand::value& inner) -> Outcome {
            if (tickets.size() == tickets_named_max)
                return bad_value("tickets", fmt::format("has more than {} entries", tickets_named_max));
            return put(tickets.emplace_back(), read_ticket("tickets", inner));
        });
    if (outcome && tickets.empty()) return bad_value("tickets", "must not be empty");
    return outcome;
}

/// One field of a line, and where what it says goes.
struct Given {
    Draft& draft;
    std::string_view name;
    ondemand::value& value;
    const FactTable& facts;

    Outcome fact(std::string_view fact_name) const
    {
        return read_fact(draft.contact.facts, fact_name, "", value, facts);
    }
};

using Reader = Outcome (*)(const Given&);

/// The readers of what is kept as it is, at its place in the draft.
template <auto place>
Outcome name(const Given& given)
{
    return put(given.draft.*place, read_name(given.name, given.value));
}
template <auto place>
Outcome id(const Given& given)
{
    return put((given.draft.*place).value, read_name(given.name, given.value));
}
template <auto place>
Outcome remark(const Given& given)
{
    return put(given.draft.*place, read_remark(given.name, given.value));
}
template <auto place>
Outcome flag(const Given& given)
{
    return put(given.draft.*place, read_flag(given.name, given.value));
}
template <auto place>
Outcome instant(const Given& given)
{
    return put(given.draft.*place, read_instant(given.name, given.value));
}
template <auto place, std::int64_t least, std::int64_t most>
Outcome integer(const Given& given)
{
    const auto number = read_integer(given.name, given.value, least, most);
    if (!number) return tl::unexpected<Fault>(number.error());
    using Number = std::remove_reference_t<decltype(given.draft.*place)>;
    if constexpr (std::is_integral_v<Number>)
        given.draft.*place = static_cast<Number>(*number);
    else
        given.draft.*place = static_cast<int>(*number);
    return {};
}
template <auto place, auto read>
Outcome list(const Given& given)
{
    return read(given.draft.*place, given.value);
}
template <auto place>
Outcome contact_name(const Given& given)
{
    return put(given.draft.contact.*place, read_name(given.name, given.value));
}
template <auto place>
Outcome contact_text(const Given& given)
{
    return put(given.draft.contact.*place, read_text(given.name, given.value));
}

constexpr std::pair<Field, Reader> known_fields[] = {
    {Field::op, name<&Draft::op>},
    {Field::id, list<&Draft::id, read_id>},
    {Field::ref, contact_name<&Contact::ref>},
    {Field::source, contact_name<&Contact::source>},
    {Field::channel,
     [](const Given& given) {
         return read_choice(given.draft.contact.channel, given.name, given.value, parse_channel,
                            "faq, chat, email, phone");
     }},
    {Field::subject, contact_text<&Contact::subject>},
    {Field::body, contact_text<&Contact::body>},
    {Field::customer,
     [](const Given& given) {
         return read_prefixed(given.draft.customer, "customer.", &given.draft.contact.customer.value,
                              given.value, given.facts);
     }},
    {Field::order,
     [](const Given& given) {
         return read_prefixed(given.draft.contact.facts, "order.", nullptr, given.value, given.facts);
     }},
    {Field::facts,
     [](const Given& given) { return read_declared(given.draft.contact.facts, given.value, given.facts); }},
    {Field::language, [](const Given& given) { return given.fact("language"); }},
    {Field::marketplace, [](const Given& given) { return given.fact("marketplace"); }},
    {Field::message_id, [](const Given& given) { return given.fact("mail.message_id"); }},
    {Field::in_reply_to, [](const Given& given) { return given.fact("mail.in_reply_to"); }},
    {Field::phone, [](const Given& given) { return given.fact("phone.number"); }},
    {Field::references,
     [](const Given& given) { return read_references(given.draft.contact.facts, given.value, given.facts); }},
    {Field::ticket,
     [](const Given& given) { return put(given.draft.ticket, read_ticket(given.name, given.value)); }},
    {Field::into, [](const Given& given) { return read_into(given.draft, given.value); }},
    {Field::problem,
     [](const Given& given) { return put(given.draft.problem, read_problem(given.name, given.value)); }},
    {Field::tickets, list<&Draft::tickets, read_tickets>},
    {Field::about, remark<&Draft::about>},
    {Field::agent, id<&Draft::agent>},
    {Field::name, name<&Draft::name>},
    {Field::skills, list<&Draft::skills, read_skills>},
    {Field::capacity, integer<&Draft::capacity, 1, capacity_max>},
    {Field::presence,
     [](const Given& given) {
         return read_choice(given.draft.presence, given.name, given.value, parse_presence,
                            "available, away, offline");
     }},
    {Field::reason, remark<&Draft::reason>},
    {Field::disposition, remark<&Draft::disposition>},
    {Field::token, name<&Draft::token>},
    {Field::from, integer<&Draft::from, 0, std::numeric_limits<std::int64_t>::max()>},
    {Field::events, list<&Draft::events, read_events>},
    {Field::force, flag<&Draft::force>},
    {Field::note, remark<&Draft::note>},
    {Field::queue, id<&Draft::queue>},
    {Field::to, id<&Draft::to>},
    {Field::rules, list<&Draft::rules, read_rules>},
    {Field::number, name<&Draft::number>},
    {Field::at, instant<&Draft::at>},
    {Field::callback, flag<&Draft::callback>},
    {Field::nps, integer<&Draft::nps, 0, 10>},
    {Field::csat, integer<&Draft::csat, 1, 5>},
    {Field::text,
     [](const Given& given) { return put(given.draft.text, read_text(given.name, given.value)); }},
    {Field::contract, name<&Draft::contract>},
    {Field::sla, name<&Draft::sla>},
    {Field::until, instant<&Draft::until>},
};

constexpr auto readers = [] {
    std::array<Reader, field_count> by_field{};
    for (const auto& [field, reader] : known_fields) by_field[static_cast<std::size_t>(field)] = reader;
    return by_field;
}();
// Fields are compared, not readers: to g++ 12 with sanitizers the address of a function is no constant.
constexpr bool each_once = [] {
    std::array<bool, field_count> read{};
    for (const auto& known : known_fields)
        if (std::exchange(read[static_cast<std::size_t>(known.first)], true)) return false;
    return std::size(known_fields) == field_count;
}();
static_assert(each_once, "every field has one reader");

}  // namespace

Outcome read_field(Draft& draft, Field field, ondemand::value& value, const FactTable& facts)
{
    return readers[static_cast<std::size_t>(field)]({draft, to_string(field), value, facts});
}

}  // namespace triaged::channels
