#include "engine/daemon/reload.hpp"

#include <pthread.h>
#include <spdlog/spdlog.h>

#include "engine/channels/reply.hpp"
#include "engine/config/clock.hpp"

namespace triaged::daemon {

namespace {

void append_diagnostic(channels::JsonWriter& json, const Diagnostic& d)
{
    json.open().field("severity", d.severity == Severity::error ? "error" : "warning").field("code", d.code);
    json.field("file", d.file).field("line", d.line).field("column", d.column).field("length", d.length);
    json.field("message", d.message)
        .field("source_line", d.source_line)
        .field("suggestion", d.suggestion)
        .close();
}

void append_diagnostics(channels::JsonWriter& json, const std::vector<Diagnostic>& found)
{
    json.key("diagnostics").open_list();
    for (const auto& diagnostic : found) append_diagnostic(json, diagnostic);
    json.close_list();
}

std::string unavailable(const std::string& id, std::uint64_t line)
{
    auto refusal = channels::Refusal{};
    refusal.id = id;
    refusal.error = {ErrorCode::unavailable, "stopping: nothing was reloaded"};
    std::string out;
    channels::append_refusal(out, refusal, line);
    return out;
}

}  // namespace

Reloader::Reloader(const Loaded& loaded, Mailbox& mailbox, IntakeSlot& intake, RuleNames& rule_names,
                   Metrics& metrics, Hooks hooks)
    : file_(loaded.config.file),
      config_(loaded.config),
      in_force_(loaded.rulebook->id()),
      mailbox_(mailbox),
      intake_(intake),
      rule_names_(rule_names),
      metrics_(metrics),
      hooks_(std::move(hooks))
{
    thread_ = std::thread([this] { run(); });
}

Reloader::~Reloader() { stop(); }

void Reloader::request(std::string id, std::uint64_t line, std::function<void(std::string)> done)
{
    {
        const std::lock_guard lock(mutex_);
        if (!stopping_) {
            requests_.push_back({std::move(id), line, std::move(done)});
            wake_.notify_one();
            return;
        }
    }
    if (done) done(unavailable(id, line));
}

void Reloader::stop()
{
    std::deque<Request> left;
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        left.swap(requests_);
    }
    wake_.notify_one();
    if (thread_.joinable()) thread_.join();
    for (const auto& request : left)
        if (request.done) request.done(unavailable(request.id, request.line));
}

void Reloader::run()
{
    pthread_setname_np(pthread_self(), "reload");
    for (;;) {
        Request request;
        {
            std::unique_lock lock(mutex_);
            wake_.wait(lock, [&] { return stopping_ || !requests_.empty(); });
            if (requests_.empty()) return;
            request = std::move(requests_.front());
            requests_.pop_front();
        }
        hooks_.began();
        auto reply = reload(request);
        hooks_.ended();
        if (request.done) request.done(std::move(reply));
    }
}

std::string Reloader::reload(const Request& request)
{
    std::vector<Diagnostic> found;
    auto fault = Fault::none;
    auto loaded = load(file_, wall_clock(), found, fault);
    if (!loaded) return refuse(request, fault, found);
    warn_of_what_waits(loaded->config);
    loaded->config.desk.desk = config_.desk.desk;
    const auto id = loaded->rulebook->id();
    const bool changed = id != in_force_ || loaded->config.desk != config_.desk ||
                         loaded->config.vocabulary.facts != config_.vocabulary.facts;
    if (changed) {
        rule_names_.add(id, loaded->rulebook->rule_names());
        // Sessions read by the new rules once the desk decides by them; until then the desk scans again
        // itself.
        mailbox_.put(Adopt{loaded->policies(), [this, intake = loaded->intake()] { intake_.store(intake); }});
        in_force_ = id;
        config_ = loaded->config;
    }
    count(metrics_.reloads);
    spdlog::info("reloaded: rulebook {}, {} rules, {}", to_string(id), loaded->rulebook->rules().size(),
                 changed ? "in force" : "nothing has changed");
    std::string out;
    {
        channels::ReplyLine reply(out, request.id);
        reply.field("rulebook", to_string(id)).field("rules", loaded->rulebook->rules().size());
        reply.field("changed", changed);
        if (!found.empty()) append_diagnostics(reply.writer, found);
    }
    return out;
}

std::string Reloader::refuse(const Request& request, Fault fault, const std::vector<Diagnostic>& found)
{
    count(metrics_.reloads_refused);
    const bool rules = fault == Fault::rules;
    const auto errors = std::count_if(found.begin(), found.end(),
                                      [](const Diagnostic& d) { return d.severity == Severity::error; });
    const auto message = fmt::format("{} mistake{} in the {}; the old ones stay in force", errors,
                                     errors == 1 ? "" : "s", rules ? "rules" : "configuration");
    spdlog::error("not reloaded: {}\n{}", message, render(found, false));
    std::string out;
    channels::JsonWriter json(out);
    json.open().field("ok", false);
    if (!request.id.empty()) json.key("id").raw(request.id);
    const auto code = rules ? ErrorCode::bad_rulebook : ErrorCode::bad_config;
    metrics_.error(code);
    json.key("error")
        .open()
        .field("code", to_string(code))
        .field("message", message)
        .field("line", request.line)
        .close();
    append_diagnostics(json, found);
    json.close();
    out += '\n';
    return out;
}

/// Says what of a changed configuration only a restart brings into force.
void Reloader::warn_of_what_waits(const config::Config& newer) const
{
    const bool differs = newer.data_dir != config_.data_dir || newer.listen_unix != config_.listen_unix ||
                         newer.tokens.size() != config_.tokens.size() ||
                         newer.desk.desk != config_.desk.desk || newer.io_threads != config_.io_threads ||
                         newer.read_model != config_.read_model;
    if (differs)
        spdlog::warn("some of the configuration's changes need a restart: reload leaves them as they were");
}

}  // namespace triaged::daemon
