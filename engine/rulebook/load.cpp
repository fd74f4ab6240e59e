// Rulebook::load: sources to a compiled rulebook, or to everything that is wrong with them.

#include <algorithm>
#include <array>
#include <tuple>

#include <fmt/format.h>
#include <xxhash.h>

#include "engine/rulebook/match.hpp"
#include "engine/rulebook/read_rules.hpp"

namespace triaged::rulebook {

namespace {

constexpr std::array all_stages{Stage::enrich, Stage::classify, Stage::prioritise, Stage::route,
                                Stage::escalate};

class Loader {
public:
    Loader(const std::vector<Source>& sources, const Vocabulary& vocabulary, std::vector<Diagnostic>& found)
        : context_(vocabulary), found_(found)
    {
        for (const auto& source : sources) {
            documents_.push_back(std::make_unique<yaml::Document>(source.file, source.text, found));
            if (documents_.back()->broken()) context_.lists_complete = false;
        }
    }

    void read()
    {
        // Lists first: any rule may use any of them.
        for (const auto& document : documents_) read_lists(*document);
        for (const auto& document : documents_)
            if (!document->broken()) read_file(*document);
        std::stable_sort(drafts_.begin(), drafts_.end(),
                         [](const RuleDraft& a, const RuleDraft& b) { return a.info.stage < b.info.stage; });
    }

    /// What concerns rules together.
    void check()
    {
        check_names();
        check_default();
        check_asked(context_.intents_asked, "intent",
                    [](const Effects& effects, std::vector<std::string>& names) {
                        if (!effects.intent.empty()) names.push_back(effects.intent);
                    });
        check_asked(context_.tags_asked, "tag", [](const Effects& effects, std::vector<std::string>& names) {
            names.insert(names.end(), effects.tags.begin(), effects.tags.end());
        });
        for (const auto& [name, list] : context_.lists)
            if (!list.used && context_.lists_complete)
                list.key.document->warning(list.key.node->place, "unused-list",
                                           fmt::format("no rule uses the list '{}'", name));
    }

    /// \param text_of  whose compiled text may serve, or null
    std::unique_ptr<Rulebook::Compiled> compile(const Rulebook::Compiled* text_of)
    {
        auto out = std::make_unique<Rulebook::Compiled>();
        out->rules.reserve(drafts_.size());
        out->infos.reserve(drafts_.size());
        for (auto& draft : drafts_) {
            draft.rule.conditions.shrink_to_fit();  // kept by the hundred thousand
            draft.info.conditions.shrink_to_fit();
            ++out->stage_begin[static_cast<std::size_t>(draft.info.stage) + 1];
            out->rules.push_back(std::move(draft.rule));
            out->infos.push_back(std::move(draft.info));
        }
        for (std::size_t i = 1; i < out->stage_begin.size(); ++i)
            out->stage_begin[i] += out->stage_begin[i - 1];
        out->symbols = std::move(context_.symbols);
        const bool same_text = text_of != nullptr && text_of->symbols.patterns() == out->symbols.patterns();
        out->scanner =
            same_text ? text_of->scanner : std::make_shared<const TextScanner>(out->symbols.patterns());
        out->index = AccessIndex(out->rules, out->symbols);
        return out;
    }

private:
    void read_lists(const yaml::Document& document)
    {
        const auto& root = document.root();
        const auto place = std::find_if(root.entries.begin(), root.entries.end(),
                                        [](const yaml::Entry& entry) { return entry.key->text == "lists"; });
        if (place == root.entries.end()) return;
        if (root.entries.size() > 1) {
            document.error(place->key->place, "mixed-file", "lists live in a file of their own");
            return;
        }
        if (place->value->kind != yaml::Kind::map) {
            document.error(place->value->place, "wrong-type", "'lists' holds a map of names and lists");
            return;
        }
        for (const auto& entry : place->value->entries) read_list(document, entry);
    }

    void read_list(const yaml::Document& document, const yaml::Entry& entry)
    {
        NamedList list{{&document, entry.key}, {}, false};
        if (entry.value->kind != yaml::Kind::list)
            document.error(entry.value->place, "wrong-type",
                           fmt::format("'{}' must be a list", entry.key->text));
        for (const auto* const item : entry.value->items) {
            if (!item->quoted && item->text.starts_with('$') && item->text.size() > 1)
                document.error(item->place, "bad-value", "a list cannot hold another list");
            list.items.push_back({&document, item});
        }
        if (list.items.empty() && entry.value->kind == yaml::Kind::list)
            document.error(entry.value->place, "empty",
                           fmt::format("the list '{}' is empty", entry.key->text));
        const auto [place, added] = context_.lists.try_emplace(entry.key->text, std::move(list));
        if (!added)
            document.error(
                entry.key->place, "repeated-list",
                fmt::format("the list '{}' is already in {}:{}", entry.key->text,
                            place->second.key.document->file(), place->second.key.node->place.line));
    }

    void read_file(const yaml::Document& document)
    {
        yaml::MapReader map(document, document.root(), "a rules file");
        if (!map.is_map() || map.take("lists")) return;
        const auto* const stage_node = map.require("stage");
        const auto* const rules = map.require("rules");
        map.finish();
        if (!stage_node || !rules) return;
        const auto stage = read_stage(document, *stage_node);
        if (rules->kind != yaml::Kind::list) {
            document.error(rules->place, "wrong-type", "'rules' holds a list of rules");
            return;
        }
        if (!stage) return;
        for (const auto* const item : rules->items)
            if (auto draft = read_rule(context_, document, *stage, *item))
                drafts_.push_back(std::move(*draft));
    }

    static std::optional<Stage> read_stage(const yaml::Document& document, const yaml::Node& node)
    {
        const auto text = yaml::read_text(document, node, "stage");
        if (!text) return std::nullopt;
        const auto stage = parse_stage(*text);
        if (stage) return stage;
        std::vector<std::string> known;
        for (const auto each : all_stages) known.emplace_back(to_string(each));
        document.error(node.place, "unknown-stage", fmt::format("there is no stage '{}'", *text),
                       yaml::suggest(*text, known));
        return std::nullopt;
    }

    void check_names() const
    {
        std::map<std::string_view, const RuleDraft*> first;
        for (const auto& draft : drafts_) {
            const auto [place, added] = first.try_emplace(draft.info.name, &draft);
            if (added) continue;
            const auto& other = place->second->info;
            draft.where.error("repeated-rule", fmt::format("a rule '{}' is already in {}:{}", draft.info.name,
                                                           other.file, other.line));
        }
    }

    void check_default() const
    {
        const RuleDraft* last = nullptr;
        const RuleDraft* taker = nullptr;
        for (const auto& draft : drafts_) {
            if (draft.info.stage != Stage::route || draft.rule.off) continue;
            if (taker)
                draft.where.error(
                    "unreachable",
                    fmt::format("rule '{}' is never reached: '{}' ({}:{}) takes every ticket",
                                draft.info.name, taker->info.name, taker->info.file, taker->info.line),
                    "move the rule without `when` to the end of the last file of route");
            last = &draft;
            if (!taker && !draft.has_when) taker = &draft;
        }
        if (taker || !context_.lists_complete) return;
        const std::string message = "route has no default: the last rule must apply to every ticket";
        const std::string suggestion =
            fmt::format("end route with `- rule: default` and `then: {{queue: {}}}`, without `when`",
                        context_.queues.empty() ? "general" : context_.queues.back());
        if (last) {
            last->where.error("no-default", message, suggestion);
        } else {
            const auto file = documents_.empty() ? std::string("rules") : documents_.back()->file();
            found_.push_back({Severity::error, "no-default", file, 0, 0, 1, message, "", suggestion});
        }
    }

    /// Warns of names that conditions ask for and no rule gives: such a condition never holds.
    template <class Collect>
    void check_asked(const std::vector<NameUse>& asked, std::string_view what, Collect collect) const
    {
        if (asked.empty() || !context_.lists_complete) return;
        std::vector<std::string> given;
        for (const auto& draft : drafts_) collect(draft.rule.effects, given);
        std::sort(given.begin(), given.end());
        given.erase(std::unique(given.begin(), given.end()), given.end());
        for (const auto& use : asked)
            if (!std::binary_search(given.begin(), given.end(), use.name))
                use.where.document->warning(use.where.node->place, "never-set",
                                            fmt::format("no rule sets the {} '{}'", what, use.name),
                                            yaml::suggest(use.name, given));
    }

    ReadContext context_;
    std::vector<Diagnostic>& found_;
    std::vector<std::unique_ptr<yaml::Document>> documents_;
    std::vector<RuleDraft> drafts_;
};

/// Hashes pieces with their sizes, so that no two sequences of pieces run together alike.
class Digest {
public:
    Digest() { XXH3_128bits_reset(state_.get()); }

    void add(std::string_view piece)
    {
        const std::uint64_t size = piece.size();
        XXH3_128bits_update(state_.get(), &size, sizeof size);
        XXH3_128bits_update(state_.get(), piece.data(), piece.size());
    }
    template <class Names>
    void add_all(const Names& names)
    {
        add(std::to_string(names.size()));
        for (const auto& name : names) add(name);
    }
    XXH128_hash_t finish() const { return XXH3_128bits_digest(state_.get()); }

private:
    struct Free {
        void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
    };
    std::unique_ptr<XXH3_state_t, Free> state_{XXH3_createState()};
};

XXH128_hash_t digest_of(const std::vector<Source>& sources, const Vocabulary& vocabulary)
{
    Digest digest;
    for (const auto& [file, text] : sources) {
        digest.add(file);
        digest.add(text);
    }
    for (const auto& [name, fact] : vocabulary.facts) {
        digest.add(name);
        digest.add(to_string(fact.type));
        digest.add_all(fact.choices);
    }
    std::vector<std::string> queues;
    for (const auto& queue : vocabulary.queues) queues.push_back(queue.value);
    digest.add_all(queues);
    digest.add_all(vocabulary.skills);
    digest.add_all(vocabulary.slas);
    digest.add_all(vocabulary.leads);
    return digest.finish();
}

std::uint32_t clock_bit(Clock clock) { return 1U << static_cast<unsigned>(clock); }

/// The clocks that it reads, a bit each.
std::uint32_t clocks_of(const Condition& condition)
{
    const auto each = [](const std::vector<Condition>& parts) {
        std::uint32_t bits = 0;
        for (const auto& part : parts) bits |= clocks_of(part);
        return bits;
    };
    if (const auto* const elapsed = std::get_if<Elapsed>(&condition.is)) return clock_bit(elapsed->clock);
    if (const auto* const all = std::get_if<All>(&condition.is)) return each(all->parts);
    if (const auto* const any = std::get_if<Any>(&condition.is)) return each(any->parts);
    if (const auto* const none = std::get_if<Not>(&condition.is)) return each(none->parts);
    return 0;
}

/// Marks the slots that `conditions` read.
void mark_slots(const std::vector<Condition>& conditions, std::vector<bool>& slots)
{
    struct Visitor {
        std::vector<bool>& slots;

        void operator()(const Holds& holds) const { slots[holds.slot] = true; }
        void operator()(const InRange& range) const { slots[range.slot] = true; }
        void operator()(const Present& present) const { slots[present.slot] = true; }
        void operator()(const All& group) const { mark_slots(group.parts, slots); }
        void operator()(const Any& group) const { mark_slots(group.parts, slots); }
        void operator()(const Not& group) const { mark_slots(group.parts, slots); }
        void operator()(const Elapsed&) const {}
        void operator()(const Promised&) const {}
        void operator()(const OpenHours&) const {}
        void operator()(const Recent& recent) const { slots[recent.slot] = true; }
    };
    for (const auto& condition : conditions) std::visit(Visitor{slots}, condition.is);
}

template <class Names>
std::vector<std::string> as_list(const Names& names)
{
    return {names.begin(), names.end()};
}

}  // namespace

ReadContext::ReadContext(const Vocabulary& words)
    : vocabulary(words),
      skills(as_list(words.skills)),
      slas(as_list(words.slas)),
      leads(as_list(words.leads)),
      calendars(as_list(words.calendars))
{
    for (const auto& [name, fact] : words.facts) facts.push_back(name);
    for (const auto& queue : words.queues) queues.push_back(queue.value);
}

std::string_view to_string(Stage stage)
{
    switch (stage) {
        case Stage::enrich:
            return "enrich";
        case Stage::classify:
            return "classify";
        case Stage::prioritise:
            return "prioritise";
        case Stage::route:
            return "route";
        case Stage::escalate:
            return "escalate";
    }
    return "";
}

std::optional<Stage> parse_stage(std::string_view text)
{
    for (const auto stage : all_stages)
        if (to_string(stage) == text) return stage;
    return std::nullopt;
}

std::shared_ptr<const Rulebook> Rulebook::load(const std::vector<Source>& sources,
                                               const Vocabulary& vocabulary, std::vector<Diagnostic>& found,
                                               const Rulebook* before)
{
    auto sorted = sources;
    std::sort(sorted.begin(), sorted.end(), [](const Source& a, const Source& b) { return a.file < b.file; });
    std::vector<Diagnostic> mine;
    Loader loader(sorted, vocabulary, mine);
    loader.read();
    loader.check();
    const bool failed = has_errors(mine);
    std::stable_sort(mine.begin(), mine.end(), [](const Diagnostic& a, const Diagnostic& b) {
        return std::tie(a.file, a.line, a.column) < std::tie(b.file, b.line, b.column);
    });
    found.insert(found.end(), std::make_move_iterator(mine.begin()), std::make_move_iterator(mine.end()));
    if (failed) return nullptr;

    auto compiled = loader.compile(before == nullptr ? nullptr : &before->compiled());
    const auto& slots = compiled->symbols.slots();
    for (SlotIndex slot = first_fact_slot; slot < slots.size(); ++slot)
        if (auto fact = parse_desk_fact(slots[slot].name)) {
            compiled->desk_facts.push_back(std::move(*fact));
            compiled->desk_slots.push_back(slot);
        }
    compiled->contacts_slot = compiled->symbols.find_slot(contacts_fact);
    for (const auto& rule : compiled->rules)
        for (const auto& condition : rule.conditions) compiled->clocks_read |= clocks_of(condition);
    compiled->escalation_slots.resize(slots.size());
    for (const auto& rule : compiled->rules_of(Stage::escalate))
        if (!rule.off) mark_slots(rule.conditions, compiled->escalation_slots);
    const auto digest = digest_of(sorted, vocabulary);
    compiled->id = RulebookId{digest.high64};
    compiled->digest = fmt::format("{:016x}{:016x}", digest.high64, digest.low64);
    compiled->sources = std::move(sorted);
    return std::make_shared<const Rulebook>(std::move(compiled));
}

Rulebook::Rulebook(std::unique_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
Rulebook::~Rulebook() = default;

RulebookId Rulebook::id() const { return compiled_->id; }
const std::string& Rulebook::digest() const { return compiled_->digest; }
const std::vector<Source>& Rulebook::sources() const { return compiled_->sources; }
std::span<const RuleInfo> Rulebook::rules() const { return compiled_->infos; }

bool Rulebook::reads(Clock clock) const { return (compiled_->clocks_read & clock_bit(clock)) != 0; }
const std::vector<DeskFact>& Rulebook::desk_facts() const { return compiled_->desk_facts; }

bool Rulebook::escalation_reads(std::string_view fact) const
{
    const auto slot = compiled_->symbols.find_slot(fact);
    return slot != no_atom && compiled_->escalation_slots[slot];
}

bool Rulebook::escalation_reads_text() const { return compiled_->escalation_slots[text_slot]; }

std::vector<std::string> Rulebook::rule_names() const
{
    std::vector<std::string> names;
    for (const auto& info : compiled_->infos) names.push_back(info.name);
    return names;
}

TextFacts Rulebook::scan(std::string_view subject, std::string_view body) const
{
    return {compiled_->id, compiled_->scanner->scan(subject, body)};
}

Routing Rulebook::route(const Subject& subject, const Clocks& clocks) const
{
    return decide(*compiled_, subject, {}, clocks);
}

Placement Rulebook::place(const Subject& subject, const Clocks& clocks) const
{
    return rulebook::place(*compiled_, subject, clocks);
}

Escalations Rulebook::escalate(const Subject& subject, const Routing& routing, const Clocks& clocks,
                               std::span<const RuleIndex> done) const
{
    return find_escalations(*compiled_, subject, routing, clocks, done);
}

}  // namespace triaged::rulebook
