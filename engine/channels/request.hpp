// Requests: one line of the socket protocol as a typed value, or why it is refused. docs/protocol.md is the
// contract.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "engine/model/command.hpp"

namespace triaged::channels {

struct Authenticate {
    std::string token;
};

struct Ping {};

/// Why a ticket the desk has stands where it stands.
struct ExplainTicket {
    TicketId ticket;
    AgentId agent;  // if set: why the ticket is not theirs
};

/// What would happen to a ticket that is not fed.
struct ExplainDraft {
    Contact contact;
    FactSet customer;
};

struct ShowStats {};
struct ShowQueues {};
struct ShowAgents {};

struct ShowProblems {};

struct ShowProblem {
    ProblemId problem;
};

struct ShowTicket {
    TicketId ticket;
};

/// How the clocks of a ticket's promises stand.
struct ShowSla {
    TicketId ticket;
};

struct Watch {
    std::optional<Seq> from;          // the last event the watcher has seen; nothing: only what is new
    std::vector<std::string> events;  // names of kinds, sorted; empty: all
};

struct Reload {};

/// What is to become of rules that run beside those in force, or of those in force.
struct TryRules {
    enum class Do { start, stop, promote, roll_back };
    Do what = Do::start;
    std::vector<std::pair<std::string, std::string>> files;  // of `start`: names without folders, and texts
};

struct ShowShadow {};

/// A `Command` goes to the desk as it is; its text facts are still empty and its contact has no time yet.
using RequestBody =
    std::variant<Command, Authenticate, Ping, ExplainTicket, ExplainDraft, ShowStats, ShowQueues, ShowAgents,
                 ShowTicket, Watch, Reload, ShowProblems, ShowProblem, TryRules, ShowShadow, ShowSla>;

struct Request {
    std::string id;  // JSON to be repeated in the reply: `"a-1"` or `12`; empty if the request has none
    RequestBody body;
};

/// Why a line is not a request, with what its reply should repeat.
struct Refusal {
    Error error;
    std::string field;  // the place, such as `customer.tier`; or empty
    std::string ref;    // where it could be read
    std::string id;     // likewise, as JSON

    bool operator==(const Refusal&) const = default;
};

inline constexpr std::size_t name_bytes_max = 255;  // ref, source, ids, tokens, names of agents and skills
inline constexpr std::size_t remark_bytes_max = 1'000;  // reasons and dispositions
inline constexpr std::size_t fact_bytes_max = 1'000;    // one text fact: the desk keeps them in memory
inline constexpr std::size_t facts_max = 64;            // of one customer, order or `facts` object
inline constexpr std::size_t skills_max = 64;
inline constexpr std::size_t rules_files_max = 1'000;
inline constexpr int capacity_max = 1'000;
inline constexpr std::size_t tickets_named_max = 256;  // of one `tickets` list

/// Reads lines. Keeps its buffers from line to line, so use one for many; not for two threads at once.
class RequestParser {
public:
    /// Bytes after a line that must be readable, whatever they hold: the parser looks at many at a time.
    static constexpr std::size_t padding = 64;

    /// \param nesting_max levels of objects and arrays a line may have, 3 or more.
    explicit RequestParser(int nesting_max);
    ~RequestParser();
    RequestParser(RequestParser&&) noexcept;
    RequestParser& operator=(RequestParser&&) noexcept;

    /// \param line  without its newline; `padding` more bytes after it are readable.
    /// \param facts what customers, orders and tickets may carry.
    tl::expected<Request, Refusal> parse(std::string_view line, const FactTable& facts);

private:
    struct Engine;
    std::unique_ptr<Engine> engine_;
};

}  // namespace triaged::channels
