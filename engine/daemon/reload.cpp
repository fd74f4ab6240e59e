#include "engine/daemon/reload.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <tuple>

#include <pthread.h>

#include "engine/channels/reply.hpp"
#include "engine/config/clock.hpp"
#include "engine/daemon/log.hpp"
#include "engine/journal/codec.hpp"

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

constexpr std::chrono::milliseconds retired_again_after{50};

using Sources = std::vector<rulebook::Source>;

bool same_texts(const Sources& a, const Sources& b)
{
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const auto& x, const auto& y) { return x.file == y.file && x.text == y.text; });
}

bool same_names(const rulebook::Vocabulary& a, const rulebook::Vocabulary& b)
{
    return std::tie(a.facts, a.queues, a.skills, a.slas, a.leads) ==
           std::tie(b.facts, b.queues, b.skills, b.slas, b.leads);
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
                   Metrics& metrics, Shadow& shadow, Hooks hooks)
    : file_(loaded.config.file),
      config_(loaded.config),
      in_force_(loaded.rulebook),
      mailbox_(mailbox),
      intake_(intake),
      rule_names_(rule_names),
      metrics_(metrics),
      shadow_(shadow),
      hooks_(std::move(hooks))
{
    thread_ = std::thread([this] { run(); });
}

Reloader::~Reloader() { stop(); }

void Reloader::submit(Request request)
{
    {
        const std::lock_guard lock(mutex_);
        if (!stopping_) {
            requests_.push_back(std::move(request));
            wake_.notify_one();
            return;
        }
    }
    if (request.done) request.done(unavailable(request.id, request.line));
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
        free_retired();
        {
            std::unique_lock lock(mutex_);
            const auto wanted = [&] { return stopping_ || !requests_.empty(); };
            if (retired_.empty())
                wake_.wait(lock, wanted);
            else if (!wake_.wait_for(lock, retired_again_after, wanted))
                continue;
            if (requests_.empty()) return;
            request = std::move(requests_.front());
            requests_.pop_front();
        }
        hooks_.began();
        auto reply = carry_out(request);
        hooks_.ended();
        if (request.done) request.done(std::move(reply));
    }
}

void Reloader::free_retired()
{
    std::erase_if(retired_, [](const RulebookPtr& rulebook) { return rulebook.use_count() == 1; });
}

std::string Reloader::carry_out(Request& request)
{
    using enum channels::TryRules::Do;
    if (!request.rules) return reload(request);
    switch (request.rules->what) {
        case start:
            return start_shadow(request);
        case promote:
            return this->promote(request);
        case roll_back:
            return this->roll_back(request);
        case stop:
            break;
    }
    const auto candidate = shadow_.candidate();
    shadow_.stop();
    std::string out;
    channels::ReplyLine(out, request.id).field("stopped", candidate != nullptr);
    return out;
}

std::string Reloader::reload(const Request& request)
{
    std::vector<Diagnostic> found;
    auto fault = Fault::none;
    auto loaded = load(file_, wall_clock(), found, fault, in_force_.get());
    if (!loaded) return refuse_reload(request, fault, found);
    warn_of_what_waits(loaded->config);
    loaded->config.desk.desk = config_.desk.desk;
    const auto id = loaded->rulebook->id();
    const auto rules = loaded->rulebook->rules().size();
    const bool changed = id != in_force_->id() || loaded->config.desk != config_.desk ||
                         loaded->config.vocabulary.facts != config_.vocabulary.facts;
    hooks_.loaded(loaded->config);
    if (changed) bring_into_force(std::move(*loaded));
    count(metrics_.reloads);
    spdlog::info("reloaded: rulebook {}, {} rules, {}", to_string(id), rules,
                 changed ? "in force" : "nothing has changed");
    std::string out;
    {
        channels::ReplyLine reply(out, request.id);
        reply.field("rulebook", to_string(id)).field("rules", rules);
        reply.field("changed", changed);
        if (!found.empty()) append_diagnostics(reply.writer, found);
    }
    return out;
}

/// What was compiled aside decides from the next message on.
void Reloader::bring_into_force(Loaded loaded)
{
    const auto rulebook = loaded.rulebook;
    rule_names_.add(rulebook->id(), rulebook->rule_names());
    // Sessions read by the new rules once the desk decides by them; until then the desk scans again
    // itself.
    mailbox_.put(Adopt{loaded.policies(), [this, intake = loaded.intake()] { intake_.store(intake); }});
    if (!same_texts(rulebook->sources(), in_force_->sources())) sources_before_ = in_force_->sources();
    retired_.push_back(std::exchange(in_force_, rulebook));
    config_ = std::move(loaded.config);
}

Reloader::RulebookPtr Reloader::compile(const Sources& sources, std::optional<Instant> today,
                                        std::vector<Diagnostic>& found) const
{
    auto words = config_.vocabulary;
    words.today = today;
    return rulebook::Rulebook::load(sources, words, found, in_force_.get());
}

std::string Reloader::start_shadow(Request& request)
{
    Sources sources;
    // As they would be called in the folder of the rules, so that there they would be the same rulebook.
    const auto folder = std::filesystem::path(config_.rules_dir).filename();
    for (auto& [name, text] : request.rules->files)
        sources.push_back({(folder / name).string(), std::move(text)});
    std::vector<Diagnostic> found;
    const auto candidate = compile(sources, wall_clock(), found);
    if (!candidate)
        return refuse(request, ErrorCode::bad_rulebook,
                      "there are mistakes in the rules; no shadow was started", found);
    shadow_words_ = config_.vocabulary;
    shadow_.start(candidate, wall_clock());
    spdlog::info("shadow: rulebook {} runs beside the one in force", to_string(candidate->id()));
    std::string out;
    {
        channels::ReplyLine reply(out, request.id);
        reply.field("rulebook", to_string(candidate->id())).field("rules", candidate->rules().size());
        reply.field("same", candidate->id() == in_force_->id());
        if (!found.empty()) append_diagnostics(reply.writer, found);
    }
    return out;
}

std::string Reloader::promote(const Request& request)
{
    auto candidate = shadow_.candidate();
    if (!candidate)
        return refuse(request, ErrorCode::unavailable,
                      "no rules run in the shadow: there is nothing to promote", {});
    std::vector<Diagnostic> found;
    // Where queues, skills or facts have changed since, the names it uses are looked up again.
    if (!same_names(shadow_words_, config_.vocabulary))
        candidate = compile(candidate->sources(), std::nullopt, found);
    if (!candidate)
        return refuse(request, ErrorCode::bad_rulebook,
                      "the rules in the shadow name what the configuration no longer has", found);
    shadow_.stop();
    return now_in_force(request, candidate, "promoted", found);
}

std::string Reloader::roll_back(const Request& request)
{
    const auto sources = sources_before();
    if (!sources) return refuse(request, sources.error().code, sources.error().message, {});
    std::vector<Diagnostic> found;
    const auto rulebook = compile(*sources, std::nullopt, found);
    if (!rulebook)
        return refuse(request, ErrorCode::bad_rulebook,
                      "the rulebook before names what the configuration no longer has", found);
    return now_in_force(request, rulebook, "rolled back", found);
}

std::string Reloader::now_in_force(const Request& request, const RulebookPtr& rulebook, std::string_view how,
                                   const std::vector<Diagnostic>& found)
{
    const bool changed = rulebook->id() != in_force_->id();
    if (changed) bring_into_force({config_, rulebook});
    count(metrics_.reloads);
    const auto on_disk = config::read_rules(config_.rules_dir);
    const bool kept = on_disk && same_texts(*on_disk, rulebook->sources());
    spdlog::info("{}: rulebook {}, {} rules{}", how, to_string(rulebook->id()), rulebook->rules().size(),
                 kept ? "" : "; not what is on disk, which the next reload or start brings back");
    std::string out;
    {
        channels::ReplyLine reply(out, request.id);
        reply.field("rulebook", to_string(rulebook->id())).field("rules", rulebook->rules().size());
        reply.field("changed", changed).field("on_disk", kept);
        if (!found.empty()) append_diagnostics(reply.writer, found);
    }
    return out;
}

/// The rulebook that was in force before this one: from memory, or by reading the journal.
Result<Reloader::Sources> Reloader::sources_before() const
{
    if (!sources_before_.empty()) return sources_before_;
    const auto journal = hooks_.open_journal();
    if (!journal) return tl::unexpected<Error>(journal.error());
    Sources last, before;
    Result<void> sound;
    const auto read = (*journal)->read(0, [&](const journal::Batch& batch) {
        const auto events = journal::decode(batch.body, batch.first_seq, batch.count);
        if (!events) {
            sound = tl::unexpected<Error>(events.error());
            return false;
        }
        for (const auto& event : *events) {
            const auto* const adopted = std::get_if<RulebookAdopted>(&event.what);
            if (adopted == nullptr) continue;
            Sources sources;
            for (const auto& [file, text] : adopted->sources) sources.push_back({file, text});
            if (!same_texts(sources, last)) before = std::exchange(last, std::move(sources));
        }
        return true;
    });
    if (!read) return tl::unexpected<Error>(read.error());
    if (!sound) return tl::unexpected<Error>(sound.error());
    if (before.empty())
        return fail(ErrorCode::unavailable,
                    "there has been no other rulebook: there is nothing to go back to");
    return before;
}

std::string Reloader::refuse(const Request& request, ErrorCode code, const std::string& message,
                             const std::vector<Diagnostic>& found)
{
    spdlog::error("{}\n{}", message, render(found, false));
    std::string out;
    channels::JsonWriter json(out);
    json.open().field("ok", false);
    if (!request.id.empty()) json.key("id").raw(request.id);
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

std::string Reloader::refuse_reload(const Request& request, Fault fault, const std::vector<Diagnostic>& found)
{
    count(metrics_.reloads_refused);
    const bool rules = fault == Fault::rules;
    const auto errors = std::count_if(found.begin(), found.end(),
                                      [](const Diagnostic& d) { return d.severity == Severity::error; });
    const auto message = fmt::format("not reloaded: {} mistake{} in the {}; the old ones stay in force",
                                     errors, errors == 1 ? "" : "s", rules ? "rules" : "configuration");
    return refuse(request, rules ? ErrorCode::bad_rulebook : ErrorCode::bad_config, message, found);
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
