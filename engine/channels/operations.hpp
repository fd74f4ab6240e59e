// Operations: which fields each `op` has, and what they make. One table, so that protocol and code cannot
// drift.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/channels/request.hpp"

namespace triaged::channels {

enum class Field : std::uint8_t {
    op,
    id,
    ref,
    source,
    channel,
    subject,
    body,
    customer,
    order,
    facts,
    language,
    marketplace,
    ticket,
    agent,
    name,
    skills,
    capacity,
    presence,
    reason,
    disposition,
    token,
    from,
    events,
    into,
    message_id,
    in_reply_to,
    references,
    phone,
    nps,
    csat,
    text,
    contract,
    sla,
    until,
    problem,
    tickets,
    about,
    queue,
    force,
    note,
    to,
    rules,
    number,
    at,
    callback
};
inline constexpr std::size_t field_count = static_cast<std::size_t>(Field::callback) + 1;

std::string_view to_string(Field field);
std::optional<Field> parse_field(std::string_view name);

class FieldSet {
public:
    constexpr FieldSet() = default;
    constexpr FieldSet(std::initializer_list<Field> fields)
    {
        for (const auto field : fields) add(field);
    }

    constexpr void add(Field field) { bits_ |= bit(field); }
    constexpr bool has(Field field) const { return (bits_ & bit(field)) != 0; }
    constexpr FieldSet operator|(FieldSet other) const { return FieldSet(bits_ | other.bits_); }
    /// The fields of this set that are not in `other`.
    constexpr FieldSet without(FieldSet other) const { return FieldSet(bits_ & ~other.bits_); }
    constexpr bool empty() const { return bits_ == 0; }
    /// \pre not empty
    Field first() const;

private:
    static constexpr std::uint64_t bit(Field field)
    {
        return std::uint64_t{1} << static_cast<unsigned>(field);
    }
    constexpr explicit FieldSet(std::uint64_t bits) : bits_(bits) {}

    std::uint64_t bits_ = 0;
};

/// What a line said, field by field, before anybody knows whether its operation has such fields.
struct Draft {
    FieldSet seen;
    std::string op;
    std::string id;  // as JSON
    Contact contact;
    FactSet customer;
    TicketId ticket;
    TicketId into;
    ProblemId problem;
    ProblemId into_problem;
    std::vector<TicketId> tickets;
    std::string about;
    QueueName queue;
    AgentId agent;
    std::string name;
    Skills skills;
    int capacity = 0;
    Presence presence = Presence::available;
    std::string reason;
    std::string disposition;
    Instant until = Instant::max();
    bool force = false;
    std::string note;
    AgentId to;
    std::string token;
    Seq from = 0;
    std::vector<std::string> events;
    std::string number;
    std::optional<Instant> at;
    bool callback = false;
    std::optional<int> nps;
    std::optional<int> csat;
    std::string text;
    std::string contract;
    std::string sla;
    std::vector<std::pair<std::string, std::string>> rules;
    std::string unknown;  // the first field no operation has
};

/// Checks that `draft` has the fields its operation needs and no others, and makes the request of it.
tl::expected<Request, Refusal> build_request(Draft&& draft);

}  // namespace triaged::channels
