// Readers: one for each file of the configuration. They report every mistake and go on with what makes sense.

#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "engine/config/config.hpp"
#include "engine/config/section.hpp"

namespace triaged::config {

/// The files triaged.yaml names, absolute.
struct FileNames {
    std::filesystem::path queues;
    std::filesystem::path agents;
    std::filesystem::path calendars;
    bool calendars_named = false;  // else the file may be missing
};

/// triaged.yaml into `config`. `folder` is the file's own, from which relative paths count.
FileNames read_settings(const yaml::Document& document, const std::filesystem::path& folder, Config& config);

/// The parts of triaged.yaml, each leaving the defaults where its keys are missing.
void read_access(Section& settings, const std::filesystem::path& folder,
                 Config& config);  // `tokens` and `listen`
void read_desk(Section& settings, Config& config);
void read_facts(Section& settings, Config& config);
void read_outbox(Section& settings, const std::filesystem::path& folder,
                 Config& config);  // with what the files it names hold
void read_activity(Section& settings, Config& config);
void read_problems(Section& settings, Config& config);  // \pre the facts were read: keys name them
void read_threads(Section& settings, Config& config);   // \pre the facts were read: keys name them

/// `leads` of queues.yaml: `name: about`, or `name: {about, webhook, mail}`. \pre the outbox was read: it
/// says which hosts webhooks may go to, and whether there is a relay for mail.
void read_leads(const yaml::Document& document, const yaml::Node* node, Config& config);

/// The secret in `file`, without the newline at its end, or empty after an error at `node`.
std::string secret_from_file(const Section& section, const yaml::Node& node, const std::string& file);

/// `path` as seen from `folder`, without dots and without a slash at its end.
std::string absolute(const std::filesystem::path& folder, const std::string& path);

/// calendars.yaml: the calendars of `config.desk`, worked out around `today`. Holidays may come from further
/// files in `folder`, whose mistakes go to `found`, which is the document's own.
void read_calendars(const yaml::Document& document, const std::filesystem::path& folder, Instant today,
                    std::vector<Diagnostic>& found, Config& config);

/// The name of a calendar at `key`. \return it, or null if there is none or no such, which has been reported.
const Calendar* read_calendar(Section& owner, std::string_view key, const CalendarTable& calendars,
                              std::string& into);

/// queues.yaml: the skills, SLA policies, leads and queues of `config.desk` and `config.vocabulary`.
/// \pre the calendars were read: queues name them.
void read_queues(const yaml::Document& document, Config& config);

/// `slas` of queues.yaml. \pre the calendars were read: promises name them.
void read_slas(const yaml::Document& document, const yaml::Node* node, Config& config);

/// The `widen`, `overflow` and `when_closed` of a queue whose name and calendar are read. `queues`: all there
/// are.
void read_queue_steps(Section& section, const std::set<std::string>& skills,
                      const std::set<std::string>& queues, Queue& queue);

/// agents.yaml: the agents of `config.desk`. \pre the queues were read: agents name their skills.
void read_agents(const yaml::Document& document, Config& config);

/// The `skills` of `owner`, such as `{returns: 3, german: 2}`; names must be of `known`, levels 1 to 5.
Skills read_skills(Section& owner, const std::set<std::string>& known);

/// Whether `name` can name a queue, skill, lead, agent, …: letters, digits, `-`, `_` and `.`, at most 64 of
/// them.
bool is_name(std::string_view name);

/// As `is_name`; reports `bad-name` at `key` if not. `what` is the kind of thing named: "queue".
bool check_name(const yaml::Document& document, const yaml::Node& key, std::string_view what);

}  // namespace triaged::config
