// Tickets and contacts: one customer matter, and the messages and calls that make it up.

#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/model/facts.hpp"
#include "engine/model/ids.hpp"
#include "engine/model/time.hpp"

namespace triaged {

enum class Channel : std::uint8_t { faq, chat, email, phone };
inline constexpr std::array all_channels{Channel::faq, Channel::chat, Channel::email, Channel::phone};

/// Whether the customer is there and waits while they are on this channel.
constexpr bool is_live(Channel channel) { return channel == Channel::chat || channel == Channel::phone; }

std::string_view to_string(Channel channel);
std::optional<Channel> parse_channel(std::string_view text);

enum class Priority : std::uint8_t { low, normal, high, urgent };
inline constexpr std::array all_priorities{Priority::low, Priority::normal, Priority::high, Priority::urgent};

std::string_view to_string(Priority priority);
std::optional<Priority> parse_priority(std::string_view text);

/// Contacts of one customer whose times are kept, so that rules can count those in a window.
inline constexpr std::size_t recent_contacts_max = 32;

/// One message or call from a customer. `(source, ref)` names it for ever: sending it again changes nothing.
struct Contact {
    std::string source;  // the feeder
    std::string ref;     // the feeder's own name for it, unique within `source`
    Channel channel = Channel::email;
    Instant at;           // when the desk took it
    CustomerId customer;  // empty if unknown
    std::string subject;  // UTF-8
    std::string body;     // UTF-8
    FactSet facts;        // of the ticket (`order.value`, ...), never of the customer

    bool operator==(const Contact&) const = default;
};

/// A skill a ticket needs or an agent has; levels go from 1 to 5.
struct Skill {
    std::string name;
    int level = 1;

    auto operator<=>(const Skill&) const = default;
};
inline constexpr int skill_level_max = 5;

/// Sorted by name, one entry a name.
using Skills = std::vector<Skill>;

/// Adds `skill`, or raises the level of the one that is there.
void raise(Skills& skills, const Skill& skill);

/// Whether an agent with `has` can do what `needs` asks, each at its level or above.
bool covers(const Skills& has, const Skills& needs);

/// Where a ticket stands. It waits on its queue, is offered to one agent, or is assigned to one.
enum class TicketPhase : std::uint8_t { waiting, offered, assigned };

std::string_view to_string(TicketPhase phase);

}  // namespace triaged
